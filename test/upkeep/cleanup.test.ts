import { readdirSync, readFileSync } from 'node:fs'
import { createClient } from '@supabase/supabase-js'
import postgres from 'postgres'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { signUpConfirmed } from '../../local/test/support/sign-up.ts'
import { startFreshStack } from '../support/fresh-stack.ts'
import { ana, errata } from './against-seed.ts'
import { cleanUp, cleanUpOnce, picture, startOwnStack } from './own-stack.ts'

const { stack, sql, addPeople, addSongs } = await startOwnStack()
const count = async (rows: PromiseLike<readonly Record<string, unknown>[]>) => (await rows).length
const songsLeft = (ids: string[]) => count(sql`select from public.songs where id = any (${ids})`)
const lastRun = async (step: string) =>
  (await sql`select * from private.maintenance_log where step = ${step} order by id desc limit 1`)[0]

/** A step for the time of the test; its body is a statement that answers (handled, reached). */
async function addStep(name: string, body: string, position = 5) {
  await sql.unsafe(`
    create function private.${name}(batch_size integer, keep interval, reached text) returns private.maintenance_batch
    language plpgsql as $$ begin ${body} end $$`)
  await sql`insert into private.maintenance_steps (name, position, function_name) values (${name}, ${position}, ${`private.${name}`})`
  onTestFinished(async () => {
    await sql`delete from private.maintenance_steps where name = ${name}`
    await sql.unsafe(`drop function private.${name}(integer, interval, text)`)
  })
}

describe('the clean-up', () => {
  test('removes what is old in every domain and nothing else; a second run changes nothing', async () => {
    const [ana = '', ben = ''] = await addPeople(2)
    const old = await addSongs(ana, 3, {}, 31)
    const young = await addSongs(ana, 3, {}, 29)
    const living = await addSongs(ana, 3, { visibility: 'public' })
    const [conversation] = await sql`
      insert into public.conversations (kind, created_by) values ('group', ${ana}) returning id`
    const messages = await sql`
      insert into public.messages (id, conversation_id, sender_id, seq, revision, content)
      select gen_random_uuid(), ${conversation?.id}, ${ana}, n, n, 'hola' from generate_series(1, 4) n returning id`
    for (const [at, { id }] of messages.entries()) {
      await sql`insert into private.undelivered_messages (position, message_id, sent_at)
        values (${at + 1}, ${id}, now() - make_interval(days => ${at < 2 ? 4 : 2}))`
    }
    await sql`
      insert into private.rate_limits (user_id, action, tokens, refilled_at, burst)
      values (${ana}, 'send', 3, now() - interval '2 days', null), (${ana}, 'group', 3, now() - interval '1 hour', null),
        (${ben}, 'send', 3, now() - interval '2 days', 1000)`

    const sums = await cleanUp(sql)
    expect(sums).toMatchObject({
      purge_trash: { outcome: 'done', handled: 3 },
      prune_push_feed: { outcome: 'done', handled: 2 },
      prune_rate_limits: { outcome: 'done', handled: 1 },
    })
    expect([await songsLeft(old), await songsLeft(young), await songsLeft(living)]).toEqual([0, 3, 3])
    expect(await count(sql`select from public.song_chords where song_id = any (${old})`)).toBe(0)
    expect(await sql`select position::int from private.undelivered_messages order by 1`).toEqual([
      { position: 3 },
      { position: 4 },
    ])
    expect(await sql`select user_id, action from private.rate_limits order by user_id = ${ben}`).toEqual([
      { user_id: ana, action: 'group' },
      { user_id: ben, action: 'send' },
    ])

    const before = await picture(sql)
    const again = await cleanUp(sql)
    expect(Object.values(again).map(({ outcome, handled }) => [outcome, handled])).toEqual(
      Object.keys(sums).map(() => ['done', 0]),
    )
    expect(await picture(sql)).toEqual(before)
  })

  test('empties what deleted accounts wrote', async () => {
    const [ana = '', ben = ''] = await addPeople(2)
    const [conversation] = await sql`
      insert into public.conversations (kind, created_by, last_seq, last_revision) values ('group', ${ana}, 2500, 2500) returning id`
    await sql`insert into public.conversation_participants (conversation_id, user_id)
      select ${conversation?.id}, p from unnest(${[ana, ben]}::uuid[]) p`
    await sql`
      insert into public.messages (id, conversation_id, sender_id, seq, revision, content)
      select gen_random_uuid(), ${conversation?.id}, ${ana}, n, n, 'secret ' || n from generate_series(1, 2500) n`
    await sql`delete from auth.users where id = ${ana}`
    expect(await count(sql`select from public.messages where sender_id = ${ana} and content <> ''`)).toBe(
      2500,
    )
    expect((await cleanUp(sql)).empty_deleted_accounts).toEqual({ outcome: 'done', handled: 2500 })
    expect(await count(sql`select from public.messages where sender_id = ${ana} and content <> ''`)).toBe(0)
    expect(await lastRun('empty_deleted_accounts')).toMatchObject({
      outcome: 'done',
      handled: '2500',
      batches: '3',
    })
  })

  test('works in batches, each of its own transaction, and goes on where a run was killed', async () => {
    const [ana = ''] = await addPeople(1)
    const old = await addSongs(ana, 700, {}, 40)
    await sql`update private.maintenance_steps set batch_size = 100 where name = 'purge_trash'`
    onTestFinished(async () => {
      await sql`update private.maintenance_steps set batch_size = 500 where name = 'purge_trash'`
    })
    const loop = postgres(stack.dbUrl, { max: 1, onnotice: () => {} })
    const batch = () => loop`select private.run_maintenance(null, 'purge_trash', '0')`
    await batch()
    await batch()
    expect(await songsLeft(old)).toBe(500)
    // Killed in the middle of its third batch: that one is undone, the two before it are not.
    const third = loop
      .unsafe(
        `select private.run_maintenance(null, 'purge_trash', '0'); select pg_sleep(60) as "killed half-way"`,
      )
      .simple()
    const killed = expect(third).rejects.toThrow()
    await vi.waitFor(async () => {
      const [asleep] = await sql`
        select pg_terminate_backend(pid) as ended
        from pg_stat_activity
        where wait_event = 'PgSleep' and query like '%killed half-way%'`
      expect(asleep?.ended).toBe(true)
    })
    await killed
    await loop.end({ timeout: 1 })
    expect(await songsLeft(old)).toBe(500)
    expect(await lastRun('purge_trash')).toMatchObject({
      outcome: 'unfinished',
      batches: '2',
      handled: '200',
    })
    await cleanUp(sql)
    expect(await songsLeft(old)).toBe(0)
    expect(await lastRun('purge_trash')).toMatchObject({ outcome: 'done', handled: '700' })
  })

  test('leaves alone what somebody restores at this moment, and comes back for the rest', async () => {
    const [ana = ''] = await addPeople(1)
    const old = await addSongs(ana, 5, {}, 50)
    await sql.begin(async (tx) => {
      await tx`update public.songs set deleted_at = null where id = ${old[0] ?? ''}`
      await tx`select from public.songs where id = ${old[1] ?? ''} for update`
      expect((await cleanUp(sql)).purge_trash).toEqual({ outcome: 'done', handled: 3 })
    })
    expect(await songsLeft(old)).toBe(2)
    expect((await cleanUp(sql)).purge_trash).toEqual({ outcome: 'done', handled: 1 })
    expect(await songsLeft(old.slice(0, 1))).toBe(1)
  })

  test('does what the analytics need: counts events, scores songs, sets popular tags, drops old days', async () => {
    const [ana = ''] = await addPeople(1)
    await addSongs(ana, 2, { visibility: 'public', content: '{tag: Playa}\n[C]la' })
    await sql`select private.add_event_partition(date '2020-01-01')`
    expect(await cleanUp(sql)).toMatchObject({
      roll_up_analytics: { outcome: 'done' },
      refresh_popularity: { outcome: 'done' },
      recompute_popular_tags: { outcome: 'done' },
      drop_event_partitions: { outcome: 'done', handled: 1 },
    })
    expect(await sql`select usage_count from public.popular_tags where tag_name = 'playa'`).toEqual([
      { usage_count: 2 },
    ])
  })

  test('two at once never do the same step: what one has is busy for the other', async () => {
    const [ana = ''] = await addPeople(1)
    const old = await addSongs(ana, 1200, {}, 60)
    await sql.begin(async (tx) => {
      await tx`select private.run_maintenance_step('purge_trash')`
      const { steps } = await cleanUpOnce(sql, 'purge_trash')
      expect(steps[0]).toMatchObject({ step: 'purge_trash', outcome: 'busy', handled: 0 })
      expect(steps[1]).toMatchObject({ outcome: 'done' })
    })
    const before = await lastRun('purge_trash')
    await Promise.all(Array.from({ length: 4 }, () => cleanUp(sql)))
    await cleanUp(sql)
    expect(await songsLeft(old)).toBe(0)
    const runs =
      await sql`select handled::int, outcome from private.maintenance_log where step = 'purge_trash' and id >= ${before?.id}`
    expect(runs.reduce((sum, { handled }) => sum + handled, 0)).toBe(1200)
    expect(await sql`select * from private.maintenance_log where outcome = 'failed'`).toEqual([])
  })
})

describe('a step', () => {
  test('that fails is undone and logged, and keeps no other from its work', async () => {
    const [ana = ''] = await addPeople(1)
    const old = await addSongs(ana, 2, {}, 31)
    await addStep(
      'breaks',
      `delete from public.songs s where s.id = '${old[0]}'; perform 1 / 0; return (1::bigint, null::text);`,
    )
    const sums = await cleanUp(sql)
    expect(sums).toMatchObject({
      breaks: { outcome: 'failed', handled: 0 },
      purge_trash: { outcome: 'done', handled: 2 },
    })
    expect(await lastRun('breaks')).toMatchObject({
      outcome: 'failed',
      error: '22012 division by zero',
      handled: '0',
    })
    const [failure] = await sql`select step, error from public.monitoring_failures`
    expect(failure).toEqual({ step: 'breaks', error: '22012 division by zero' })
    const [health] = await sql`select * from public.monitoring_upkeep where step = 'breaks'`
    expect(health).toMatchObject({ last_outcome: 'failed', last_done_at: null, is_overdue: true })
  })

  test('that takes longer than statements may is a failure of its own, and what a person cancels ends', async () => {
    const [ana = ''] = await addPeople(1)
    await addSongs(ana, 2, {}, 31)
    await addStep('dawdles', 'perform pg_sleep(30); return (1::bigint, null::text);')
    const steps = await sql.begin(async (tx) => {
      await tx`set local statement_timeout = '300ms'`
      const [row] = await tx`select private.run_maintenance(null, 'dawdles', '1 minute') -> 'steps' as steps`
      return row?.steps
    })
    expect(steps[0]).toMatchObject({ step: 'dawdles', outcome: 'failed' })
    expect(steps).toContainEqual(
      expect.objectContaining({ step: 'purge_trash', outcome: 'done', handled: 2 }),
    )
    expect((await lastRun('dawdles'))?.error).toMatch(/^57014 .*timeout/)

    const running = sql`select private.run_maintenance_step('dawdles')`.catch(({ code }) => code)
    const other = postgres(stack.adminDbUrl, { max: 1 })
    onTestFinished(() => other.end())
    await vi.waitFor(async () =>
      expect(
        await other`
          select pg_cancel_backend(pid) from pg_stat_activity
          where query like '%run_maintenance_step(''dawdles'')%' and pid <> pg_backend_pid() and state = 'active'`,
      ).toHaveLength(1),
    )
    expect(await running).toBe('57014')
  })

  test('of the history looks at each old version once, and leaves the newest fifty of a song', async () => {
    const [ana = ''] = await addPeople(1)
    const [long = '', short = ''] = await addSongs(ana, 2, { visibility: 'public' })
    // Only the superuser sets a version.
    const admin = postgres(stack.adminDbUrl, { max: 1 })
    onTestFinished(() => admin.end())
    await admin`set session_replication_role = replica`
    await admin`update public.songs set version = case when id = ${long} then 60 else 5 end where id in (${long}, ${short})`
    const [columns] = await sql`
      select string_agg(quote_ident(attname), ', ') as names from pg_attribute
      where attrelid = 'public.song_history'::regclass and attnum > 0 and not attisdropped
        and attname not in ('id', 'version_number', 'created_at')`
    const extra = (song: string, from: number, to: number) =>
      sql.unsafe(`
        insert into public.song_history (id, version_number, created_at, ${columns?.names})
        select gen_random_uuid(), n, now() - interval '2 years' + n % 3 * interval '1 second', ${columns?.names}
        from public.song_history h, generate_series(${from}, ${to}) n
        where h.song_id = '${song}' and h.version_number = 1`)
    await extra(long, 2, 60)
    await extra(short, 2, 5)
    let reached: string | null = null
    let handled = 0
    let batches = 0
    do {
      const [row]: { handled: string; reached: string | null }[] =
        await sql`select b.* from private.prune_old_song_history(7, '1 year', ${reached}) as b`
      handled += Number(row?.handled)
      reached = row?.reached ?? null
      batches++
    } while (reached !== null)
    expect(handled).toBe(9)
    expect(batches).toBe(10)
    const left = await sql`
      select song_id, count(*)::integer as n, min(version_number) filter (where version_number > 1)::integer as first
      from public.song_history where song_id in (${long}, ${short}) group by 1 order by 2`
    expect(left).toMatchObject([
      { song_id: short, n: 5, first: 2 },
      { song_id: long, n: 51, first: 11 },
    ])
  })

  test('that gets nowhere is a failure and not a loop', async () => {
    await addStep('stuck', `return (0::bigint, 'here'::text);`)
    expect((await cleanUp(sql)).stuck).toEqual({ outcome: 'failed', handled: 0 })
    expect(await lastRun('stuck')).toMatchObject({ error: 'P0001 the step makes no progress at here' })
  })

  test('whose function is not there, or answers nothing, fails alone', async () => {
    await addStep('silent', 'return null;')
    await sql`insert into private.maintenance_steps (name, position, function_name) values ('gone', 4, 'private.gone')`
    onTestFinished(async () => {
      await sql`delete from private.maintenance_steps where name = 'gone'`
    })
    const sums = await cleanUp(sql)
    expect(sums).toMatchObject({
      gone: { outcome: 'failed' },
      silent: { outcome: 'failed' },
      purge_trash: { outcome: 'done' },
    })
  })

  test('gives way: it does not queue behind a lock for long', async () => {
    await addStep(
      'waits',
      'lock table public.tag_categories in access exclusive mode; return (1::bigint, null::text);',
    )
    await sql.begin(async (tx) => {
      await tx`lock table public.tag_categories in access share mode`
      expect((await cleanUp(sql)).waits).toEqual({ outcome: 'failed', handled: 0 })
    })
    expect((await lastRun('waits'))?.error).toMatch(/^55P03 /)
    expect((await cleanUp(sql)).waits).toEqual({ outcome: 'done', handled: 1 })
  })

  test('of the minutes runs with them and with all, not with the daily ones; one that is off does not run', async () => {
    await addStep('ticks', 'return (1::bigint, null::text);')
    await sql`update private.maintenance_steps set schedule = 'minutes' where name = 'ticks'`
    const steps = async (schedule: string | null) => {
      const [row] =
        await sql`select private.run_maintenance(${schedule}, null, '1 minute') -> 'steps' as steps`
      return row?.steps.map(({ step }: { step: string }) => step)
    }
    const minutes = ['roll_up_analytics', 'refresh_popularity', 'ticks']
    expect(await steps('minutes')).toEqual(minutes)
    const daily = await steps('daily')
    expect(daily).not.toContain('ticks')
    expect((await steps(null)).sort()).toEqual([...minutes, ...daily].sort())
    await sql`update private.maintenance_steps set enabled = false where name = 'ticks'`
    expect(await steps('minutes')).toEqual(minutes.slice(0, 2))
  })
})

describe('the lexicon', () => {
  const word = () => `w${crypto.randomUUID().replaceAll('-', '')}`
  const filed = async (value: string) =>
    (await sql`select doomed_at is not null as doomed from private.song_lexicon where word = ${value}`).map(
      ({ doomed }) => doomed,
    )
  const later = () =>
    sql`update private.song_lexicon set doomed_at = doomed_at - interval '13 hours' where doomed_at is not null`

  test('loses words that no public song has, after a time, and keeps the others', async () => {
    const [ana = ''] = await addPeople(1)
    const [kept, gone] = [word(), word()]
    await addSongs(ana, 1, { title: kept, visibility: 'public' })
    const [song = ''] = await addSongs(ana, 1, { title: gone, visibility: 'public' })
    await sql`update public.songs set visibility = 'private' where id = ${song}`
    await cleanUp(sql)
    expect([await filed(kept), await filed(gone)]).toEqual([[false], [true]])
    await later()
    await cleanUp(sql)
    expect([await filed(kept), await filed(gone)]).toEqual([[false], []])
  })

  test('keeps the word of a song that is saved while its last one is taken out', async () => {
    const [ana = ''] = await addPeople(1)
    const title = word()
    const [song = ''] = await addSongs(ana, 1, { title, visibility: 'public' })
    await sql`delete from public.songs where id = ${song}`
    await sql.begin(async (tx) => {
      // It finds its word filed, and so does not file it; nobody else sees it yet.
      await tx`insert into public.songs (created_by, title, content, visibility) values (${ana}, ${title}, 'la', 'public')`
      await cleanUp(sql)
    })
    expect(await filed(title)).toEqual([true])
    await later()
    await cleanUp(sql)
    expect(await filed(title)).toEqual([false])
  })

  test('files a doomed word anew for a song that comes after, and of two keeps one', async () => {
    const [ana = ''] = await addPeople(1)
    const title = word()
    const [song = ''] = await addSongs(ana, 1, { title, visibility: 'public' })
    await sql`delete from public.songs where id = ${song}`
    await cleanUp(sql)
    await addSongs(ana, 1, { title, visibility: 'public' })
    expect((await filed(title)).sort()).toEqual([false, true])
    // One run takes the mark off the older one and marks the other; what is done at once is not done again.
    const state = () =>
      sql`select id, doomed_at, xmin::text from private.song_lexicon where word = ${title} order by id`
    await cleanUp(sql)
    const settled = await state()
    expect(settled.map(({ doomed_at }) => doomed_at !== null)).toEqual([false, true])
    await cleanUp(sql)
    expect(await state()).toEqual(settled)
    await later()
    await cleanUp(sql)
    expect(await filed(title)).toEqual([false])
  })
})

describe('whoever asks', () => {
  const as = (key: string) =>
    createClient(stack.apiUrl, key, { auth: { persistSession: false, autoRefreshToken: false } })

  test('is the service; nobody else may', async () => {
    const { data, error } = await as(stack.secretKey).rpc('cleanup_old_data')
    expect(error).toBeNull()
    expect(data).toMatchObject({ next: null })
    const visitor = as(stack.publishableKey)
    expect((await visitor.rpc('cleanup_old_data')).error?.code).toBe('42501')
    await signUpConfirmed(visitor, stack)
    expect((await visitor.rpc('cleanup_old_data')).error?.code).toBe('42501')
  })

  test.each([
    [{ next: 'nowhere' }, 'next'],
    [{ schedule: 'hourly' }, 'schedule'],
  ])('%j is refused with the field', async (args, field) => {
    const { error } = await as(stack.secretKey).rpc('cleanup_old_data', args)
    expect(error?.code).toBe('TT000')
    expect(JSON.parse(error?.details ?? '{}')).toMatchObject({ code: 'invalid_input', field })
  })
})

describe('what the seed gets wrong', () => {
  const erratum = errata(sql)

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

  test('the migrations say by notice that nothing is scheduled, and go on (erratum 6)', async () => {
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
      const left = await tx`select from public.songs where created_by = ${ana} and deleted_at is not null`
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
})
