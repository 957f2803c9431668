import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { realtimeSchema } from '../../src/realtime/schema.ts'
import { joined } from './support/channel.ts'
import { allow, ana, startServer, type TestServer, tokenOf } from './support/server.ts'

let server: TestServer
let migrations: pg.Client
beforeAll(async () => {
  server = await startServer()
  migrations = new pg.Client({
    connectionString: server.adminUrl.replace('//supabase_admin:', '//postgres:'),
  })
  await migrations.connect()
})
afterAll(async () => {
  await migrations.end()
  await server.close()
})

const partitions = async () => {
  const { rows } = await server.sql.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits
    where inhparent = 'realtime.messages'::regclass order by 1`,
  )
  return rows.map(({ name }) => name)
}

const day = (fromToday: number) => {
  const date = new Date(Date.now() + fromToday * 86_400_000).toISOString().slice(0, 10)
  return { date, name: `realtime.messages_${date.replaceAll('-', '_')}` }
}

it('can be applied again', async () => {
  const before = await partitions()
  await server.sql.query(realtimeSchema)
  expect(await partitions()).toEqual(before)
})

it('keeps a partition a day, three days back and three ahead, and drops older ones', async () => {
  const expected = [-3, -2, -1, 0, 1, 2, 3].map((days) => day(days).name)
  expect(await partitions()).toEqual(expected)
  const [old, after] = [day(-5), day(-4)]
  await server.sql.query(
    `create table ${old.name} partition of realtime.messages for values from ('${old.date}') to ('${after.date}')`,
  )
  expect(await partitions()).toEqual([old.name, ...expected])
  await server.restartRealtime()
  expect(await partitions()).toEqual(expected)
})

it('lets members in when the partition of the day is missing', async () => {
  await allow(server, 'awake', ana)
  await server.sql.query(`drop table ${day(0).name}`)
  const client = server.client({ token: await tokenOf(ana) })
  await client.setAuth()
  await joined(client, 'awake', { private: true })
  expect(await partitions()).toContain(day(0).name)
})

it('lets migrations make policies and triggers on messages, and nothing else', async () => {
  await migrations.query(`
    create policy "Nobody in particular" on realtime.messages for select to anon using (false);
    drop policy "Nobody in particular" on realtime.messages;
  `)
  await expect(migrations.query('create table realtime.mine (id int)')).rejects.toThrow('permission denied')
})

it('turns every failure of a send into a warning', async () => {
  const warnings: string[] = []
  migrations.on('notice', ({ message }) => warnings.push(String(message)))
  await migrations.query(`select realtime.send('{}', 'e', null, true)`)
  await migrations.query(`select realtime.send('[]', 'e', 'an array cannot take an id', true)`)
  await migrations.query('begin; set local role authenticated')
  await migrations.query(`select realtime.send('{}', 'e', 'not a member', true)`)
  await migrations.query('commit')
  expect(warnings).toHaveLength(3)
  expect(warnings[2]).toBe(
    'WarnSendingBroadcastMessage: new row violates row-level security policy for table "messages"',
  )
})
