import { describe, expect, test } from 'vitest'
import { firefox } from '../support/agents.ts'
import {
  callAs,
  expectExact,
  makePeople,
  makeSong,
  openDatabase,
  rollUp,
  track,
  visitor,
} from '../support/analytics.ts'
import { openSeed } from './fixtures/against-seed.ts'
import { seedAnalytics } from './fixtures/seed.ts'

async function settle() {
  const sql = openDatabase()
  const [owner = '', reader = ''] = await makePeople(sql, 2)
  return { sql, owner, reader, song: await makeSong(sql, owner) }
}
const view = (song_id: string, more: object = {}) => ({ kind: 'song_view', song_id, ...more })
const nothing = crypto.randomUUID()

describe('what counts as nothing', () => {
  test.each<[string, (of: { song: string; owner: string; reader: string }) => unknown, string]>([
    ['another’s id', ({ song, reader }) => view(song, { viewer: reader }), 'viewer'],
    ['another’s id, as a column is called', ({ song, reader }) => view(song, { user_id: reader }), 'user_id'],
    ['a future time', ({ song }) => view(song, { at: Date.now() + 600_000 }), 'at'],
    ['a time long ago', ({ song }) => view(song, { at: Date.now() - 4 * 86_400_000 }), 'at'],
    ['a time that is none', ({ song }) => view(song, { at: 'yesterday' }), 'at'],
    [
      'a negative duration',
      ({ song }) => ({ kind: 'song_session', song_id: song, duration_seconds: -60 }),
      'duration_seconds',
    ],
    [
      'a duration of days',
      ({ song }) => ({ kind: 'song_session', song_id: song, duration_seconds: 1e6 }),
      'duration_seconds',
    ],
    ['a session without an end', ({ song }) => ({ kind: 'song_session', song_id: song }), 'duration_seconds'],
    ['a duration where there is none', ({ song }) => view(song, { duration_seconds: 5 }), 'duration_seconds'],
    ['an unknown kind', ({ song }) => ({ kind: 'song_like', song_id: song }), 'kind'],
    ['a kind that is no text', ({ song }) => ({ kind: ['song_view'], song_id: song }), 'kind'],
    [
      'a conversation that only the database sees',
      ({ owner }) => ({ kind: 'conversation', profile_id: owner }),
      'kind',
    ],
    ['a conversion of one’s own making', ({ owner }) => ({ kind: 'conversion', profile_id: owner }), 'kind'],
    ['an id that is none', () => view('1 or 1=1'), 'song_id'],
    ['a profile as a song', ({ owner }) => ({ kind: 'song_view', profile_id: owner }), 'song_id'],
    ['no object', () => 'song_view', 'event'],
  ])('%s: refused by its place and field, the others count', async (_what, forge, field) => {
    const { sql, ...of } = await settle()
    const answer = await track(sql, { user: of.reader }, [forge(of), view(of.song)])
    expect(answer).toEqual({ accepted: 1, refused: [{ place: 0, field }] })
    const { quarters } = await expectExact(sql, of.song)
    expect(quarters).toEqual({ song_view: [1, 0] })
    expect(await sql`select from private.analytics_events where entity_id = ${of.owner}`).toHaveLength(0)
  })

  test('10,000 in a batch, too many bytes and no list: refused as a whole', async () => {
    const { sql, reader, song } = await settle()
    for (const batch of [
      Array.from({ length: 10_000 }, () => view(song)),
      Array.from({ length: 501 }, () => view(song)),
      [view(song, { note: 'x'.repeat(140_000) })],
      { 0: view(song) },
      'song_view',
      null,
    ]) {
      await expect(track(sql, { user: reader }, batch)).rejects.toMatchObject({
        code: 'TT000',
        detail: expect.stringContaining('"field": "batch"'),
      })
    }
    expect(await sql`select from private.analytics_events where entity_id = ${song}`).toHaveLength(0)
    expect(await track(sql, { user: reader }, [])).toEqual({ accepted: 0, refused: [] })
  })

  test('self-views, bots, repeats, and what one may not see: answered like what counts', async () => {
    const { sql, owner, reader, song } = await settle()
    const hidden = await makeSong(sql, owner, { visibility: 'private' })
    const trashed = await makeSong(sql, owner)
    await callAs(sql, { user: owner }, (tx) => tx`select public.delete_song(${trashed})`)
    const taken = { accepted: 1, refused: [] }
    const mine = { kind: 'profile_view', profile_id: owner }
    expect(await track(sql, { user: owner }, [view(song)])).toEqual(taken)
    expect(await track(sql, { user: owner }, [mine])).toEqual(taken)
    expect(await track(sql, { user: reader }, [view(hidden)])).toEqual(taken)
    expect(await track(sql, { user: reader }, [view(trashed)])).toEqual(taken)
    expect(await track(sql, { user: reader }, [view(nothing)])).toEqual(taken)
    for (const agent of [
      'Googlebot/2.1',
      'Mozilla/5.0 (compatible; bingbot/2.0)',
      'HeadlessChrome/140',
      'curl/8.1',
    ])
      expect(await track(sql, visitor(agent, { 'user-agent': agent }), [view(song)])).toEqual(taken)
    for (const entity of [song, hidden, trashed, owner, nothing])
      expect(await sql`select from private.analytics_events where entity_id = ${entity}`).toHaveLength(0)

    // Ten at once, in batches and one by one, today and yesterday: a viewer counts once a day.
    const yesterday = Date.now() - 86_400_000
    const lines = Array.from({ length: 5 }, () => openDatabase())
    await Promise.all(
      lines.flatMap((line) => [
        track(line, { user: reader }, [view(song), view(song), view(song, { at: yesterday }), mine]),
        track(line, { user: reader }, [mine, view(song, { at: yesterday }), view(song)]),
      ]),
    )
    expect((await expectExact(sql, song)).quarters).toEqual({ song_view: [2, 0] })
    expect((await expectExact(sql, owner)).quarters).toEqual({ profile_view: [1, 0] })
  })

  test('a viewer who sees more than a thousand songs a day', async () => {
    const { sql, owner, reader } = await settle()
    const songs = await sql`
      insert into public.songs (title, content, visibility, created_by)
      select 'Many', 'la', 'public', ${owner} from generate_series(1, 1300) returning id`
    for (let from = 0; from < 1300; from += 100)
      await track(
        sql,
        { user: reader },
        songs.slice(from, from + 100).map(({ id }) => view(id)),
      )
    const [row] = await sql`select count(*)::integer from private.own_events where user_id = ${reader}`
    expect(row?.count).toBe(1000)
    await sql`delete from public.songs where created_by = ${owner}`
  })
})

describe('what counts', () => {
  test('visitors by the day and by what little tells them apart, with their country', async () => {
    const { sql, song } = await settle()
    for (const country of ['CL', 'CL', 'es', 'XX', ''])
      await track(sql, visitor(undefined, { 'cf-ipcountry': country }), [view(song)])
    await track(sql, visitor('same'), [view(song)])
    await track(sql, visitor('same'), [view(song, { at: Date.now() - 50 * 3_600_000 })])
    await rollUp(sql, song)
    const rows =
      await sql`select country, sum(count)::integer as n from private.analytics_quarters where entity_id = ${song} group by 1 order by 1`
    // Of an earlier day there is no salt: what a visitor sends late counts for today.
    expect(rows).toEqual([
      { country: '', n: 3 },
      { country: 'CL', n: 2 },
      { country: 'ES', n: 1 },
    ])
  })

  test('of what was kept offline, on the day it happened; a clock that is ahead, as now', async () => {
    const { sql, reader, song } = await settle()
    const at = Date.now() - 2 * 86_400_000
    await track(sql, { user: reader }, [view(song, { at }), view(song, { at: Date.now() + 60_000 })])
    const rows =
      await sql`select at, at <= clock_timestamp() as is_past from private.analytics_events where entity_id = ${song} order by at`
    expect(rows.map(({ is_past }) => is_past)).toEqual([true, true])
    expect(rows[0]?.at.getTime()).toBe(at)
  })

  test('one session an hour; edits and favourites from their own tables, whatever clients say', async () => {
    const { sql, owner, reader, song } = await settle()
    const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000
    const session = (at: number, duration_seconds: number) => ({
      kind: 'song_session',
      song_id: song,
      at,
      duration_seconds,
    })
    await track(sql, { user: reader }, [session(hour, 10), session(hour, 999), session(hour - 3_600_000, 20)])
    await callAs(
      sql,
      { user: owner },
      (tx) => tx`select public.update_song(${song}, '{"title": "New", "genre": "folk"}')`,
    )
    await callAs(sql, { user: owner }, (tx) => tx`select public.update_song(${song}, '{"title": "Newer"}')`)
    await callAs(sql, { user: reader }, (tx) => tx`select public.favorite_song(${song})`)
    await rollUp(sql, song)
    const read = async () =>
      (
        await sql`
        select edit_count::integer, favorite_count::integer, avg_session_duration_seconds as seconds, view_count::integer,
          last_viewed_at, last_edited_at = (select updated_at from public.songs where id = ${song}) as edited
        from public.song_analytics where song_id = ${song}`
      )[0]
    expect(await read()).toEqual({
      edit_count: 2,
      favorite_count: 1,
      seconds: 15,
      view_count: 0,
      last_viewed_at: null,
      edited: true,
    })
    await callAs(sql, { user: reader }, (tx) => tx`select public.unfavorite_song(${song})`)
    await rollUp(sql, song)
    expect(await read()).toMatchObject({ favorite_count: 0 })
  })

  test('partitions that are not there are made by whoever comes first, many at once', async () => {
    const { sql, song } = await settle()
    const day = `2025-0${1 + Math.floor(Math.random() * 9)}-${10 + Math.floor(Math.random() * 18)}`
    await sql.unsafe(`drop table if exists private.analytics_events_${day.replaceAll('-', '')}`)
    const lines = Array.from({ length: 6 }, () => openDatabase())
    await Promise.all(
      lines.map((line) =>
        line.begin(async (tx) => {
          await tx`select private.add_event_partition(${day})`
          await tx`
            insert into private.analytics_events (entity_id, kind, viewer, day, at)
            values (${song}, 'song_view', gen_random_uuid(), ${day}, ${`${day}T12:00:00Z`})`
        }),
      ),
    )
    const [row] =
      await sql`select count(*)::integer from private.analytics_events where entity_id = ${song} and day = ${day}`
    expect(row?.count).toBe(6)
    // Dropped when it is old enough and counted.
    await sql`insert into private.analytics_marks (entity_id, day) values (${song}, ${day})`
    await expectExact(sql, song)
    await sql`select private.drop_event_partitions('200 days')`
    expect(await sql`select from private.analytics_events where entity_id = ${song}`).toHaveLength(0)
    const [kept] = await sql`select view_count::integer from public.song_analytics where song_id = ${song}`
    expect(kept?.view_count).toBe(6)
  })
})

test('nobody reads or writes the log, the figures or the counters, whatever the role', async () => {
  const { sql, reader, song } = await settle()
  await track(sql, visitor(), [view(song)])
  for (const caller of [{}, { user: reader }])
    for (const statement of [
      'select * from private.analytics_events',
      'select * from private.analytics_viewers',
      'select * from private.analytics_salt',
      'select * from private.own_events',
      'select * from private.analytics_quarters',
      'insert into private.analytics_marks (entity_id) values (gen_random_uuid())',
      'insert into public.song_analytics (song_id) values (gen_random_uuid())',
      'update public.song_analytics set view_count = 1000000',
      'select edit_count from public.song_analytics',
      'select last_viewed_at from public.song_analytics',
      `select private.record_event('song_view', '${song}', '${reader}')`,
      'select private.roll_up_analytics(1)',
      'select public.roll_up_analytics(1)',
      'select public.refresh_popularity(1)',
      'select public.recompute_popular_tags()',
      `select private.update_song_analytics(array['${song}']::uuid[])`,
      'select private.calculate_popularity_score(1, 1, 1, now())',
      `select public.record_conversion_for('${song}', '${reader}')`,
    ])
      await expect(
        callAs(sql, caller, (tx) => tx.unsafe(statement)),
        statement,
      ).rejects.toMatchObject({
        code: '42501',
      })
})

describe('what the seed gets wrong', () => {
  const { ana, as, ben, erratum, first, makeSong, rollUp, seedSong, track, waits } = openSeed()

  erratum(
    14,
    'an unknown event makes no row',
    0,
    async (tx) => {
      const song = await makeSong(tx)
      await track(tx, ben, { kind: 'song_glance', song_id: song })
      await rollUp(tx)
      return first(tx`select count(*)::integer from public.song_analytics where song_id = ${song}`)
    },
    async (tx) => {
      const song = await seedSong(tx)
      await tx`select seed.count_event(${song}, 'glance')`
      return first(tx`select count(*)::integer from seed.figures where song_id = ${song}`)
    },
  )

  erratum(
    27,
    'a client writes no figures',
    '42501',
    async (tx) => {
      const song = await makeSong(tx)
      return as(
        tx,
        ben,
        () => tx`insert into public.song_analytics (song_id, view_count) values (${song}, 1000000)`,
      )
    },
    async (tx) => {
      const song = await seedSong(tx)
      return as(tx, ben, () =>
        tx`insert into seed.figures (song_id, view_count) values (${song}, 1000000)`.then(() => 'written'),
      )
    },
  )

  test('nobody who opens a song waits for somebody else who does (erratum 50)', async () => {
    const song = crypto.randomUUID()
    const count = (who: string) => `
    select set_config('request.headers', '{"user-agent": "${firefox} ${who}"}', true);
    select public.track_events('[{"kind": "song_view", "song_id": "${song}"}]')`
    const ours = await waits(
      `insert into public.songs (id, title, content, visibility, created_by) values ('${song}', 'Hot', 'la', 'public', '${ana}');
      -- The first one of a day makes its salt and its partition.
      ${count('zero')}`,
      count,
      `delete from public.songs where id = '${song}'`,
    )
    const seeds = await waits(
      `${seedAnalytics}; insert into seed.songs (id) values ('${song}'); select seed.count_event('${song}', 'view')`,
      () => `select seed.count_event('${song}', 'view')`,
      'drop schema seed cascade',
    )
    expect({ ours, seeds }).toEqual({ ours: false, seeds: true })
  })
})
