import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import postgres from 'postgres'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { checkApi } from '../../src/cli/doctor/check-api.ts'
import { checkAuth } from '../../src/cli/doctor/check-auth.ts'
import { checkPublicChannels, checkRealtime } from '../../src/cli/doctor/check-realtime.ts'
import { schemaVersion } from '../../src/core/schema-version.ts'
import { copyPackage, makeFolder, readTree, tertulia, writeFiles } from '../support/cli.ts'
import { startFreshStack } from '../support/fresh-stack.ts'

async function initialised() {
  const packageDir = copyPackage()
  const folder = makeFolder()
  await tertulia(['init'], { cwd: folder, packageDir })
  const examine = (...args: string[]) => tertulia(['doctor', ...args], { cwd: folder, packageDir })
  return { packageDir, folder, examine }
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A server that answers everything so, for the time of the test. */
async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  onTestFinished(() => void server.close().closeAllConnections())
  return await listen(server)
}

test('a project that has everything passes, without a word to the network unless asked', async () => {
  const { folder, examine } = await initialised()
  const before = readTree(folder)
  const said = await examine()
  expect(said).toMatchObject({ code: 0, err: '' })
  expect(said.out).not.toContain('problem ')
  expect(said.out).toContain('Nothing is missing.')
  expect(readTree(folder)).toEqual(before)
})

test('a folder without Tertulia is told to init', async () => {
  const said = await tertulia(['doctor'], { cwd: makeFolder() })
  expect(said.code).toBe(1)
  expect(said.out).toContain('problem  there is no supabase/tertulia.lock\n         Run: npx tertulia init')
})

test('every file that is changed or missing is named', async () => {
  const { folder, examine } = await initialised()
  const [first = '', second = ''] = readdirSync(join(folder, 'supabase/migrations')).sort()
  writeFileSync(join(folder, 'supabase/migrations', first), 'select 1;')
  rmSync(join(folder, 'supabase/migrations', second))
  const said = await examine()
  expect(said.code).toBe(1)
  expect(said.out).toContain(`problem  supabase/migrations/${first} is changed`)
  expect(said.out).toContain(`problem  supabase/migrations/${second} is missing`)
  expect(said.out).toContain('2 problems.')
})

test('a package with new migrations, and a project of a newer package, are both told', async () => {
  const { packageDir, folder, examine } = await initialised()
  const newer = { 'supabase/migrations/20270601000000_songs.sql': 'select 1;' }
  writeFiles(packageDir, newer)
  expect((await examine()).out).toContain('does not have yet: 1\n         Run: npx tertulia upgrade')
  await tertulia(['upgrade'], { cwd: folder, packageDir })
  rmSync(join(packageDir, Object.keys(newer)[0] ?? ''))
  const said = await examine()
  expect(said.code).toBe(1)
  expect(said.out).toContain('npm install tertulia@latest')
})

test('settings that keep Tertulia from working are told with the lines that mend them', async () => {
  const { folder, examine } = await initialised()
  writeFiles(folder, { 'supabase/config.toml': '[realtime]\nenabled = false\n' })
  const said = await examine()
  expect(said.code).toBe(1)
  expect(said.out).toContain('problem  supabase/config.toml: [realtime] is off')
  expect(said.out).toContain('         [realtime]\n         enabled = true')
})

test('a running project that has everything passes, by flags as by the environment', async () => {
  const { folder, packageDir, examine } = await initialised()
  const { apiUrl, publishableKey } = inject('stack')
  const said = await examine('--url', `${apiUrl}/`, '--key', publishableKey)
  expect(said, said.out).toMatchObject({ code: 0 })
  expect(said.out).toContain(`ok       ${apiUrl} answers and takes the key`)
  expect(said.out).toContain(`ok       the database has schema ${schemaVersion}`)
  expect(said.out).toContain('ok       Realtime answers and guards private channels')
  const env = { SUPABASE_URL: apiUrl, SUPABASE_PUBLISHABLE_KEY: publishableKey }
  expect((await tertulia(['doctor'], { cwd: folder, packageDir, env })).out).toBe(
    said.out.replaceAll(`${apiUrl}/`, apiUrl),
  )
})

test('a wrong key is refused by the project, and that is said', async () => {
  const { examine } = await initialised()
  const said = await examine('--url', inject('stack').apiUrl, '--key', 'sb_publishable_wrong')
  expect(said.code).toBe(1)
  expect(said.out).toMatch(/problem {2}\S+ refuses the key; /)
})

test('a database without our schema, with an older and with a newer one', async () => {
  const { examine } = await initialised()
  await using stack = await startFreshStack({ migrate: false })
  const ask = () => examine('--url', stack.apiUrl, '--key', stack.publishableKey)
  const sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} })
  const setVersion = (version: number) =>
    sql.unsafe(`
      create or replace function public.tertulia_schema_version() returns integer language sql as 'select ${version}';
      grant execute on function public.tertulia_schema_version() to anon;
    `)
  try {
    const none = await ask()
    expect(none.code).toBe(1)
    expect(none.out).toContain('problem  the database does not have the schema of Tertulia')
    expect(none.out).toContain('npx supabase db push --remote')
    for (const migration of readdirSync('supabase/migrations').sort()) {
      await sql.unsafe(readFileSync(`supabase/migrations/${migration}`, 'utf8'))
    }
    // Before the first version is none yet: 0 is a push that stopped half-way.
    await setVersion(-1)
    // The API learns of a new function a moment after its commit.
    const older = await vi.waitFor(async () => {
      const said = await ask()
      expect(said.out).toContain(`has schema -1; this package needs ${schemaVersion}`)
      return said
    }, 10_000)
    expect(older.code).toBe(1)
    await setVersion(schemaVersion + 1)
    const newer = await ask()
    expect(newer.code).toBe(0)
    expect(newer.out).toContain(`note     the database has schema ${schemaVersion + 1}, newer than`)
  } finally {
    await sql.end()
  }
})

test('a key is only sent where it may go, and never a secret one', async () => {
  const { examine } = await initialised()
  const asked: string[] = []
  const url = await serve((request, response) => {
    asked.push(request.url ?? '')
    response.end()
  })
  const legacy = `e30.${Buffer.from('{"role":"service_role"}').toString('base64url')}.x`
  for (const key of ['sb_secret_x', legacy]) {
    const said = await examine('--url', url, '--key', key)
    expect(said).toMatchObject({
      code: 1,
      out: expect.stringContaining('this is a secret key; it was not sent'),
    })
  }
  expect((await examine('--url', url)).out).toContain('problem  there is no key to ask with')
  expect((await examine('--url', 'http://example.com', '--key', 'k')).out).toContain(
    'plain http to a far host',
  )
  expect((await examine('--url', 'project', '--key', 'k')).out).toContain("project is not a project's URL")
  expect(asked).toEqual([])
})

test('what is no Supabase project, sends elsewhere or is down', async () => {
  const { examine } = await initialised()
  const ask = async (url: string) => {
    const said = await examine('--url', url, '--key', 'k')
    expect(said.code).toBe(1)
    return said.out
  }
  const page = await serve((_, response) => response.end('<html>'))
  expect(await ask(page)).toContain('does not answer as a Supabase project does (status 200)')
  const moved = await serve((_, response) =>
    response.writeHead(301, { location: 'https://else.where' }).end(),
  )
  expect(await ask(moved)).toContain('sends elsewhere: https://else.where')
  const down = await serve((_, response) => response.writeHead(503).end('{"message":"paused"}'))
  expect(await ask(down)).toContain('answers 503; paused')
  const gone = createTcpServer()
  const nowhere = await listen(gone)
  gone.close()
  expect(await ask(nowhere)).toContain('cannot be reached; ECONNREFUSED')
})

test('a server that takes the connection and says nothing is not waited for', async () => {
  const sockets = new Set<Socket>()
  const silent = createTcpServer((socket) => sockets.add(socket))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    silent.close()
  })
  const url = await listen(silent)
  const api = await checkApi(url, 'k', 100)
  expect(api.findings).toMatchObject([
    { state: 'problem', what: expect.stringContaining('did not answer within 0.1 s') },
  ])
  expect(await checkRealtime(url, 'k', 100)).toMatchObject({
    state: 'problem',
    what: expect.stringContaining('within 0.1 s'),
  })
})

test('public channels that are open are a note, and where Realtime does not answer nothing is said twice', async () => {
  const { apiUrl, publishableKey } = inject('stack')
  // As a project that nobody has hardened, the stack lets everybody use them.
  expect(await checkPublicChannels(apiUrl, publishableKey, 10_000)).toMatchObject([
    {
      state: 'note',
      what: expect.stringContaining('public channels'),
      todo: expect.stringContaining('Allow public access'),
    },
  ])
  const none = await serve((_, response) => response.writeHead(404).end())
  expect(await checkPublicChannels(none, 'k', 5_000)).toEqual([])
  expect(await checkPublicChannels('http://127.0.0.1:9', 'k', 5_000)).toEqual([])
})

test('Realtime that is not there is told', async () => {
  const url = await serve((_, response) => response.writeHead(404).end())
  expect(await checkRealtime(url, 'k', 5_000)).toMatchObject({
    state: 'problem',
    what: 'Realtime does not open a socket',
  })
})

test('an Auth that confirms by itself is told apart from one that sends mails, and from none', async () => {
  const { apiUrl, publishableKey } = inject('stack')
  const told = await checkAuth(apiUrl, publishableKey, 5_000)
  expect(told.map(({ state }) => state)).not.toContain('problem')
  const saying = (body: string) => serve((_request, response) => response.end(body))
  const all = async (body: string) => checkAuth(await saying(body), 'sb_publishable_x', 5_000)
  const by = async (body: string) => (await all(body))[0]
  expect(await by('{"mailer_autoconfirm": true, "external": {}}')).toMatchObject({
    state: 'note',
    what: expect.stringContaining('an address proves nothing'),
    todo: expect.stringContaining('create_offer_link'),
  })
  expect(await by('{"mailer_autoconfirm": false}')).toMatchObject({
    state: 'ok',
    what: expect.stringContaining('set claims_by_address = true'),
  })
  for (const body of ['', 'no', '{"mailer_autoconfirm": "yes"}'])
    expect((await by(body))?.what).toContain('does not say')
  expect((await checkAuth('http://127.0.0.1:9', 'sb_publishable_x', 500))[0]?.state).toBe('note')
  const open = '{"mailer_autoconfirm": false, "saml_enabled": true, "external": {"anonymous_users": true}}'
  expect((await all(open)).map(({ what }) => what)).toEqual([
    expect.stringContaining('sends a mail'),
    expect.stringContaining('lets anonymous users in'),
    expect.stringContaining('SAML'),
  ])
})
