import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { until, type Watched, watch } from './support/channel.ts'
import { createNumbered, listen, load, numberedTopic, numbers, stored } from './support/numbered.ts'
import { allow, ana, startServer, type TestServer, tokenOf } from './support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer({ bufferedBytes: 1024 ** 3 })
  await createNumbered(server)
})
afterAll(() => server.close())

let topic = ''
beforeEach(async () => {
  topic = await numberedTopic(server)
})

it('keeps the order of a topic under 8 concurrent writers', async () => {
  const watched = await listen(server, topic)
  const stop = load(server, topic, 8)
  await until(() => expect(watched.heard.length).toBeGreaterThan(1500), 30_000)
  await stop()
  const expected = await stored(server, topic)
  await until(() => expect(watched.heard.length).toBeGreaterThanOrEqual(expected.length))
  expect(numbers(watched)).toEqual(expected)
})

it('loses and repeats nothing when the replication connection is cut under load', async () => {
  const [watched, other] = [
    await listen(server, topic),
    await listen(server, topic, { broadcast: { ack: true } }),
  ]
  const stop = load(server, topic, 8)
  for (let cut = 1; cut <= 5; cut += 1) {
    const before = watched.heard.length
    await until(() => expect(watched.heard.length).toBeGreaterThan(before + 150), 30_000)
    const { rows } = await server.sql.query<{ cut: boolean }>(
      `select pg_terminate_backend(active_pid) as cut from pg_replication_slots
      where slot_name = 'tertulia_realtime' and active_pid is not null`,
    )
    expect(rows).toEqual([{ cut: true }])
  }
  const before = watched.heard.length
  await until(() => expect(watched.heard.length).toBeGreaterThan(before + 150), 30_000)
  await stop()
  const expected = await stored(server, topic)
  await until(() => expect(watched.heard.length).toBeGreaterThanOrEqual(expected.length))
  expect(numbers(watched)).toEqual(expected)
  await until(() => expect(numbers(other)).toEqual(expected))
  // The sockets lived through all of it.
  expect(watched.statuses).toEqual(['SUBSCRIBED'])
})

it('repeats nothing when the connection is cut within a large transaction', async () => {
  const watched = await listen(server, topic)
  const total = 20_000
  const sent = server.sql.query(
    `select realtime.send(jsonb_build_object('n', n, 'text', repeat('x', 1000)), 'e', $1, true)
    from generate_series(1, $2::int) as n`,
    [topic, total],
  )
  await until(() => expect(watched.heard.length).toBeGreaterThan(0), 30_000)
  await server.sql.query(
    `select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = 'tertulia_realtime'`,
  )
  expect(watched.heard.length).toBeLessThan(total)
  await sent
  await until(() => expect(watched.heard.length).toBeGreaterThanOrEqual(total), 30_000)
  expect(numbers(watched)).toEqual(Array.from({ length: total }, (_, index) => index + 1))
})

it('does not skip a commit that begins exactly where it left off', async () => {
  const watched = await listen(server, topic)
  const [first, second] = [await server.sql.connect(), await server.sql.connect()]
  for (const [client, n] of [
    [first, 1],
    [second, 2],
  ] as const) {
    await client.query('begin')
    await client.query('select realtime.send($1, $2, $3, true)', [{ n }, 'e', topic])
  }
  await first.query('commit')
  const slot = async () => {
    const { rows } = await server.sql.query<{ pid: number | null; idle: boolean }>(
      `select active_pid as pid, confirmed_flush_lsn >= pg_current_wal_lsn() as idle
      from pg_replication_slots where slot_name = 'tertulia_realtime'`,
    )
    return rows[0]
  }
  await until(async () => expect(await slot()).toMatchObject({ idle: true }))
  const before = await slot()
  await server.sql.query('select pg_terminate_backend($1)', [before?.pid])
  await until(async () => {
    const { pid } = (await slot()) ?? {}
    expect(pid).toBeTypeOf('number')
    expect(pid).not.toBe(before?.pid)
  })
  await second.query('commit')
  await until(() => expect(numbers(watched)).toEqual([1, 2]))
  first.release()
  second.release()
})

it('loses and repeats nothing when PostgreSQL restarts or crashes under load', async () => {
  const watched = await listen(server, topic)
  const stop = load(server, topic, 8)
  for (const how of ['stop', 'crash', 'stop'] as const) {
    const before = watched.heard.length
    await until(() => expect(watched.heard.length).toBeGreaterThan(before + 150), 30_000)
    await server.restartPostgres(how)
  }
  const before = watched.heard.length
  await until(() => expect(watched.heard.length).toBeGreaterThan(before + 150), 30_000)
  await stop()
  const expected = await stored(server, topic)
  await until(() => expect(watched.heard.length).toBeGreaterThanOrEqual(expected.length))
  expect(numbers(watched)).toEqual(expected)
  expect(watched.statuses).toEqual(['SUBSCRIBED'])
})

it('lets PostgreSQL forget what was delivered, also while nobody listens', async () => {
  const lag = async () => {
    const { rows } = await server.sql.query<{ behind: string }>(
      `select pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn) as behind
      from pg_replication_slots where slot_name = 'tertulia_realtime'`,
    )
    return Number(rows[0]?.behind)
  }
  await server.sql.query(
    `select realtime.send(jsonb_build_object('text', repeat('x', 1000)), 'e', $1, true)
    from generate_series(1, 1000)`,
    [topic],
  )
  await until(async () => expect(await lag()).toBeLessThan(100_000), 20_000)
})

it('closes the sockets when messages may be lost, so that clients know to read again', async () => {
  const watched = await listen(server, topic)
  // What an operator could do: the slot goes away under the server.
  await server.sql.query(`
    do $$
    begin
      loop
        begin
          perform pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = 'tertulia_realtime';
          perform pg_drop_replication_slot('tertulia_realtime');
          exit;
        exception
          when object_in_use then
        end;
      end loop;
    end
    $$;
  `)
  await until(() => expect(watched.statuses).toEqual(['SUBSCRIBED', 'CHANNEL_ERROR', 'SUBSCRIBED']))
  await server.sql.query(`select public.send_numbered($1)`, [topic])
  await until(() => expect(numbers(watched)).toEqual([1]))
})

it('says so when PostgreSQL is away, and lets in when it is back', async () => {
  const client = server.client({ token: await tokenOf(ana) })
  await client.setAuth()
  const watched = watch(client, topic, { private: true })
  await until(() => expect(watched.statuses).toEqual(['SUBSCRIBED']))
  const late = `${topic} late`
  await allow(server, late, ana)
  let waiting: Watched | undefined
  await server.restartPostgres('stop', async () => {
    waiting = watch(client, late, { private: true })
    await until(() =>
      expect(waiting?.errors[0]).toBe(
        'UnableToConnectToProject: Realtime was unable to connect to the project database',
      ),
    )
  })
  await until(() => expect(waiting?.statuses.at(-1)).toBe('SUBSCRIBED'))
  expect(watched.statuses).toEqual(['SUBSCRIBED'])
})

it('closes also while PostgreSQL is away', async () => {
  await listen(server, topic)
  await server.restartPostgres('crash', () => server.realtime.close())
  await server.restartRealtime()
  const watched = await listen(server, topic)
  await server.sql.query('select public.send_numbered($1)', [topic])
  await until(() => expect(numbers(watched)).toEqual([1]))
})

it('gives the slot back at the end and replaces one that was left behind', async () => {
  const slots = async () => (await server.sql.query('select slot_name from pg_replication_slots')).rows
  await server.realtime.close()
  expect(await slots()).toEqual([])
  await server.sql.query(`select pg_create_logical_replication_slot('tertulia_realtime', 'pgoutput')`)
  await server.restartRealtime()
  const watched = await listen(server, topic)
  await server.sql.query(`select public.send_numbered($1)`, [topic])
  await until(() => expect(numbers(watched)).toEqual([1]))
  expect(await slots()).toEqual([{ slot_name: 'tertulia_realtime' }])
})
