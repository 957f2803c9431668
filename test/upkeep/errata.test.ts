import { readdirSync, readFileSync } from 'node:fs'
import postgres, { type TransactionSql } from 'postgres'
import { afterAll, expect, test } from 'vitest'
import { startFreshStack } from '../support/fresh-stack.ts'
import { startOwnStack } from './own-stack.ts'

/** Each test asks one question of our upkeep and of a small rewrite of the seed's: ours must answer right, the seed's not. */
type Ask = (tx: TransactionSql) => Promise<unknown>

const { sql, addPeople } = await startOwnStack()
const [ana = ''] = await addPeople(1)
const held: string[] = []
afterAll(() => console.info(held.join('\n')))

const seed = `
  create schema seed;
  create table seed.songs (id uuid primary key default gen_random_uuid(), created_at timestamptz default now(), deleted_at timestamptz);
  create table seed.shares (id uuid primary key default gen_random_uuid(), expires_at timestamptz);
  create table seed.figures (song_id uuid references seed.songs on delete cascade, views integer, score numeric(10, 2));
  create function seed.score(views integer, created_at timestamptz) returns numeric(10, 2) language plpgsql as $$
  declare
    engagement numeric(10, 2) := views * 1000000.0;
  begin
    return least(engagement * exp(-extract(day from now() - created_at) / 30.0) / 100.0, 100.0);
  end $$;
  create function seed.clean_up() returns void language plpgsql as $$
  begin
    delete from seed.songs where deleted_at < now() - interval '30 days';
    delete from seed.shares where expires_at < now();
    update seed.figures f set score = seed.score(views, (select s.created_at from seed.songs s where s.id = f.song_id));
  end $$;`

/** Runs in a transaction that leaves nothing; a failure is answered as its SQLSTATE. */
async function ask(run: Ask): Promise<unknown> {
  let answer: unknown
  const done = Symbol('done')
  await sql
    .begin(async (tx) => {
      await tx.unsafe(seed)
      answer = await run(tx)
      throw done
    })
    .catch((thrown) => {
      if (thrown === done) return
      if (!(thrown instanceof postgres.PostgresError)) throw thrown
      answer = thrown.code
    })
  return answer
}

const erratum = (number: number, title: string, right: unknown, ours: Ask, theirs: Ask) =>
  test(`erratum ${number}: ${title}`, async () => {
    expect(await ask(ours)).toEqual(right)
    const wrong = await ask(theirs)
    expect(wrong).not.toEqual(right)
    held.push(`erratum ${number}: ${title} (the seed: ${JSON.stringify(wrong)})`)
  })

erratum(
  5,
  'slow queries are read by the names that there are',
  'read',
  (tx) =>
    tx`select query, calls, total_exec_ms, mean_exec_ms, rows from public.monitoring_queries where query like '%songs%'`.then(
      () => 'read',
    ),
  (tx) =>
    tx`select query, calls, total_time, mean_time, rows from extensions.pg_stat_statements where query like '%songs%'`.then(
      () => 'read',
    ),
)

erratum(
  6,
  'without pg_cron the schedule says so and nothing fails',
  true,
  async (tx) => {
    const [row] = await tx`select private.schedule_maintenance() as said`
    return /is not scheduled: pg_cron is not here.*npx tertulia maintain/.test(row?.said)
  },
  (tx) => tx`select cron.schedule('cleanup-songs', '0 2 * * *', 'select seed.clean_up()')`.then(() => true),
)

test('erratum 6: the migrations say by notice that nothing is scheduled, and go on', async () => {
  await using bare = await startFreshStack({ migrate: false })
  const notices: string[] = []
  const db = postgres(bare.dbUrl, { max: 1, onnotice: ({ message }) => notices.push(message ?? '') })
  for (const file of readdirSync('supabase/migrations').sort()) {
    await db.unsafe(readFileSync(`supabase/migrations/${file}`, 'utf8')).simple()
  }
  expect(
    notices.filter((notice) => notice.includes('is not scheduled: pg_cron is not here')),
  ).not.toHaveLength(0)
  expect(await db`select public.cleanup_old_data() ->> 'next' as next`).toEqual([{ next: null }])
  await db.end()
})

erratum(
  8,
  'a step that overflows aborts nothing but itself',
  { songs: 0, failed: ['scores'] },
  async (tx) => {
    await tx`insert into public.songs (created_by, content, deleted_at) values (${ana}, 'la', now() - interval '31 days')`
    await tx.unsafe(`
      create function private.scores(integer, interval, text) returns private.maintenance_batch language plpgsql as $$
      begin perform (1e12)::numeric(10, 2); return (1::bigint, null::text); end $$`)
    await tx`insert into private.maintenance_steps (name, position, function_name) values ('scores', 1, 'private.scores')`
    const [{ answer } = {}] = await tx`select private.run_maintenance(null, null, '1 minute') as answer`
    const left = await tx`select from public.songs where deleted_at is not null`
    const failed = answer.steps.filter(({ outcome }: { outcome: string }) => outcome === 'failed')
    return { songs: left.length, failed: failed.map(({ step }: { step: string }) => step) }
  },
  async (tx) => {
    const [song] = await tx`insert into seed.songs (deleted_at) values (null) returning id`
    await tx`insert into seed.songs (deleted_at) values (now() - interval '31 days')`
    await tx`insert into seed.figures (song_id, views) values (${song?.id}, 1000000)`
    const failed = await tx
      .savepoint((point) => point`select seed.clean_up()`)
      .then(
        () => [],
        () => ['scores'],
      )
    return { songs: (await tx`select from seed.songs where deleted_at is not null`).length, failed }
  },
)

erratum(
  35,
  'one call of the clean-up removes a batch, not all there is',
  500,
  async (tx) => {
    await tx`insert into public.songs (created_by, content, deleted_at)
      select ${ana}, 'la', now() - interval '31 days' - make_interval(secs => n) from generate_series(1, 800) n`
    const [{ answer } = {}] = await tx`select private.run_maintenance(null, 'purge_trash', '0') as answer`
    return answer.steps[0].handled
  },
  async (tx) => {
    await tx`insert into seed.songs (deleted_at) select now() - interval '31 days' from generate_series(1, 800)`
    await tx`select seed.clean_up()`
    return 800 - (await tx`select from seed.songs`).length
  },
)
