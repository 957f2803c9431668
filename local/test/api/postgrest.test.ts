import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { isAlive } from '../../src/processes.ts'
import { folder } from '../support/folders.ts'
import { person } from '../support/people.ts'
import { startFreshStack } from '../support/stack.ts'

/** Stands where PostgREST would: it answers what it was given. The real one is no package of npm. */
const PROGRAM = `#!${process.execPath}
const { createServer } = require('node:http')
const settings = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('PGRST_')))
createServer((request, response) => {
  let body = ''
  request.on('data', (chunk) => { body += chunk })
  request.on('end', () => {
    response.setHeader('content-type', 'application/json')
    response.setHeader('content-range', '0-0/1')
    const { method, url, headers } = request
    response.end(JSON.stringify({ pid: process.pid, settings, method, url, headers, body }))
  })
}).listen(settings.PGRST_SERVER_PORT, '127.0.0.1')
createServer((request, response) => response.end()).listen(settings.PGRST_ADMIN_SERVER_PORT, '127.0.0.1')
`

async function program(content = PROGRAM): Promise<string> {
  const path = join(await folder(), 'postgrest')
  await writeFile(path, content)
  await chmod(path, 0o755)
  return path
}

const claimsOf = (authorization: string) =>
  JSON.parse(Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString())

it('stands behind the gateway with the settings and tokens of the platform', async () => {
  const stack = await startFreshStack({ rest: await program() })
  onTestFinished(() => stack.stop())
  const ask = async (path: string, headers: Record<string, string>, init: RequestInit = {}) => {
    const response = await fetch(`${stack.apiUrl}/rest/v1${path}`, { ...init, headers })
    return { status: response.status, headers: response.headers, json: await response.json() }
  }
  const { json, headers } = await ask('/notes?select=id&body=eq.a%2Cb', { apikey: stack.publishableKey })
  expect(json.url).toBe('/notes?select=id&body=eq.a%2Cb')
  expect(headers.get('content-range')).toBe('0-0/1')
  expect(json.settings).toMatchObject({
    PGRST_DB_URI: expect.stringContaining('//authenticator:'),
    PGRST_DB_SCHEMAS: 'public',
    PGRST_DB_EXTRA_SEARCH_PATH: 'public,extensions',
    PGRST_DB_ANON_ROLE: 'anon',
    PGRST_JWT_SECRET: stack.jwtSecret,
  })
  expect(claimsOf(json.headers.authorization)).toMatchObject({ role: 'anon' })
  const secret = { apikey: stack.secretKey, authorization: `Bearer ${stack.secretKey}` }
  const post = await ask('/notes', secret, { method: 'POST', body: '{"body":"x"}' })
  expect(post.json).toMatchObject({ method: 'POST', body: '{"body":"x"}' })
  expect(claimsOf(post.json.headers.authorization)).toMatchObject({ role: 'service_role' })
  const { client } = await person(stack)
  const token = (await client.auth.getSession()).data.session?.access_token
  const user = await ask('/', { apikey: stack.publishableKey, authorization: `Bearer ${token}` })
  expect(user.json).toMatchObject({ url: '/', headers: { authorization: `Bearer ${token}` } })
  expect(claimsOf((await ask('/notes', {})).json.headers.authorization)).toMatchObject({ role: 'anon' })
  expect(await ask('/notes', { apikey: 'nonsense' })).toMatchObject({
    status: 401,
    json: { message: 'Invalid API key' },
  })
  const { pid } = json
  await stack.stop()
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false))
})

it('is named when it is not there, or does not start', async () => {
  await expect(startFreshStack({ rest: 'no-such-postgrest' })).rejects.toMatchObject({
    code: 'server_failed',
    message: 'unable to find no-such-postgrest; it is not on the PATH',
    hint: expect.stringContaining('--rest'),
  })
  const broken = await program('#!/bin/sh\necho "no connection" >&2\nexit 1\n')
  await expect(startFreshStack({ rest: broken })).rejects.toMatchObject({
    code: 'server_failed',
    message: expect.stringContaining('no connection'),
  })
})
