import { access, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createClient } from '@supabase/supabase-js'
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest'
import { isAlive } from '../../src/processes.ts'
import { copyCluster } from '../support/cluster.ts'
import { folder, project } from '../support/folders.ts'
import { command, type Outcome, run } from '../support/processes.ts'

const free = ['--port', '0', '--db-port', '0']

async function tertulia(cwd: string, ...args: string[]): Promise<Outcome> {
  return await command(cwd, ...args).ended
}

/** Whatever a test started in the background ends with it. */
async function projectWithoutRest(): Promise<string> {
  const cwd = await project()
  onTestFinished(async () => {
    await tertulia(cwd, 'stop')
  })
  return cwd
}

/** Its database is there already, without a table of the project's: a start needs no `initdb`. */
async function projectWithDatabase(): Promise<string> {
  const cwd = await projectWithoutRest()
  const data = join(cwd, '.tertulia-local', 'data')
  await mkdir(data, { recursive: true })
  await copyCluster(inject('cluster'), data)
  return cwd
}

async function pids(cwd: string): Promise<{ stack: number; postgres: number }> {
  const state = JSON.parse(await readFile(join(cwd, '.tertulia-local', 'state.json'), 'utf8'))
  const lock = await readFile(join(cwd, '.tertulia-local', 'data', 'db', 'postmaster.pid'), 'utf8')
  return { stack: state.pid, postgres: Number(lock.split('\n')[0]) }
}

async function taken(): Promise<number> {
  const other = createServer()
  onTestFinished(() => void other.close())
  return await new Promise((resolve) => {
    other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port))
  })
}

describe('in the background', () => {
  it('starts, tells its addresses, says that it runs, is reset, keeps its data and stops', async () => {
    const cwd = await projectWithoutRest()
    const started = await tertulia(cwd, 'start', '--detach', ...free)
    expect(started, started.stderr).toMatchObject({ code: 0 })
    expect(started.stdout).toContain('applying migration 20260103000000_files.sql')
    expect(started.stdout).toContain('seeding from supabase/seed.sql')
    expect(started.stdout).toMatch(/Ready in \d+\.\d s; data in .*\.tertulia-local\/data/)
    const running = await pids(cwd)

    const { stdout: env } = await tertulia(cwd, 'status', '-o', 'env')
    const names = [
      'API_URL',
      'DB_URL',
      'MAILPIT_URL',
      'PUBLISHABLE_KEY',
      'SECRET_KEY',
      'JWT_SECRET',
      'ANON_KEY',
      'SERVICE_ROLE_KEY',
    ]
    expect(
      env
        .trim()
        .split('\n')
        .map((line) => /^([A-Z_]+)="[^"]+"$/.exec(line)?.[1]),
    ).toEqual(names)
    const evaluated = await run('/bin/sh', ['-c', `eval '${env}'; echo "$API_URL $SECRET_KEY"`], cwd).ended
    const [apiUrl = '', secretKey = ''] = evaluated.stdout.trim().split(' ')
    expect(JSON.parse((await tertulia(cwd, 'status', '-o', 'json')).stdout)).toMatchObject({
      API_URL: apiUrl,
      SECRET_KEY: secretKey,
    })
    expect((await tertulia(cwd, 'status')).stdout).toContain(`API URL: ${apiUrl}`)

    const again = await tertulia(cwd, 'start', ...free)
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('already running') })
    expect(again.stdout).toContain(apiUrl)

    const admin = createClient(apiUrl, secretKey, { auth: { persistSession: false } })
    await admin.from('replies').insert({ note_id: 1, body: 'third' })
    expect(await tertulia(cwd, 'stop')).toMatchObject({ code: 0, stdout: 'Stopped.\n' })
    expect([isAlive(running.stack), isAlive(running.postgres)]).toEqual([false, false])

    await tertulia(cwd, 'start', '--detach', '--port', new URL(apiUrl).port, '--db-port', '0')
    expect((await admin.from('replies').select('body')).data).toHaveLength(3)
    expect(await tertulia(cwd, 'reset')).toMatchObject({ code: 0 })
    expect((await admin.from('replies').select('body')).data).toHaveLength(2)
    await tertulia(cwd, 'stop')
  })

  it('is one for each project, side by side', async () => {
    const [one, two] = [await projectWithDatabase(), await projectWithDatabase()]
    const outcomes = [
      await tertulia(one, 'start', '--detach', ...free),
      await tertulia(two, 'start', '--detach', ...free),
    ]
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0])
    await tertulia(one, 'stop')
    expect(await tertulia(two, 'status', '-o', 'env')).toMatchObject({ code: 0 })
  })

  it('reports what went wrong while it started, and leaves nothing', async () => {
    const cwd = await projectWithoutRest()
    const port = await taken()
    const outcome = await tertulia(cwd, 'start', '--detach', '--port', String(port), '--db-port', '0')
    expect(outcome.code).toBe(1)
    expect(outcome.stdout).toContain(`unable to use port ${port}; another program listens there`)
    expect(outcome.stdout).toContain('--port')
    expect(await readdir(join(cwd, '.tertulia-local'))).not.toContain('state.json')
  })
})

describe('in the foreground', () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`ends in order on ${signal}`, async () => {
      const cwd = await projectWithDatabase()
      const { child, output, ended } = command(cwd, 'start', ...free)
      await vi.waitFor(() => expect(output()).toContain('Ready in'), 30_000)
      const { postgres } = await pids(cwd)
      child.kill(signal)
      expect(await ended).toMatchObject({ code: 0, stdout: expect.stringContaining('Stopping.') })
      expect(isAlive(postgres)).toBe(false)
      expect(await tertulia(cwd, 'status')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('tertulia-local start'),
      })
    })
  }

  it('killed with -9 leaves no server, and the next start finds the data', async () => {
    const cwd = await projectWithDatabase()
    const { child, output, ended } = command(cwd, 'start', ...free)
    await vi.waitFor(() => expect(output()).toContain('Ready in'), 30_000)
    const { postgres } = await pids(cwd)
    child.kill('SIGKILL')
    await ended
    await vi.waitFor(() => expect(isAlive(postgres)).toBe(false), 10_000)
    const again = await tertulia(cwd, 'start', '--detach', ...free)
    expect(again).toMatchObject({ code: 0, stdout: expect.not.stringContaining('applying') })
  })

  it('ends with a clear word when PostgreSQL dies', async () => {
    const cwd = await projectWithDatabase()
    const { output, ended } = command(cwd, 'start', ...free)
    await vi.waitFor(() => expect(output()).toContain('Ready in'), 30_000)
    const { postgres } = await pids(cwd)
    process.kill(postgres, 'SIGKILL')
    expect(await ended).toMatchObject({ code: 1, stderr: expect.stringContaining('PostgreSQL ended') })
  })

  it('overcomes the state of a stack that is gone', async () => {
    const cwd = await projectWithDatabase()
    await tertulia(cwd, 'start', '--detach', ...free)
    const file = join(cwd, '.tertulia-local', 'state.json')
    const state = JSON.parse(await readFile(file, 'utf8'))
    await tertulia(cwd, 'stop')
    // A process that lives, but is no stack: this test.
    await writeFile(file, JSON.stringify({ ...state, pid: process.pid }))
    expect(await tertulia(cwd, 'status')).toMatchObject({ code: 1 })
    expect(await tertulia(cwd, 'stop')).toMatchObject({
      code: 0,
      stdout: 'No stack of this project is running.\n',
    })
    expect(await tertulia(cwd, 'start', '--detach', ...free)).toMatchObject({ code: 0 })
  })

  it('keeps nothing when it is ephemeral', async () => {
    const cwd = await projectWithoutRest()
    const { child, output, ended } = command(cwd, 'start', '--ephemeral', '--no-seed', ...free)
    await vi.waitFor(() => expect(output()).toContain('the data go when it stops'), 30_000)
    expect(output()).not.toContain('seeding')
    child.kill('SIGINT')
    await ended
    await expect(access(join(cwd, '.tertulia-local', 'data'))).rejects.toThrow()
  })

  it('stops at a migration that fails, names it, and exits with 1', async () => {
    const cwd = await projectWithDatabase()
    await writeFile(join(cwd, 'supabase', 'migrations', '20260104000000_wrong.sql'), 'select * from nowhere')
    const outcome = await tertulia(cwd, 'start', ...free)
    expect(outcome).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('unable to apply 20260104000000_wrong.sql'),
    })
    await rm(join(cwd, 'supabase', 'migrations', '20260104000000_wrong.sql'))
    expect(await tertulia(cwd, 'start', '--detach', ...free)).toMatchObject({ code: 0 })
  })

  it('says which folder or option is wrong', async () => {
    const cwd = await folder()
    expect(await tertulia(cwd, 'start', '--workdir', join(cwd, 'nowhere'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is no directory'),
    })
    expect(await tertulia(cwd, 'start', '--port', 'many')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Not a port'),
    })
    expect(await tertulia(cwd, 'status', '-o', 'xml')).toMatchObject({ code: 1 })
  })

  it('resets a project that does not run', async () => {
    const cwd = await projectWithoutRest()
    const outcome = await tertulia(cwd, 'reset')
    expect(outcome).toMatchObject({ code: 0, stdout: expect.stringContaining('The database is reset.') })
    const started = await tertulia(cwd, 'start', '--detach', ...free)
    expect(started.stdout).not.toContain('applying')
  })
})
