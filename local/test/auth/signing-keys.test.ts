import { generateKeyPairSync } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@supabase/supabase-js'
import { createRemoteJWKSet, importJWK, type JWK, jwtVerify, SignJWT } from 'jose'
import { expect, it, onTestFinished, vi } from 'vitest'
import { folder } from '../support/folders.ts'
import { person } from '../support/people.ts'
import { writeProject } from '../support/project-stack.ts'
import { startFreshStack } from '../support/stack.ts'

const MIGRATION = `create function public.whoami() returns jsonb language sql stable as $$ select auth.jwt() $$;`

async function stackWithKeys() {
  const workdir = await folder()
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = {
    ...privateKey.export({ format: 'jwk' }),
    alg: 'ES256',
    kid: 'the-first',
    use: 'sig',
    key_ops: ['sign', 'verify'],
  } as JWK
  await writeProject(workdir, MIGRATION, '[auth]\nsigning_keys_path = "./signing_keys.json"')
  await mkdir(join(workdir, 'supabase'), { recursive: true })
  await writeFile(join(workdir, 'supabase', 'signing_keys.json'), JSON.stringify([jwk]))
  const stack = await startFreshStack({ workdir })
  onTestFinished(() => stack.stop())
  return { stack, jwk }
}

it('signs tokens with the project’s key, which every service believes', async () => {
  const { stack, jwk } = await stackWithKeys()
  const { client, id, email } = await person(stack)
  const token = (await client.auth.getSession()).data.session?.access_token ?? ''
  const published = createRemoteJWKSet(new URL(`${stack.apiUrl}/auth/v1/.well-known/jwks.json`))
  const { payload, protectedHeader } = await jwtVerify(token, published)
  expect(protectedHeader).toMatchObject({ alg: 'ES256', kid: 'the-first' })
  expect(payload).toMatchObject({ sub: id, email })
  expect((await client.rpc('whoami')).data).toMatchObject({ sub: id })
  expect((await client.auth.getClaims()).data?.claims.sub).toBe(id)
  expect((await client.auth.getUser()).data.user?.id).toBe(id)
  expect((await client.storage.listBuckets()).error).toBeNull()
  const refreshed = await client.auth.refreshSession()
  expect((await jwtVerify(refreshed.data.session?.access_token ?? '', published)).payload.sub).toBe(id)
  const statuses: string[] = []
  client.channel('room').subscribe((status) => statuses.push(status))
  await vi.waitFor(() => expect(statuses).toContain('SUBSCRIBED'))
  await client.removeAllChannels()

  const service = await new SignJWT({ role: 'service_role', iss: 'supabase-demo' })
    .setProtectedHeader({ alg: 'ES256', kid: 'the-first' })
    .setExpirationTime('1h')
    .sign(await importJWK({ ...jwk, key_ops: ['sign'] }, 'ES256'))
  const options = { auth: { persistSession: false, autoRefreshToken: false } }
  const { data } = await createClient(stack.apiUrl, service, options).auth.admin.getUserById(id)
  expect(data.user?.email).toBe(email)
})

it('believes no other key', async () => {
  const { stack } = await stackWithKeys()
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const forged = await new SignJWT({ role: 'service_role', sub: crypto.randomUUID() })
    .setProtectedHeader({ alg: 'ES256', kid: 'the-first' })
    .setExpirationTime('1h')
    .sign(privateKey)
  const headers = { apikey: stack.publishableKey, authorization: `Bearer ${forged}` }
  expect((await fetch(`${stack.apiUrl}/rest/v1/rpc/whoami`, { method: 'POST', headers })).status).toBe(401)
  expect((await fetch(`${stack.apiUrl}/auth/v1/admin/users`, { headers })).status).toBe(403)
})

it('names a file of keys that is not there', async () => {
  const workdir = await folder()
  await writeProject(workdir, MIGRATION, '[auth]\nsigning_keys_path = "./nowhere.json"')
  await expect(startFreshStack({ workdir })).rejects.toMatchObject({
    code: 'workdir_invalid',
    message: expect.stringContaining('./nowhere.json'),
  })
})
