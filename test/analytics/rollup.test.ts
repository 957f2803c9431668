import type { Sql } from 'postgres'
import { describe, expect, test, vi } from 'vitest'
import { firefox } from '../support/agents.ts'
import {
  expectExact,
  figures,
  logAt,
  makePeople,
  makeSong,
  openDatabase,
  rollUp,
  track,
  visitor,
} from '../support/analytics.ts'
import { openSeed } from './fixtures/against-seed.ts'

async function settle() {
  const sql = openDatabase()
  const [owner = '', reader = ''] = await makePeople(sql, 2)
  return { sql, owner, reader, song: await makeSong(sql, owner) }
}

const view = (song_id: string, more: object = {}) => ({ kind: 'song_view', song_id, ...more })

describe('the roll-up equals a recount of the log', () => {
  test('after many writers at once, with roll-ups running among them', async () => {
    const { sql, song, owner } = await settle()
    const others = [await makeSong(sql, owner), await makeSong(sql, owner)]
    const writers = Array.from({ length: 8 }, () => openDatabase())
    const rollers = [openDatabase(), openDatabase()]
    let writing = true
    const rolling = rollers.map(async (roller) => {
      while (writing) await roller`select public.roll_up_analytics(7)`
    })
    await Promise.all(
      writers.map(async (writer, w) => {
        for (let n = 0; n < 25; n++) {
          const at = Date.now() - ((w * 25 + n) % 48) * 3_600_000
          await track(writer, visitor(`${song}${w}-${n}`, { 'cf-ipcountry': n % 2 ? 'CL' : 'ES' }), [
            view(song, { at }),
            view(others[n % 2] as string),
            { kind: 'song_share', song_id: song },
            { kind: 'song_session', song_id: song, duration_seconds: 1 + n },
          ])
        }
      }),
    )
    writing = false
    await Promise.all(rolling)
    const { quarters } = await expectExact(sql, song)
    expect(quarters).toMatchObject({ song_view: [200, 0], song_share: [200, 0], song_session: [200, 2600] })
    for (const other of others) await expectExact(sql, other)
  })

  test('after a batch that commits when the roll-up has been there', async () => {
    const { sql, song } = await settle()
    const late = openDatabase()
    // There is a mark already when the late batch comes, and one more after it.
    await track(sql, visitor(), [view(song)])
    let commit = () => {}
    const waits = new Promise<void>((resolve) => {
      commit = resolve
    })
    let logged = () => {}
    const isLogged = new Promise<void>((resolve) => {
      logged = resolve
    })
    const slow = late.begin(async (tx) => {
      await tx`select set_config('request.headers', ${JSON.stringify({ 'user-agent': `${firefox} late` })}, true)`
      await tx`select public.track_events(${tx.json([view(song)])})`
      logged()
      await waits
    })
    await isLogged
    // The same song, the same day: these marks are seen and taken away, the late one's is not.
    await track(sql, visitor(), [view(song)])
    expect((await expectExact(sql, song)).quarters).toEqual({ song_view: [2, 0] })
    commit()
    await slow
    const marks = await sql`select from private.analytics_marks where entity_id = ${song}`
    expect(marks.length).toBeGreaterThan(0)
    expect((await expectExact(sql, song)).quarters).toEqual({ song_view: [3, 0] })
  })

  test('after a roll-up that was killed half-way', async () => {
    const { sql, song } = await settle()
    await track(sql, visitor(), [view(song)])
    await expectExact(sql, song)
    await track(sql, visitor(), [view(song), { kind: 'song_share', song_id: song }])
    const [before, holder, roller] = [await figures(sql, song), openDatabase(), openDatabase()]
    const [{ pid } = {}] = await roller`select pg_backend_pid() as pid`

    // It has taken the marks and written the quarters when it comes to the song's counters, and there it has to wait.
    let dying: Promise<unknown> = Promise.resolve()
    await holder.begin(async (tx) => {
      await tx`select from public.song_analytics where song_id = ${song} for update`
      await vi.waitFor(
        async () => {
          dying = roller`select public.roll_up_analytics()`.then(
            () => 'rolled up',
            (error) => error.code,
          )
          await vi.waitFor(() => isWaiting(sql, pid), { timeout: 2000, interval: 20 })
        },
        { timeout: 20_000 },
      )
      await sql`select pg_terminate_backend(${pid})`
      expect(await dying).not.toBe('rolled up')
    })
    expect(await sql`select from private.analytics_marks where entity_id = ${song}`).toHaveLength(1)
    expect((await figures(sql, song)).told).toEqual(before.told)
    expect((await expectExact(sql, song)).quarters).toEqual({ song_view: [2, 0], song_share: [1, 0] })
  })

  async function isWaiting(sql: Sql, pid: number) {
    const [row] =
      await sql`select wait_event_type from pg_stat_activity where pid = ${pid} and state = 'active'`
    expect(row?.wait_event_type).toBe('Lock')
  }

  test('run twice, and everything marked again: nothing changes, not even a time', async () => {
    const { sql, song } = await settle()
    for (let n = 0; n < 3; n++) await track(sql, visitor(), [view(song)])
    await expectExact(sql, song)
    const state = () =>
      sql`select to_jsonb(a) as row, a.xmin::text as written, (select jsonb_agg(q.xmin::text) from private.analytics_quarters q where q.entity_id = ${song}) as quarters
        from public.song_analytics a where song_id = ${song}`
    const before = await state()
    await rollUp(sql, song)
    await sql`insert into private.analytics_marks (entity_id, day) select distinct entity_id, day from private.analytics_events where entity_id = ${song}`
    await rollUp(sql, song)
    expect(await state()).toEqual(before)
  })

  test('over a month’s end and both changes of the clock', async () => {
    const { sql, song, owner } = await settle()
    const times = {
      '2026-01-31T23:59:59.999Z': 1,
      '2026-02-01T00:00:00Z': 2,
      '2026-02-28T23:45:00Z': 3,
      '2026-03-01T00:14:59Z': 4,
      // Madrid goes from 02:00 to 03:00 at 01:00 UTC, and back at 01:00 UTC.
      '2026-03-28T23:30:00Z': 5,
      '2026-03-29T00:59:59Z': 6,
      '2026-03-29T01:00:00Z': 7,
      '2026-03-29T21:59:59Z': 8,
      '2026-03-29T22:00:00Z': 9,
      '2026-10-24T22:00:00Z': 10,
      '2026-10-25T00:30:00Z': 11,
      '2026-10-25T01:30:00Z': 12,
      '2026-10-25T22:59:59Z': 13,
      '2026-10-25T23:00:00Z': 14,
    }
    for (const [at, count] of Object.entries(times)) await logAt(sql, song, 'song_view', at, count)
    await expectExact(sql, song)

    const days = async (zone: string, from: string, to: string, step = 'day') => {
      const rows = await sql.begin(async (tx) => {
        await tx`select set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${JSON.stringify({ sub: owner, role: 'authenticated' })}, true)`
        return tx`select day::text, count from public.get_analytics_series('song_view', ${song}, ${from}, ${to}, ${zone}, ${step})`
      })
      return Object.fromEntries(rows.map(({ day, count }) => [day, Number(count)]))
    }
    expect(await days('UTC', '2026-01-31', '2026-02-01')).toEqual({ '2026-01-31': 1, '2026-02-01': 2 })
    expect(await days('America/Santiago', '2026-01-31', '2026-02-01')).toEqual({
      '2026-01-31': 3,
      '2026-02-01': 0,
    })
    expect(await days('UTC', '2026-01-01', '2026-03-31', 'month')).toEqual({
      '2026-01-01': 1,
      '2026-02-01': 5,
      '2026-03-01': 39,
    })
    // A day of 23 hours and one of 25.
    expect(await days('Europe/Madrid', '2026-03-28', '2026-03-30')).toEqual({
      '2026-03-28': 0,
      '2026-03-29': 26,
      '2026-03-30': 9,
    })
    expect(await days('Europe/Madrid', '2026-10-24', '2026-10-26')).toEqual({
      '2026-10-24': 0,
      '2026-10-25': 46,
      '2026-10-26': 14,
    })
    // Midnight comes twice there.
    expect(await days('Atlantic/Azores', '2026-10-25', '2026-10-25')).toEqual({ '2026-10-25': 50 })
    expect(await days('Atlantic/Azores', '2026-10-24', '2026-10-24')).toEqual({ '2026-10-24': 10 })
    const [sums] = await sql.begin(async (tx) => {
      await tx`select set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${JSON.stringify({ sub: owner, role: 'authenticated' })}, true)`
      return tx`
        select public.get_song_analytics(${song}, '2026-10-24', '2026-10-24', 'Atlantic/Azores') as before,
          public.get_song_analytics(${song}, '2026-10-25', '2026-10-25', 'Atlantic/Azores') as after`
    })
    expect(sums).toMatchObject({ before: { details: { views: 10 } }, after: { details: { views: 50 } } })
    // Half an hour and three quarters off.
    expect(await days('Asia/Kathmandu', '2026-03-29', '2026-03-30')).toEqual({
      '2026-03-29': 18,
      '2026-03-30': 17,
    })
  })

  test('whoever leaves a song and comes back is one share of it', async () => {
    const { sql, song, owner, reader } = await settle()
    await sql`
      insert into public.shares (target_kind, target_id, kind, shared_by, recipient_id, role, target_created_at, accepted_at, ended_at, end_reason)
      select 'song', ${song}, 'person', ${owner}, ${reader}, 'view', s.created_at, now() - n * interval '1 day', now() - n * interval '1 day', 'left'
      from generate_series(1, 5) n, public.songs s where s.id = ${song}`
    const rolled = async () => {
      await sql`insert into private.analytics_marks (entity_id) values (${song})`
      await rollUp(sql, song)
      const [row] =
        await sql`select share_count::integer, popularity_score from public.song_analytics where song_id = ${song}`
      return row
    }
    const five = await rolled()
    expect(five).toMatchObject({ share_count: 1 })
    await sql`delete from public.shares where song_id = ${song} and accepted_at > now() - interval '4.5 days'`
    expect(await rolled()).toEqual(five)
  })

  test('weekly and monthly counters lose a day when it is too old, without a new event', async () => {
    const { sql, song } = await settle()
    const [{ now } = {}] = await sql`select now()`
    const ago = (days: number) => new Date(now.getTime() - days * 86_400_000).toISOString()
    for (const [days, count] of [
      [0, 1],
      [6, 2],
      [7, 4],
      [29, 8],
      [30, 16],
    ] as const)
      await logAt(sql, song, 'song_view', ago(days), count)
    await rollUp(sql, song)
    const counters = async () =>
      (
        await sql`select view_count, weekly_views, monthly_views from public.song_analytics where song_id = ${song}`
      )[0]
    expect(await counters()).toEqual({ view_count: '31', weekly_views: '3', monthly_views: '15' })

    // As if they had been right yesterday: a week then held what is seven days old, a month what is thirty.
    await sql`update public.song_analytics set weekly_views = 7, monthly_views = 31 where song_id = ${song}`
    await sql`update private.analytics_state set aged_until = (now() at time zone 'utc')::date - 1 where id`
    await vi.waitFor(async () => {
      await rollUp(sql, song)
      expect(await counters()).toEqual({ view_count: '31', weekly_views: '3', monthly_views: '15' })
    })
  })
})

describe('songs that go while they are counted', () => {
  test('are left out, with their figures, and hold nobody up', async () => {
    const { sql, song, owner } = await settle()
    const stays = await makeSong(sql, owner)
    const remover = openDatabase()
    await track(sql, visitor(), [view(song), view(stays)])
    await rollUp(sql, song, stays)
    await track(sql, visitor(), [view(song), view(stays)])
    await remover.begin(async (tx) => {
      await tx`select from public.songs where id = ${song} for update`
      await vi.waitFor(async () => {
        await sql`select public.roll_up_analytics()`
        // The one that somebody holds is marked again, the other one is done.
        const [row] = await sql`select view_count from public.song_analytics where song_id = ${stays}`
        expect(row?.view_count).toBe('2')
      })
      await tx`delete from public.songs where id = ${song}`
    })
    await rollUp(sql, song)
    expect(await sql`select from public.song_analytics where song_id = ${song}`).toHaveLength(0)
    expect(await sql`select from private.analytics_days where entity_id = ${song}`).toHaveLength(0)
  })
})

describe('popularity', () => {
  const refresh = async (sql: Sql, song: string) =>
    vi.waitFor(async () => {
      await sql`select public.refresh_popularity(1000)`
      expect(await sql`select from private.analytics_unfed where song_id = ${song}`).toHaveLength(0)
    })
  const score = async (sql: Sql, song: string) => {
    const [row] = await sql`
      select a.popularity_score as score, s.popularity, s.xmin::text as written, s.version, s.updated_at
      from public.songs s left join public.song_analytics a on a.song_id = s.id where s.id = ${song}`
    return row as { score: number; popularity: number; written: string; version: number; updated_at: Date }
  }

  test('reaches the song’s own row, without changing its version or its time', async () => {
    const { sql, song } = await settle()
    const before = await score(sql, song)
    await track(sql, visitor(), [view(song)])
    await rollUp(sql, song)
    await refresh(sql, song)
    const after = await score(sql, song)
    expect(after.popularity).toBe(after.score)
    expect(after.score).toBeGreaterThan(0)
    expect([after.version, after.updated_at]).toEqual([before.version, before.updated_at])
  })

  test('writes the song’s row again only when its score has moved by a tenth', async () => {
    const { sql, song } = await settle()
    await logAt(sql, song, 'song_view', new Date().toISOString(), 100)
    await rollUp(sql, song)
    await refresh(sql, song)
    const before = await score(sql, song)
    await logAt(sql, song, 'song_view', new Date().toISOString(), 5)
    await rollUp(sql, song)
    await refresh(sql, song)
    expect((await score(sql, song)).written).toBe(before.written)
    expect((await score(sql, song)).score).toBeGreaterThan(before.score)
    await logAt(sql, song, 'song_view', new Date().toISOString(), 10)
    await rollUp(sql, song)
    await refresh(sql, song)
    expect((await score(sql, song)).popularity).toBe((await score(sql, song)).score)
  })

  test('keeps the order that fading day by day would give, on any later day', async () => {
    const { sql, owner } = await settle()
    const songs = await Promise.all(Array.from({ length: 4 }, () => makeSong(sql, owner)))
    const days = [200, 100, 20, 1]
    for (const [n, song] of songs.entries())
      await logAt(
        sql,
        song,
        'song_view',
        new Date(Date.now() - (days[n] ?? 0) * 86_400_000).toISOString(),
        [400, 60, 9, 3][n],
      )
    await rollUp(sql, ...songs)
    const scores = await Promise.all(songs.map(async (song) => (await score(sql, song)).score))
    const faded = (later: number) =>
      songs.map((_, n) => ([400, 60, 9, 3][n] as number) * Math.exp(-((days[n] as number) + later) / 30))
    const order = (list: number[]) => list.map((_, n) => n).toSorted((a, b) => list[b]! - list[a]!)
    for (const later of [0, 30, 365]) expect(order(scores)).toEqual(order(faded(later)))
  })

  test('waits for nobody who edits the song, and comes later', async () => {
    const { sql, song } = await settle()
    const editor = openDatabase()
    await track(sql, visitor(), [view(song)])
    await rollUp(sql, song)
    await editor.begin(async (tx) => {
      await tx`update public.songs set title = 'Held' where id = ${song}`
      await vi.waitFor(async () => {
        const [row] = await sql`select public.refresh_popularity(1000) as handled`
        expect(row?.handled).not.toBeNull()
      })
      expect((await score(sql, song)).popularity).toBe(0)
      expect(await sql`select from private.analytics_unfed where song_id = ${song}`).not.toHaveLength(0)
    })
    await refresh(sql, song)
    expect((await score(sql, song)).popularity).toBeGreaterThan(0)
  })
})

describe('what the seed gets wrong', () => {
  const { ana, as, ben, erratum, first, keyOf, log, makeSong, rollUp, seedSong, track } = openSeed()

  erratum(
    8,
    'a song that everybody sees does not abort the rescoring of all',
    'scored',
    async (tx) => {
      const song = await makeSong(tx)
      await tx`insert into private.analytics_days values (${song}, 'song_view', (now() at time zone 'utc')::date, 2000000000, 0, now())`
      await tx`insert into private.analytics_marks (entity_id) values (${song})`
      await rollUp(tx)
      const score = await first(
        tx`select popularity_score from public.song_analytics where song_id = ${song}`,
      )
      return Number.isFinite(score) && Number(score) > 0 && 'scored'
    },
    async (tx) => {
      const song = await seedSong(tx)
      await tx`insert into seed.figures (song_id, view_count, updated_at) values (${song}, 2000000000, now() - interval '2 days')`
      await tx`select seed.rescore()`
      return 'scored'
    },
  )

  erratum(
    13,
    'the first view says when it was',
    true,
    async (tx) => {
      const song = await makeSong(tx)
      await track(tx, ben, { kind: 'song_view', song_id: song })
      await rollUp(tx)
      return first(tx`select last_viewed_at >= now() from public.song_analytics where song_id = ${song}`)
    },
    async (tx) => {
      const song = await seedSong(tx)
      await tx`select seed.count_event(${song}, 'view')`
      return first(tx`select last_viewed_at is not null from seed.figures where song_id = ${song}`)
    },
  )

  erratum(
    15,
    'favourites are counted, up and down',
    [1, 0],
    async (tx) => {
      const song = await makeSong(tx)
      const count = async () => {
        await rollUp(tx)
        return first(tx`select favorite_count::integer from public.song_analytics where song_id = ${song}`)
      }
      await as(tx, ben, () => tx`select public.favorite_song(${song})`)
      const up = await count()
      await as(tx, ben, () => tx`select public.unfavorite_song(${song})`)
      return [up, await count()]
    },
    async (tx) => {
      const song = await seedSong(tx)
      await tx`select seed.count_event(${song}, 'view')`
      await tx`insert into seed.favorites values (${song}, ${ben})`
      const up = await first(tx`select favorite_count from seed.figures where song_id = ${song}`)
      await tx`delete from seed.favorites`
      return [up, await first(tx`select favorite_count from seed.figures where song_id = ${song}`)]
    },
  )

  erratum(
    16,
    'counting the tags again counts nothing twice',
    [1, 1],
    async (tx) => {
      await makeSong(tx, { content: '{tag: Errata sixteen}\nla' })
      const count = async () => {
        await tx`select public.recompute_popular_tags()`
        return first(tx`select usage_count from public.popular_tags where tag_name = 'errata sixteen'`)
      }
      return [await count(), await count()]
    },
    async (tx) => {
      await tx`insert into seed.tags values (${await seedSong(tx)}, 'x')`
      const count = async () => {
        await tx`select seed.count_tags()`
        return first(tx`select usage_count from seed.popular`)
      }
      return [await count(), await count()]
    },
  )

  erratum(
    17,
    'tags of private songs do not show, and those of songs that went are gone',
    [1, undefined],
    async (tx) => {
      const song = await makeSong(tx, { content: '{tag: Errata seventeen}\nla' })
      await makeSong(tx, { content: '{tag: Errata seventeen}\nla', visibility: 'private' })
      const count = async () => {
        await tx`select public.recompute_popular_tags()`
        return first(tx`select usage_count from public.popular_tags where tag_name = 'errata seventeen'`)
      }
      const before = await count()
      await as(tx, ana, () => tx`select public.delete_song(${song})`)
      return [before, await count()]
    },
    async (tx) => {
      const song = await seedSong(tx, undefined, { visibility: 'public' })
      await tx`insert into seed.tags values (${song}, 'x'), (${await seedSong(tx)}, 'x')`
      await tx`select seed.count_tags()`
      const before = await first(tx`select usage_count from seed.popular`)
      await tx`delete from seed.songs where id = ${song}`
      await tx`select seed.count_tags()`
      return [before, await first(tx`select usage_count from seed.popular`)]
    },
  )

  erratum(
    18,
    'a song that is seen now is scored now',
    true,
    async (tx) => {
      const song = await makeSong(tx)
      await log(tx, song, 1)
      await rollUp(tx)
      const before = await first(
        tx`select popularity_score from public.song_analytics where song_id = ${song}`,
      )
      await log(tx, song, 1000)
      await rollUp(tx)
      return first(
        tx`select popularity_score > 900 * ${before as number}::double precision from public.song_analytics where song_id = ${song}`,
      )
    },
    async (tx) => {
      const song = await seedSong(tx)
      await tx`select seed.count_event(${song}, 'view')`
      await tx`update seed.figures set view_count = 1001`
      await tx`select seed.rescore()`
      return first(tx`select popularity_score > 0 from seed.figures where song_id = ${song}`)
    },
  )

  erratum(
    19,
    'an old song keeps a score, and two loved ones do not tie',
    [true, true],
    async (tx) => {
      const [old, more, most] = [await makeSong(tx), await makeSong(tx), await makeSong(tx)]
      await log(tx, old, 3, 300)
      for (const [song, views] of [
        [more, 1_000_000],
        [most, 1_000_001],
      ] as const)
        await tx`insert into private.analytics_days values (${song}, 'song_view', (now() at time zone 'utc')::date, ${views}, 0, now())`
      await tx`insert into private.analytics_marks (entity_id) values (${more}), (${most})`
      await rollUp(tx)
      const score = async (song: string) =>
        Number(
          await first(
            tx`select private.popularity_now(popularity_score) from public.song_analytics where song_id = ${song}`,
          ),
        )
      return [(await score(old)) > 0, (await score(most)) > (await score(more))]
    },
    async (tx) => {
      const score = (views: number, days: number) =>
        first(tx`select seed.score(${views}, 0, 0, now() - make_interval(days => ${days}))::float8`)
      return [
        Number(await score(3, 300)) > 0,
        Number(await score(1_000_001, 0)) > Number(await score(1_000_000, 0)),
      ]
    },
  )

  erratum(
    41,
    'weekly, monthly, session length and trend are computed',
    { weekly: 2, monthly: 5, seconds: 90, trending: true, tags: true },
    async (tx) => {
      const song = await makeSong(tx, { content: '{tag: Errata forty-one}\nla' })
      await log(tx, song, 2)
      await log(tx, song, 3, 20)
      await log(tx, song, 4, 40)
      await track(tx, ben, { kind: 'song_session', song_id: song, duration_seconds: 90 })
      await rollUp(tx)
      await tx`select public.recompute_popular_tags()`
      const [row] = await tx`
      select weekly_views::integer as weekly, monthly_views::integer as monthly, avg_session_duration_seconds as seconds,
        trend_score > 0 as trending, (select trend_score > 0 from public.popular_tags where tag_name = 'errata forty-one') as tags
      from public.song_analytics where song_id = ${song}`
      return { ...row }
    },
    async (tx) => {
      const song = await seedSong(tx)
      for (let n = 0; n < 9; n++) await tx`select seed.count_event(${song}, 'view')`
      const [row] = await tx`
      select weekly_views as weekly, monthly_views as monthly, avg_session_duration_seconds as seconds, false as trending, false as tags
      from seed.figures`
      return { ...row }
    },
  )

  erratum(
    50,
    'the song’s id is the key of its figures',
    'song_id',
    keyOf('public.song_analytics'),
    keyOf('seed.figures'),
  )
})
