import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { joined, until, type Watched } from './support/channel.ts'
import { allow, ana, startServer, type TestServer, tokenOf } from './support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer({ bufferedBytes: 1024 ** 3 })
  // The row lock of the counter is held until the commit: the numbers are the order of the commits.
  await server.sql.query(`
    create table public.counters (topic text primary key, last bigint not null);
    create function public.send_numbered(topic text) returns bigint language plpgsql as $$
    declare
      n bigint;
    begin
      update public.counters c set last = last + 1 where c.topic = send_numbered.topic returning last into n;
      perform realtime.send(jsonb_build_object('n', n), 'numbered', topic, true);
      return n;
    end
    $$;
  `)
})
afterAll(() => server.close())

let topic = ''
beforeEach(async () => {
  topic = `numbers:${crypto.randomUUID()}`
  await server.sql.query('insert into public.counters values ($1, 0)', [topic])
  await allow(server, topic, ana)
})

const listener = async (config = {}): Promise<Watched> => {
  const client = server.client({ token: await tokenOf(ana) })
  await client.setAuth()
  return joined(client, topic, { private: true, ...config })
}

/** Sends until told to stop, by `writers` connections at once; failures (PostgreSQL goes away) are retried. */
const load = (writers: number) => {
  let stopped = false
  const write = async () => {
    while (!stopped) {
      const client = new pg.Client({ connectionString: server.adminUrl })
      client.on('error', () => {})
      try {
        await client.connect()
        while (!stopped) await client.query('select public.send_numbered($1)', [topic])
      } catch {
        // Not there for the moment: the next round tries again.
      } finally {
        await client.end().catch(() => {})
      }
    }
  }
  const running = Promise.all(Array.from({ length: writers }, write))
  return async () => {
    stopped = true
    await running
  }
}

const stored = async () => {
  const { rows } = await server.sql.query<{ n: number }>(
    `select (payload ->> 'n')::int as n from realtime.messages where topic = $1 order by n`,
    [topic],
  )
  return rows.map(({ n }) => n)
}

const numbers = ({ heard }: Watched) => heard.map(({ payload }) => payload.n)

it('hands a database broadcast over in the shape of the platform', async () => {
  const watched = await listener()
  await server.sql.query('select realtime.send($1, $2, $3, true)', [{ big: 1, text: '"ñ"\n' }, 'made', topic])
  await until(() => expect(watched.heard).toHaveLength(1))
  const { rows } = await server.sql.query('select id from realtime.messages where topic = $1', [topic])
  const { id } = rows[0]
  expect(watched.heard).toEqual([
    { type: 'broadcast', event: 'made', payload: { id, big: 1, text: '"ñ"\n' }, meta: { id } },
  ])
})

it('carries bytes that the database sends', async () => {
  const watched = await listener()
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
  const watched = await listener()
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
  const watched = await listener()
  await server.sql.query(`
    begin; select realtime.send('{"n":1}', 'ghost', '${topic}', true); rollback;
    select realtime.send('{"n":2}', 'real', '${topic}', true);
  `)
  await until(() => expect(numbers(watched)).toEqual([2]))
})

it('delivers in the order of the commits, not of the inserts', async () => {
  const watched = await listener()
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

it('keeps the order of a topic under 8 concurrent writers', async () => {
  const watched = await listener()
  const stop = load(8)
  await until(() => expect(watched.heard.length).toBeGreaterThan(1500), 30_000)
  await stop()
  const expected = await stored()
  await until(() => expect(watched.heard.length).toBeGreaterThanOrEqual(expected.length))
  expect(numbers(watched)).toEqual(expected)
})

it('loses and repeats nothing when the replication connection is cut under load', async () => {
  const [watched, other] = [await listener(), await listener({ broadcast: { ack: true } })]
  const stop = load(8)
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
  const expected = await stored()
  await until(() => expect(watched.heard.length).toBeGreaterThanOrEqual(expected.length))
  expect(numbers(watched)).toEqual(expected)
  await until(() => expect(numbers(other)).toEqual(expected))
  // The sockets lived through all of it.
  expect(watched.statuses).toEqual(['SUBSCRIBED'])
})

it('repeats nothing when the connection is cut within a large transaction', async () => {
  const watched = await listener()
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
  const watched = await listener()
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
  const watched = await listener()
  const stop = load(8)
  for (const how of ['stop', 'crash', 'stop'] as const) {
    const before = watched.heard.length
    await until(() => expect(watched.heard.length).toBeGreaterThan(before + 150), 30_000)
    await server.restartPostgres(how)
  }
  const before = watched.heard.length
  await until(() => expect(watched.heard.length).toBeGreaterThan(before + 150), 30_000)
  await stop()
  const expected = await stored()
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
  const watched = await listener()
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

it('gives the slot back at the end and replaces one that was left behind', async () => {
  const slots = async () => (await server.sql.query('select slot_name from pg_replication_slots')).rows
  await server.realtime.close()
  expect(await slots()).toEqual([])
  await server.sql.query(`select pg_create_logical_replication_slot('tertulia_realtime', 'pgoutput')`)
  await server.restartRealtime()
  const watched = await listener()
  await server.sql.query(`select public.send_numbered($1)`, [topic])
  await until(() => expect(numbers(watched)).toEqual([1]))
  expect(await slots()).toEqual([{ slot_name: 'tertulia_realtime' }])
})
