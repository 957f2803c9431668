import { createTertulia } from 'tertulia'
import { createContext, createFigures, type FigureKind } from 'tertulia/figures'
import { expect, onTestFinished, test, vi } from 'vitest'
import { expectExact, makePeople, makeSong, openDatabase, track, visitor } from '../support/analytics.ts'
import { storageOver } from '../support/app.ts'
import { connect, signUp } from '../support/people.ts'
import { createDevice, waiting } from '../support/tracking.ts'

/** Declares events, whose names are of one test alone. */
async function declare() {
  const sql = openDatabase()
  const mark = crypto.randomUUID().replaceAll('-', '_').slice(0, 8)
  const names = { download: `download_${mark}`, hire: `hire_${mark}` }
  await sql`insert into private.app_events (name, subject, properties) values
    (${names.download}, 'song', '{"format": ["pdf", "midi"], "pages": ["1", "many"]}'), (${names.hire}, 'profile', '{}')`
  return { sql, ...names, app: (name: string): FigureKind => `app:${name}` }
}

test('declared events are counted like others; all others are refused with their place and field', async () => {
  const { sql, download, hire, app } = await declare()
  const ana = await signUp()
  const song = await makeSong(sql, ana.id)
  const event = { kind: app(download), song_id: song }
  const cases: [event: object, field: string | null][] = [
    [event, null],
    [{ ...event, properties: { format: 'pdf' } }, null],
    [{ ...event, properties: {} }, null],
    [{ kind: app(hire), profile_id: ana.id }, null],
    [{ ...event, kind: `app:x${download}` }, 'kind'],
    [{ ...event, kind: download }, 'kind'],
    [{ ...event, kind: 'app:' }, 'kind'],
    [{ ...event, kind: `app:${download}'; drop table x` }, 'kind'],
    [{ kind: app(download) }, 'song_id'],
    [{ kind: app(download), profile_id: ana.id }, 'song_id'],
    [{ ...event, profile_id: ana.id }, 'profile_id'],
    [{ kind: app(hire), song_id: song }, 'profile_id'],
    [{ ...event, properties: { format: 'exe' } }, 'properties'],
    [{ ...event, properties: { colour: 'red' } }, 'properties'],
    [{ ...event, properties: { format: ['pdf'] } }, 'properties'],
    [{ ...event, properties: { format: null } }, 'properties'],
    [{ ...event, properties: { pages: 1 } }, 'properties'],
    [{ ...event, properties: 'pdf' }, 'properties'],
    [{ kind: app(hire), profile_id: ana.id, properties: { format: 'pdf' } }, 'properties'],
    [{ ...event, user_id: ana.id }, 'user_id'],
    [{ ...event, referrer: 'https://google.com' }, 'referrer'],
    [{ ...event, at: 1 }, 'at'],
    [{ kind: 'song_view', song_id: song, properties: {} }, 'properties'],
  ]
  const answer = await track(
    sql,
    visitor(),
    cases.map(([one]) => one),
  )
  expect(answer).toEqual({
    accepted: 4,
    refused: cases.flatMap(([, field], place) => (field ? [{ place, field }] : [])),
  })
  // Once a day and viewer, and not the owner's own.
  await track(sql, { user: ana.id }, [event, { kind: app(hire), profile_id: ana.id }])
  expect((await expectExact(sql, song)).quarters).toEqual({ [app(download)]: [1, 0] })
  expect((await expectExact(sql, ana.id)).quarters).toEqual({ [app(hire)]: [1, 0] })
})

test('a project declares 64 events, each with few properties of few values', async () => {
  const { sql, download } = await declare()
  const insert = (name: string, properties: unknown, subject = 'song') =>
    sql`insert into private.app_events (name, subject, properties) values (${name}, ${subject}, ${sql.json(properties as never)})`
  const many = (n: number) => Array.from({ length: n }, (_, at) => `v${at}`)
  for (const [name, properties, subject] of [
    ['Upper', {}],
    ['with space', {}],
    ['a'.repeat(41), {}],
    ['ok', {}, 'circle'],
    ['ok', []],
    ['ok', { format: 'pdf' }],
    ['ok', { format: [] }],
    ['ok', { format: [1] }],
    ['ok', { format: many(17) }],
    ['ok', { format: ['x'.repeat(41)] }],
    ['ok', { 'a-b': ['x'] }],
    ['ok', Object.fromEntries(many(5).map((name) => [name, ['x']]))],
  ] as [string, unknown, string?][])
    await expect(
      insert(name, properties, subject),
      `${name} ${JSON.stringify(properties)}`,
    ).rejects.toMatchObject({
      code: '23514',
    })
  const names = many(64).map((name) => `${download.slice(-8)}${name}`.replace(/^/, 'e'))
  await expect(
    sql`insert into private.app_events (name, subject) select n, 'song' from unnest(${names}::text[]) as n`,
  ).rejects.toThrow('at most 64 events')
  expect(await sql`select from private.app_events where name = any (${names})`).toHaveLength(0)
})

test('an app tracks them in the same queue, and hears through onOperation of one that is not declared', async () => {
  const { sql, download, app } = await declare()
  const device = createDevice()
  const [ana, ben] = await Promise.all([signUp(), signUp('Ben', device.options)])
  const song = await makeSong(sql, ana.id)
  const kind = app(download) as `app:${string}`
  ben.tertulia.analytics.track({ kind, songId: song, properties: { format: 'pdf' } })
  await ben.tertulia.analytics.flush()
  expect(device.operations.filter((one) => one.startsWith('analytics'))).toEqual(['analytics.track null'])
  ben.tertulia.analytics.track({ kind: 'app:unheard_of', songId: song })
  await ben.tertulia.analytics.flush()
  expect(device.operations.filter((one) => one.startsWith('analytics'))).toContain(
    'analytics.track invalid_input',
  )
  expect(await waiting(device, ben.id)).toEqual([])
  for (const wrong of ['app:', 'app:Upper', 'app:a b', `app:${'a'.repeat(41)}`] as const)
    expect(() => ben.tertulia.analytics.track({ kind: wrong, songId: song })).toThrow(
      expect.objectContaining({ code: 'invalid_input', field: 'kind' }),
    )

  for (let n = 0; n < 5; n++)
    await track(sql, visitor(), [{ kind, song_id: song, properties: { format: 'midi' } }])
  const figures = createFigures(createContext(ana.supabase))
  const { total, formats, pages, days } = await figures.read({
    total: { figure: 'total', kind, entityId: song },
    formats: { figure: 'breakdown', kind, entityId: song, by: 'property:format' },
    pages: { figure: 'breakdown', kind, entityId: song, by: 'property:pages' },
    days: { figure: 'series', kind, entityId: song },
  })
  expect(total).toEqual({ count: 6, seconds: 0, viewers: 6, estimated: false })
  expect(formats.parts).toEqual([{ value: 'other', count: 6 }])
  expect(pages.parts).toEqual([{ value: null, count: 6 }])
  expect(days).toHaveLength(30)
  expect(days.at(-1)?.count).toBe(6)

  // No declaration, no figures; what was counted is there when it comes back.
  await sql`delete from private.app_events where name = ${download}`
  await expect(figures.read({ total: { figure: 'total', kind, entityId: song } })).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'total.kind',
  })
})

test('the first view of a page carries the site that led to it, without its path, and no later one does', async () => {
  const sql = openDatabase()
  const [owner = ''] = await makePeople(sql, 1)
  const songs = [await makeSong(sql, owner), await makeSong(sql, owner)] as const
  const visit = async (referrer: string) => {
    const items = new Map<string, string>()
    vi.stubGlobal('location', { origin: 'https://songs.example' })
    vi.stubGlobal('document', Object.assign(new EventTarget(), { referrer, visibilityState: 'visible' }))
    const device = createDevice()
    const { analytics } = createTertulia(connect(), { ...device.options, storage: storageOver(items) })
    analytics.track({ kind: 'song_share', songId: songs[0] })
    for (const songId of songs) analytics.track({ kind: 'song_view', songId })
    const stored = await vi.waitFor(() => {
      const text = [...items.values()].join()
      expect(text.match(/song_view/g)).toHaveLength(2)
      return text
    })
    analytics.close()
    vi.unstubAllGlobals()
    return stored.match(/"referrer":"[^"]*"/g)
  }
  onTestFinished(() => void vi.unstubAllGlobals())
  expect(await visit('https://www.google.com/search?q=secret')).toEqual([
    '"referrer":"https://www.google.com"',
  ])
  expect(await visit('android-app://com.slack/')).toEqual(['"referrer":"android-app://com.slack"'])
  expect(await visit('https://songs.example/other/page')).toBeNull()
  expect(await visit('')).toBeNull()
})
