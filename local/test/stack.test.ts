import { readdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { startStack } from '../src/index.ts'
import { fixture, folder } from './support/folders.ts'
import { person, service, visitor } from './support/people.ts'
import { query } from './support/sql.ts'
import { startFreshStack } from './support/stack.ts'

describe('a stack in a test', () => {
  it('runs beside another one and leaves nothing', async () => {
    const temporary = await folder()
    vi.stubEnv('TMPDIR', temporary)
    onTestFinished(() => void vi.unstubAllEnvs())
    {
      await using one = await startStack({ workdir: fixture })
      await using two = await startStack({ migrate: false })
      expect(one.apiUrl).not.toBe(two.apiUrl)
      expect((await visitor(one).rpc('whoami')).data.current_user).toBe('anon')
      expect((await visitor(two).rpc('whoami')).error?.code).toBe('PGRST202')
      expect(await (await fetch(`${one.apiUrl}/health`)).json()).toEqual({ status: 'ok', id: one.id })
      expect((await fetch(`${one.apiUrl}/nothing/here`)).status).toBe(404)
    }
    expect(await readdir(temporary)).toEqual([])
  })

  it('keeps its data where it is told to, and serves them after a restart', async () => {
    const dataDir = await folder()
    const first = await startStack({ workdir: fixture, dataDir, seed: true })
    const { email } = await person(first)
    await first.stop()
    await using second = await startStack({ workdir: fixture, dataDir, seed: true })
    const client = visitor(second)
    expect((await client.auth.signInWithPassword({ email, password: 'long enough' })).error).toBeNull()
    expect((await service(second).from('notes').select('body')).data).toEqual([{ body: 'from the seed' }])
  })

  it('goes on after a crash of PostgreSQL', async () => {
    await using stack = await startFreshStack()
    const ana = await person(stack)
    await ana.client.from('notes').insert({ body: 'acknowledged' })
    await stack.restartPostgres()
    await vi.waitFor(
      async () =>
        expect((await ana.client.from('notes').select('body')).data).toEqual([{ body: 'acknowledged' }]),
      { timeout: 10_000 },
    )
    expect((await service(stack).auth.admin.getUserById(ana.id)).data.user?.email).toBe(ana.email)
    expect(
      (await ana.client.storage.from('papers').upload(`${ana.id}/a.txt`, 'x', { contentType: 'text/plain' }))
        .error,
    ).toBeNull()
  })

  it('says when PostgreSQL is gone', async () => {
    await using stack = await startFreshStack({ migrate: false })
    const [row] = await query<{ pid: string }>(
      stack.adminDbUrl,
      `select split_part(pg_read_file('postmaster.pid'), e'\\n', 1) as pid`,
    )
    process.kill(Number(row?.pid), 'SIGKILL')
    await stack.failed
  })

  it('is reset to migrations and seed, on the same addresses', async () => {
    await using stack = await startFreshStack({ seed: true })
    const ana = await person(stack)
    await ana.client.storage.from('papers').upload(`${ana.id}/a.txt`, 'x', { contentType: 'text/plain' })
    await stack.reset()
    expect((await service(stack).auth.admin.listUsers()).data.users.map(({ email }) => email)).toEqual([
      'seeded@example.com',
    ])
    expect((await service(stack).storage.from('papers').list()).data).toEqual([])
    expect((await service(stack).from('replies').select('id')).data).toHaveLength(2)
  })

  it('carries private broadcasts to those whom a policy lets in, and to nobody else', async () => {
    await using stack = await startFreshStack()
    const [ana, eve, mia] = [await person(stack), await person(stack), await person(stack)]
    await query(
      stack.dbUrl,
      `
      create policy "Two people listen" on realtime.messages for select to authenticated
        using (realtime.topic() = 'room' and (select auth.uid()) in ('${ana.id}', '${eve.id}'));
      create policy "Two people talk" on realtime.messages for insert to authenticated
        with check (realtime.topic() = 'room' and (select auth.uid()) in ('${ana.id}', '${eve.id}'));`,
    )
    const join = async ({ client }: typeof ana) => {
      await client.realtime.setAuth()
      const heard: unknown[] = []
      const channel = client.channel('room', { config: { private: true, broadcast: { ack: true } } })
      channel.on('broadcast', { event: 'word' }, ({ payload }) => heard.push(payload))
      const status = await new Promise<string>((resolve) => channel.subscribe((state) => resolve(state)))
      onTestFinished(() => void client.realtime.disconnect())
      return { channel, heard, status }
    }
    const [talker, listener, stranger] = [await join(ana), await join(eve), await join(mia)]
    expect([talker.status, listener.status, stranger.status]).toEqual([
      'SUBSCRIBED',
      'SUBSCRIBED',
      'CHANNEL_ERROR',
    ])
    expect(await talker.channel.send({ type: 'broadcast', event: 'word', payload: { text: 'hi' } })).toBe(
      'ok',
    )
    await vi.waitFor(() => expect(listener.heard).toEqual([{ text: 'hi' }]))
    await query(stack.dbUrl, `select realtime.send('{"text": "from below"}', 'word', 'room', true)`)
    await vi.waitFor(() => expect(listener.heard).toMatchObject([{ text: 'hi' }, { text: 'from below' }]))
    expect(stranger.heard).toEqual([])
  })

  it('refuses a port that is taken before it makes anything', async () => {
    const other = createServer()
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port))
    })
    onTestFinished(() => void other.close())
    const dataDir = await folder()
    await expect(startStack({ port, dataDir })).rejects.toMatchObject({
      code: 'port_taken',
      hint: expect.stringContaining('--port'),
    })
    expect(await readdir(dataDir)).toEqual([])
  })

  it('leaves nothing when a migration fails', async () => {
    const temporary = await folder()
    vi.stubEnv('TMPDIR', temporary)
    onTestFinished(() => void vi.unstubAllEnvs())
    await expect(
      startStack({ workdir: new URL('./fixtures/broken', import.meta.url).pathname }),
    ).rejects.toMatchObject({
      code: 'migration_failed',
      message: expect.stringContaining('20260101000000_broken.sql (line 2)'),
    })
    expect(await readdir(temporary)).toEqual([])
  })
})
