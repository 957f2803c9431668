import { createContext, createFigures, type FigureQuery } from 'tertulia/figures'
import { describe, expect, test } from 'vitest'
import {
  callAs,
  logAt,
  makePeople,
  makeSong,
  openDatabase,
  rollUp,
  track,
  visitor,
} from '../support/analytics.ts'
import { connect, type Person, signUp } from '../support/people.ts'

const figuresOf = (person: Person) => createFigures(createContext(person.supabase))
const daysAgo = (n: number) => new Date(Date.now() - n * 86_400_000).toISOString().slice(0, 10)

/** Logs views of users, each at the given times. */
async function logVisits(
  sql: ReturnType<typeof openDatabase>,
  song: string,
  visits: (string[] | [string[], number])[],
) {
  for (const visit of visits) {
    const [times, users] = (Array.isArray(visit[0]) ? visit : [visit, 1]) as [string[], number]
    for (const at of times)
      await sql`select private.add_event_partition((${at}::timestamptz at time zone 'utc')::date)`
    await sql`
      insert into private.analytics_events (entity_id, kind, viewer, day, at)
      select ${song}, 'song_view', v.viewer, (a.at at time zone 'utc')::date, a.at
      from (select gen_random_uuid() as viewer from generate_series(1, ${users})) as v, unnest(${times}::timestamptz[]) as a (at)`
  }
}

describe('retention', () => {
  test('is by the ISO week in which a user first came, in the zone of the request, over both changes of the clock', async () => {
    const sql = openDatabase()
    const ana = await signUp()
    const song = await makeSong(sql, ana.id)
    // Madrid is at +1 until Sunday, March 29, 2026, 01:00 UTC, and then at +2.
    await logVisits(sql, song, [
      // Sunday evening in UTC is Monday in Madrid: 23:30 UTC on March 22, and 22:30 UTC on March 29.
      [['2026-03-22T23:30:00Z', '2026-03-29T22:30:00Z', '2026-04-06T10:00:00Z'], 5],
      [['2026-03-23T10:00:00Z', '2026-03-24T10:00:00Z', '2026-03-29T21:59:59Z'], 2],
      // They came long before the period: nobody new.
      [['2026-02-01T10:00:00Z', '2026-03-25T10:00:00Z'], 9],
      // A cohort of fewer than five.
      [['2026-04-01T10:00:00Z', '2026-04-07T10:00:00Z'], 4],
    ])
    // A visitor is a new one on each day, and in no cohort.
    await sql`
      insert into private.analytics_events (entity_id, kind, viewer, day, at)
      select ${song}, 'song_view', private.visitor_id(sha256(n::text::bytea)), '2026-03-25', '2026-03-25T12:00:00Z' from generate_series(1, 20) as n`
    const read = async (timeZone: string) => {
      const { weeks } = await figuresOf(ana).read(
        { weeks: { figure: 'retention', kind: 'song_view', entityId: song } },
        { from: '2026-03-25', to: '2026-04-09', timeZone },
      )
      return weeks.cohorts.map(({ week, users, complete, returned }) => [
        week,
        users,
        complete,
        returned?.map((one) => `${one.week.slice(5)} ${one.users} ${one.share.toFixed(2)} ${one.complete}`) ??
          null,
      ])
    }
    expect(await read('Europe/Madrid')).toEqual([
      ['2026-03-23', 7, true, ['03-30 5 0.71 true', '04-06 5 0.71 false']],
      ['2026-03-30', 4, true, null],
      ['2026-04-06', 0, false, null],
    ])
    expect(await read('UTC')).toEqual([
      // The five came first on Sunday, March 22, a week before the period.
      ['2026-03-23', 2, true, null],
      ['2026-03-30', 4, true, null],
      ['2026-04-06', 0, false, null],
    ])
  })

  test('keeps users whose account is gone, and forgets everything with the profile it is about', async () => {
    const sql = openDatabase()
    const [ana, ...readers] = await Promise.all(Array.from({ length: 6 }, () => signUp()))
    const owner = ana as Person
    for (const reader of readers) {
      await track(sql, { user: reader.id }, [
        { kind: 'profile_view', profile_id: owner.id, at: Date.now() - 2 * 86_400_000 },
      ])
    }
    const users = async () => {
      const { weeks } = await figuresOf(owner).read({ weeks: { figure: 'retention', kind: 'profile_view' } })
      return weeks.cohorts.reduce((sum, cohort) => sum + cohort.users, 0)
    }
    expect(await users()).toBe(5)
    await readers[0]?.tertulia.profiles.deleteAccount()
    expect(await users()).toBe(5)
    await owner.tertulia.profiles.deleteAccount()
    expect(await sql`select from private.analytics_events where entity_id = ${owner.id}`).toHaveLength(0)
  })
})

describe('a goal', () => {
  test('counts viewers who did each step at or after the one before it, on the same profile', async () => {
    const sql = openDatabase()
    const ana = await signUp()
    const event = (viewer: string, kind: string, at: string) => sql`
      insert into private.analytics_events (entity_id, kind, viewer, day, at)
      select ${ana.id}, ${kind}, ${viewer}, (${at}::timestamptz at time zone 'utc')::date, ${at}`
    for (const day of ['2026-11-10', '2026-11-11', '2026-11-12', '2026-11-20'])
      await sql`select private.add_event_partition(${day}::date)`
    const viewers = Array.from({ length: 6 }, () => crypto.randomUUID())
    for (const viewer of viewers) await event(viewer, 'profile_view', '2026-11-11T10:00:00Z')
    const [all = '', noView = '', early = '', again = '', late = ''] = viewers
    await event(all, 'contact_click', '2026-11-11T10:00:00Z')
    await event(all, 'conversion', '2026-11-12T10:00:00Z')
    await event(noView, 'conversion', '2026-11-12T10:00:00Z')
    await event(early, 'contact_click', '2026-11-10T10:00:00Z')
    await event(again, 'contact_click', '2026-11-10T10:00:00Z')
    await event(again, 'contact_click', '2026-11-12T10:00:00Z')
    await event(late, 'contact_click', '2026-11-20T10:00:00Z')
    await event(crypto.randomUUID(), 'contact_click', '2026-11-12T10:00:00Z')
    const { goal, short, none } = await figuresOf(ana).read(
      {
        goal: { figure: 'goal', steps: ['profile_view', 'contact_click', 'conversion'] },
        short: { figure: 'goal', steps: ['profile_view', 'conversion'] },
        none: {
          figure: 'goal',
          steps: ['profile_view', 'conversation'],
          from: '2026-10-01',
          to: '2026-10-02',
        },
      },
      { from: '2026-11-10', to: '2026-11-13' },
    )
    expect(goal.steps).toEqual([
      { kind: 'profile_view', viewers: 6, rate: null },
      { kind: 'contact_click', viewers: 2, rate: 1 / 3 },
      { kind: 'conversion', viewers: 1, rate: 1 / 2 },
    ])
    expect(goal.conversionRate).toBe(1 / 6)
    expect(short.conversionRate).toBe(1 / 3)
    expect(none).toEqual({
      steps: [
        { kind: 'profile_view', viewers: 0, rate: null },
        { kind: 'conversation', viewers: 0, rate: null },
      ],
      conversionRate: null,
      estimated: false,
    })
  })
})

describe('figures of now', () => {
  const total = (
    song: string,
  ) => `(select (private.get_figure('v', jsonb_build_object('figure', 'total', 'kind', 'song_view',
    'entity_id', '${song}'), null, null, 'UTC') ->> 'count')::integer)`

  test('count each event once before, during and after a roll-up that is not over', async () => {
    const [sql, roller] = [openDatabase(), openDatabase()]
    const ana = await signUp()
    const song = await makeSong(sql, ana.id)
    const counts = async () => {
      const { all, days } = await figuresOf(ana).read({
        all: { figure: 'total', kind: 'song_view', entityId: song },
        days: { figure: 'series', kind: 'song_view', entityId: song },
      })
      return [all.count, days.reduce((sum, day) => sum + day.count, 0)]
    }
    await logAt(sql, song, 'song_view', new Date().toISOString(), 3)
    expect(await counts()).toEqual([3, 3])
    await rollUp(sql, song)
    expect(await counts()).toEqual([3, 3])
    // Today again, and two late events of yesterday.
    await track(sql, visitor(), [{ kind: 'song_view', song_id: song }])
    await logAt(sql, song, 'song_view', new Date(Date.now() - 86_400_000).toISOString(), 2)
    expect(await counts()).toEqual([6, 6])
    await roller.begin(async (tx) => {
      while (Number((await tx`select public.roll_up_analytics(100000) as n`)[0]?.n ?? 100_000) >= 100_000);
      expect(await counts()).toEqual([6, 6])
      await track(sql, visitor(), [{ kind: 'song_view', song_id: song }])
      expect(await counts()).toEqual([7, 7])
    })
    expect(await counts()).toEqual([7, 7])
    await rollUp(sql, song)
    expect(await counts()).toEqual([7, 7])
  })

  test('equal a recount in every snapshot while views come in and roll-ups run', async () => {
    const ana = await signUp()
    const [reader, roller, ...writers] = Array.from({ length: 5 }, () => openDatabase())
    const sql = reader as ReturnType<typeof openDatabase>
    const song = await makeSong(sql, ana.id)
    let writing = true
    const rolling = (async () => {
      while (writing) await roller?.unsafe('select public.roll_up_analytics(3)')
    })()
    const views = Promise.all(
      writers.map(async (line) => {
        for (let n = 0; n < 40; n++) await track(line, visitor(), [{ kind: 'song_view', song_id: song }])
      }),
    ).then(() => {
      writing = false
    })
    const seen: number[] = []
    await callAs(sql, { user: ana.id }, async () => {}).then(async () => {
      while (writing) {
        const [row] = await sql.begin(async (tx) => {
          await tx`select set_config('request.jwt.claims', ${JSON.stringify({ sub: ana.id, role: 'authenticated' })}, true)`
          return tx.unsafe(
            `select ${total(song)} as live, (select count(*)::integer from private.analytics_events where entity_id = '${song}') as log`,
          )
        })
        expect(row?.live).toBe(row?.log)
        seen.push(row?.live)
      }
    })
    await Promise.all([views, rolling])
    expect(seen.some((count) => count > 0 && count < 120)).toBe(true)
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
  })
})

describe('a page of charts', () => {
  test('is one request, and each answer has the type that was asked for', async () => {
    const sql = openDatabase()
    const ana = await signUp()
    const song = await makeSong(sql, ana.id)
    await track(sql, visitor(), [
      { kind: 'song_view', song_id: song },
      { kind: 'profile_view', profile_id: ana.id },
      { kind: 'song_session', song_id: song, duration_seconds: 90 },
    ])
    const requests: string[] = []
    const supabase = connect(undefined, (url, init) => {
      if (String(url).includes('/rest/')) requests.push(String(url))
      return fetch(url, init)
    })
    const { data } = await ana.supabase.auth.getSession()
    await supabase.auth.setSession(data.session as never)
    const answer = await createFigures(createContext(supabase)).read(
      {
        'song views': { figure: 'series', kind: 'song_view', entityId: song, step: 'week' },
        sessions: { figure: 'total', kind: 'song_session', entityId: song },
        mine: { figure: 'total', kind: 'profile_view' },
        before: { figure: 'total', kind: 'profile_view', from: daysAgo(20), to: daysAgo(10) },
        weeks: { figure: 'retention', kind: 'song_view', entityId: song },
      },
      { from: daysAgo(6) },
    )
    expect(requests).toHaveLength(1)
    const points: number = answer['song views'].reduce((sum, { count }) => sum + count, 0)
    expect(points).toBe(1)
    expect(answer.sessions).toEqual({ count: 1, seconds: 90, viewers: 1, estimated: false })
    expect(answer.mine.count).toBe(1)
    expect(answer.before.count).toBe(0)
    expect(answer.weeks.cohorts.at(-1)).toMatchObject({ users: 0, returned: null, complete: false })
  })

  test('is for whoever may read these figures, and one that is refused refuses all', async () => {
    const sql = openDatabase()
    const [ana, ben] = [await signUp(), await signUp('Ben')]
    const [open, closed] = [
      await makeSong(sql, ana.id),
      await makeSong(sql, ana.id, { visibility: 'private' }),
    ]
    const queries = (entityId: string, kind = 'song_view'): FigureQuery[] => [
      { figure: 'total', kind: kind as 'song_view', entityId },
      { figure: 'series', kind: kind as 'song_view', entityId },
      { figure: 'breakdown', kind: kind as 'song_view', by: 'device', entityId },
      { figure: 'retention', kind: kind as 'song_view', entityId },
      {
        figure: 'goal',
        steps: kind === 'song_view' ? ['song_view', 'song_share'] : ['profile_view', 'contact_click'],
        entityId,
      },
    ]
    const own = { figure: 'total', kind: 'profile_view' } as const
    const refused = async (person: Person, list: FigureQuery[], code: string) => {
      for (const query of list)
        await expect(figuresOf(person).read({ own, query })).rejects.toMatchObject({ code })
    }
    await refused(ben, queries(open), 'forbidden')
    await refused(ben, queries(closed), 'song_not_found')
    await refused(ben, queries(ana.id, 'profile_view'), 'forbidden')
    await refused(ben, queries(crypto.randomUUID(), 'profile_view'), 'profile_not_found')
    await ben.tertulia.sharing.accept(
      (await ana.tertulia.sharing.share(closed, { userId: ben.id, role: 'view' })).id,
    )
    await refused(ben, queries(closed), 'forbidden')
    await expect(createFigures(createContext(connect())).read({ own })).rejects.toMatchObject({
      code: 'not_signed_in',
    })
  })

  const song = crypto.randomUUID()
  const views = { figure: 'total', kind: 'song_view', entityId: song }
  test.each<[string, unknown, unknown, string | undefined]>([
    ['nothing', {}, {}, 'queries'],
    ['too many', Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`n${n}`, views])), {}, 'queries'],
    ['a list', [views], {}, 'queries'],
    ['an unknown figure', { a: { ...views, figure: 'sum' } }, {}, 'a.figure'],
    ['an unknown kind', { a: { ...views, kind: 'song_like' } }, {}, 'a.kind'],
    ['an unknown field', { a: { ...views, by: 'device' } }, {}, 'a.by'],
    ['an unknown part', { a: { ...views, figure: 'breakdown', by: 'address' } }, {}, 'a.by'],
    ['an unknown step', { a: { ...views, figure: 'series', step: 'hour' } }, {}, 'a.step'],
    ['an id that is none', { a: { ...views, entityId: 'x' } }, {}, 'a.entityId'],
    ['a day that is none', { a: { ...views, from: '2026-02-30' } }, {}, 'a.from'],
    ['a goal of one step', { a: { figure: 'goal', steps: ['song_view'] } }, {}, 'a.steps'],
    ['a goal with a step twice', { a: { figure: 'goal', steps: ['song_view', 'song_view'] } }, {}, 'a.steps'],
    [
      'a zone that is none',
      { a: { figure: 'total', kind: 'profile_view' } },
      { timeZone: 'Mars/Base' },
      'timeZone',
    ],
    ['an unknown option', { a: views }, { timezone: 'UTC' }, 'timezone'],
  ])('of %s is refused with its field', async (_what, queries, options, field) => {
    const figures = figuresOf(await signUp())
    await expect(
      Promise.resolve().then(() => figures.read(queries as never, options as never)),
    ).rejects.toMatchObject({ code: 'invalid_input', field })
  })

  test('asked by hand for what is no figure is refused by the database with its field', async () => {
    const sql = openDatabase()
    const [ana = ''] = await makePeople(sql, 1)
    const ask = (asked: unknown, zone = 'UTC') =>
      callAs(
        sql,
        { user: ana },
        (tx) => tx`select public.get_figures(${tx.json(asked as never)}, time_zone => ${zone})`,
      ).then(
        () => 'answered',
        ({ code, detail }) => `${code} ${JSON.parse(detail ?? '{}').field}`,
      )
    const own = { figure: 'total', kind: 'profile_view' }
    const [, code] = [await ask({ a: own }), (await ask([])).split(' ')[0]]
    const cases: [unknown, string][] = [
      [{}, 'asked'],
      [[own], 'asked'],
      [null, 'asked'],
      [Object.fromEntries(Array.from({ length: 21 }, (_, n) => [n, own])), 'asked'],
      [{ a: null }, 'a.figure'],
      [{ a: 'total' }, 'a.figure'],
      [{ a: { kind: 'profile_view' } }, 'a.figure'],
      [{ a: { figure: 'total' } }, 'a.kind'],
      [{ a: { ...own, kind: 'x' } }, 'a.kind'],
      [{ a: { ...own, kind: ['profile_view'] } }, 'a.kind'],
      [{ a: { ...own, user_id: ana } }, 'a.user_id'],
      [{ a: { ...own, entity_id: 'x' } }, 'a.entity_id'],
      [{ a: { ...own, entity_id: 7 } }, 'a.entity_id'],
      [{ a: { ...own, from_day: '2026-02-30' } }, 'a.from_day'],
      [{ a: { ...own, to_day: 'infinity' } }, 'a.to_day'],
      [{ a: { ...own, to_day: '0000-01-01' } }, 'a.to_day'],
      [{ a: { ...own, figure: 'series', step: 'hour' } }, 'a.step'],
      [{ a: { ...own, figure: 'breakdown', by: 'viewer' } }, 'a.by'],
      [{ a: { ...own, figure: 'breakdown' } }, 'a.by'],
      [{ a: { figure: 'goal', steps: 'profile_view' } }, 'a.steps'],
      [{ a: { figure: 'goal', steps: ['profile_view', null] } }, 'a.steps'],
      [{ a: { figure: 'goal', steps: ['profile_view', 'x'] } }, 'a.steps'],
    ]
    for (const [asked, field] of cases)
      expect(await ask(asked), JSON.stringify(asked)).toBe(`${code} ${field}`)
    expect(await ask({ a: own }, 'EST')).toBe(`${code} timeZone`)
    expect(await ask({ a: { ...own, entity_id: null } })).toBe('answered')
  })
})
