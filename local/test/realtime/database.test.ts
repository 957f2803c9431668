import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { until } from './support/channel.ts'
import { createNumbered, listen, numberedTopic, numbers } from './support/numbered.ts'
import { startServer, type TestServer } from './support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
  await createNumbered(server)
})
afterAll(() => server.close())

let topic = ''
beforeEach(async () => {
  topic = await numberedTopic(server)
})

it('hands a database broadcast over in the shape of the platform', async () => {
  const watched = await listen(server, topic)
  await server.sql.query('select realtime.send($1, $2, $3, true)', [{ big: 1, text: '"ñ"\n' }, 'made', topic])
  await until(() => expect(watched.heard).toHaveLength(1))
  const { rows } = await server.sql.query('select id from realtime.messages where topic = $1', [topic])
  const { id } = rows[0]
  expect(watched.heard).toEqual([
    { type: 'broadcast', event: 'made', payload: { id, big: 1, text: '"ñ"\n' }, meta: { id } },
  ])
})

it('says when the database is followed, to who asked', async () => {
  const watched = await listen(server, topic, { broadcast: { replication_ready: true } })
  await until(() =>
    expect(watched.system).toEqual([
      { extension: 'system', status: 'ok', message: 'Replication connection established', channel: topic },
    ]),
  )
})

it('leaves the topic set for the rest of the transaction, as the platform does', async () => {
  const { rows } = await server.sql.query(
    `with sent as materialized (select realtime.send('{}', 'e', $1, true))
    select realtime.topic() as topic from sent`,
    [topic],
  )
  expect(rows).toEqual([{ topic }])
})

it('carries bytes that the database sends', async () => {
  const watched = await listen(server, topic)
  await server.sql.query(`select realtime.send_binary('\\x00ff10', 'bytes', $1, true)`, [topic])
  await until(() => expect(watched.heard).toHaveLength(1))
  expect([...new Uint8Array(watched.heard[0]?.payload)]).toEqual([0, 255, 16])
  expect(watched.heard[0]?.meta?.id).toMatch(/^[0-9a-f-]{36}$/)
})

it('describes the changes of a row', async () => {
  await server.sql.query(`
    create table if not exists public.things (id int primary key, name text);
    create or replace function public.tell() returns trigger language plpgsql security definer as $$
    begin
      perform realtime.broadcast_changes(tg_argv[0], tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
      return null;
    end
    $$;
    create trigger tell after insert or update or delete on public.things
      for each row execute function public.tell('${topic}');
  `)
  const watched = await listen(server, topic)
  await server.sql.query(`insert into public.things values (1, 'a'); update public.things set name = 'b'`)
  await until(() => expect(watched.heard).toHaveLength(2))
  expect(watched.heard[1]).toMatchObject({
    event: 'UPDATE',
    payload: {
      operation: 'UPDATE',
      schema: 'public',
      table: 'things',
      record: { id: 1, name: 'b' },
      old_record: { id: 1, name: 'a' },
    },
  })
})

it('delivers nothing of a transaction that is rolled back', async () => {
  const watched = await listen(server, topic)
  await server.sql.query(`
    begin; select realtime.send('{"n":1}', 'ghost', '${topic}', true); rollback;
    select realtime.send('{"n":2}', 'real', '${topic}', true);
  `)
  await until(() => expect(numbers(watched)).toEqual([2]))
})

it('delivers in the order of the commits, not of the inserts', async () => {
  const watched = await listen(server, topic)
  const [early, late] = [await server.sql.connect(), await server.sql.connect()]
  await early.query('begin')
  await early.query(`select realtime.send('{"n":1}', 'e', $1, true)`, [topic])
  await early.query(`select realtime.send('{"n":2}', 'e', $1, true)`, [topic])
  await late.query(`select realtime.send('{"n":3}', 'e', $1, true)`, [topic])
  await until(() => expect(numbers(watched)).toEqual([3]))
  await early.query('commit')
  await until(() => expect(numbers(watched)).toEqual([3, 1, 2]))
  early.release()
  late.release()
})
