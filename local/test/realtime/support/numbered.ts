import pg from 'pg'
import { joined, type Watched } from './channel.ts'
import { allow, ana, type TestServer, tokenOf } from './server.ts'

/** A counter a topic: its row lock is held until the commit, so the numbers are the order of the commits. */
export async function createNumbered(server: TestServer): Promise<void> {
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
}

/** A fresh topic that Ana reads. */
export async function numberedTopic(server: TestServer): Promise<string> {
  const topic = `numbers:${crypto.randomUUID()}`
  await server.sql.query('insert into public.counters values ($1, 0)', [topic])
  await allow(server, topic, ana)
  return topic
}

export async function listen(server: TestServer, topic: string, config = {}): Promise<Watched> {
  const client = server.client({ token: await tokenOf(ana) })
  await client.setAuth()
  return joined(client, topic, { private: true, ...config })
}

/** Sends by `writers` connections at once until what it returns is called; while PostgreSQL is away it tries again. */
export function load(server: TestServer, topic: string, writers: number): () => Promise<void> {
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

/** What was committed, in the order of the commits. */
export async function stored(server: TestServer, topic: string): Promise<number[]> {
  const { rows } = await server.sql.query<{ n: number }>(
    `select (payload ->> 'n')::int as n from realtime.messages where topic = $1 order by n`,
    [topic],
  )
  return rows.map(({ n }) => n)
}

export const numbers = ({ heard }: Watched): number[] => heard.map(({ payload }) => payload.n)
