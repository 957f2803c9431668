import { createContext, createFigures } from 'tertulia/figures'
import { describe, expect, test } from 'vitest'
import { firefox } from '../support/agents.ts'
import { makeSong, openDatabase, track, visitor } from '../support/analytics.ts'
import { type Person, signUp } from '../support/people.ts'

const origin = 'https://app.songs.example'
const iphone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'

/** What a view leads to, for each referrer. */
const sources: Record<string, string | null> = {
  'https://www.google.com/': 'google',
  'https://www.google.com.br/search?q=my+secret+words': 'google',
  'http://google.co.uk': 'google',
  'https://user:password@www.google.cl:8443/path?q=1#part': 'google',
  'HTTPS://WWW.GOOGLE.COM.:443/': 'google',
  'https://mail.google.com/mail/u/0/': 'gmail',
  'https://accounts.google.com/signin': null,
  'https://abcdefgh.supabase.co/auth/v1/verify': null,
  'https://l.facebook.com/l.php?u=x': 'facebook',
  'android-app://com.google.android.gm/': 'gmail',
  'android-app://com.google.android.googlequicksearchbox/https/www.google.com': 'google',
  'android-app://m.facebook.com/': 'facebook',
  'android-app://com.unknown.app': 'other',
  'https://com.google.android.gm/': 'other',
  // Look-alikes, and sites that nobody lists: their hosts are not kept.
  'https://google.com.evil.example/': 'other',
  'https://notgoogle.com/': 'other',
  'https://evil.example/?https://www.google.com/': 'other',
  'https://www.google.com@evil.example/': 'other',
  'https://evil.example\\@www.google.com/': 'other',
  'https://xn--mnchen-3ya.de/': 'other',
  'https://münchen.de/': 'other',
  'https://diary-of-marta.example/the/page': 'other',
  // The app's own sites.
  'https://app.songs.example/songs/1': null,
  'https://www.app.songs.example/': null,
  'https://songs.example/': null,
  'https://blog.app.songs.example/': null,
  // No site at all.
  'http://localhost:3000/': null,
  'http://192.168.1.7/': null,
  'http://[2001:db8::1]/': null,
  'http://intranet/': null,
  'http://printer.local/': null,
  'about:blank': null,
  'chrome-extension://abcdef/': null,
  'file:///home/marta/song.html': null,
  'javascript:alert(1)': null,
  'www.google.com': null,
  'https://': null,
  '': null,
}

test('a referrer is one of the listed sources, "other" or nothing, and its host, path and query are nowhere', async () => {
  const sql = openDatabase()
  const song = await makeSong(sql, (await signUp()).id)
  for (const referrer of Object.keys(sources)) {
    const { refused } = await track(sql, visitor(referrer, { origin }), [
      { kind: 'song_view', song_id: song, referrer },
    ])
    expect(refused).toEqual([])
  }
  const rows = await sql`
    select o.referrer, private.source_of(o.referrer, ${origin}) as source from unnest(${Object.keys(sources)}::text[]) as o (referrer)`
  expect(Object.fromEntries(rows.map(({ referrer, source }) => [referrer, source]))).toEqual(sources)
  const logged =
    await sql`select e.source, e::text as row from private.analytics_events e where entity_id = ${song}`
  expect(logged.map(({ source }) => source).sort()).toEqual(Object.values(sources).sort())
  for (const { row } of logged)
    expect(row).not.toMatch(/secret|password|marta|evil|example|xn--|songs\.|https?:/)
})

test('devices are told by their class', async () => {
  const sql = openDatabase()
  const mobile = (system: string) =>
    `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0`
  const devices: Record<string, string> = {
    [iphone]: 'phone',
    [`${mobile('Linux; Android 10; K')} Mobile Safari/537.36`]: 'phone',
    [`${mobile('Linux; Android 10; K')} Safari/537.36`]: 'tablet',
    'Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0': 'phone',
    'Mozilla/5.0 (Android 15; Tablet; rv:140.0) Gecko/140.0 Firefox/140.0': 'tablet',
    'Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0.7390.96 Mobile/15E148 Safari/604.1':
      'tablet',
    'Mozilla/5.0 (iPad; CPU OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21F90 [FBAN/FBIOS;FBDV/iPad13,18;FBID/tablet]':
      'tablet',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21F79 Instagram 339.0.3.12.91':
      'phone',
    'Mozilla/5.0 (Linux; Android 11; KFTRWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/128.4.1 like Chrome/128.0.0.0 Safari/537.36':
      'tablet',
    'Mozilla/5.0 (Windows Phone 10.0; Android 6.0.1; Microsoft; Lumia 950) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/52.0 Mobile Safari/537.36 Edge/15.15254':
      'phone',
    'Opera/9.80 (Android; Opera Mini/36.2/119.132; U; id) Presto/2.12.423 Version/12.16': 'phone',
    'Mozilla/5.0 (Windows NT 6.1; Trident/7.0; SLCC2; .NET4.0E; Tablet PC 2.0; rv:11.0) like Gecko':
      'desktop',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15':
      'desktop',
    [`${mobile('X11; CrOS x86_64 14541.0.0')} Safari/537.36`]: 'desktop',
    [`${mobile('Windows NT 10.0; Win64; x64')} Electron/38.0.0 Safari/537.36`]: 'desktop',
    [firefox]: 'desktop',
    'Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/3.2 Chrome/94.0 TV Safari/537.36':
      'other',
    'Mozilla/5.0 (Linux; Android 9; AFTWMST22 Build/PS7233) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/70.0 Mobile Safari/537.36':
      'other',
    'Mozilla/5.0 (PlayStation; PlayStation 5/6.00) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.4 Safari/605.1.15':
      'other',
    'okhttp/4.12.0': 'app',
    'Songs/42 CFNetwork/1568.100.1 Darwin/24.0.0': 'app',
    'Dart/3.5 (dart:io)': 'app',
    'Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/AP1A)': 'app',
    'axios/1.7.2': 'other',
  }
  const rows =
    await sql`select a.agent, private.device_class(a.agent) as device from unnest(${Object.keys(devices)}::text[]) as a (agent)`
  expect(Object.fromEntries(rows.map(({ agent, device }) => [agent, device]))).toEqual(devices)
})

describe('in a breakdown', () => {
  const by = async (ana: Person, song: string, part: 'source' | 'channel' | 'device') => {
    const figures = createFigures(createContext(ana.supabase))
    const { parts } = await figures.read({
      parts: { figure: 'breakdown', kind: 'song_view', entityId: song, by: part },
    })
    return Object.fromEntries(parts.parts.map(({ value, count }) => [String(value), count]))
  }

  test('ten thousand spam sites are one row, and users who are signed in have a device too', async () => {
    const [sql, ana] = [openDatabase(), await signUp()]
    const song = await makeSong(sql, ana.id)
    const views = (n: number, headers: Record<string, string>, referrer?: string) =>
      Promise.all(
        Array.from({ length: n }, (_, at) =>
          track(sql, visitor(undefined, headers), [
            {
              kind: 'song_view',
              song_id: song,
              ...(referrer && { referrer: referrer.replace('*', `${at}`) }),
            },
          ]),
        ),
      )
    await views(12, {}, 'https://buy-likes-*.example/')
    await views(7, { 'user-agent': iphone }, 'https://www.google.*.br/'.replace('*', 'com'))
    await views(6, {}, 'https://duckduckgo.com/')
    await views(5, { 'user-agent': iphone })
    await views(9, { 'user-agent': 'Googlebot/2.1 (+http://www.google.com/bot.html)' }, 'https://bing.com/')
    expect(await by(ana, song, 'source')).toEqual({ other: 12, google: 7, duckduckgo: 6, null: 5 })
    expect(await by(ana, song, 'channel')).toEqual({ search: 13, site: 12, null: 5 })
    expect(await by(ana, song, 'device')).toEqual({ desktop: 18, phone: 12 })
    await track(sql, { user: (await signUp('Ben')).id, headers: { 'user-agent': iphone } }, [
      { kind: 'song_view', song_id: song },
    ])
    expect(await by(ana, song, 'device')).toEqual({ desktop: 18, phone: 13 })
  })

  test('fewer than five viewers are told by nothing, and not by what is left of the others either', async () => {
    const [sql, ana] = [openDatabase(), await signUp()]
    const views = async (song: string, counts: Record<string, number>) => {
      for (const [referrer, n] of Object.entries(counts))
        for (let at = 0; at < n; at++)
          await track(sql, visitor(), [
            { kind: 'song_view', song_id: song, referrer: `https://${referrer}/` },
          ])
    }
    const song = await makeSong(sql, ana.id)
    await views(song, { 'google.com': 8, 'bing.com': 5, 'x.com': 1 })
    // One view from x.com alone in "other" would say as much.
    expect(await by(ana, song, 'source')).toEqual({ google: 8, other: 6 })
    const quiet = await makeSong(sql, ana.id)
    await views(quiet, { 'google.com': 2, 'bing.com': 1 })
    expect(await by(ana, quiet, 'source')).toEqual({ other: 3 })
    // The same user on many days is one viewer.
    const loyal = await makeSong(sql, ana.id)
    await sql`
      insert into private.analytics_events (entity_id, kind, viewer, day, at, device)
      select ${loyal}, 'song_view', v.viewer, d.day, d.day::timestamp at time zone 'utc', 'tablet'
      from (select gen_random_uuid() as viewer) as v,
        lateral (select (now() at time zone 'utc')::date - n as day from generate_series(0, 3) as n) as d`
    expect(await by(ana, loyal, 'device')).toEqual({ other: 4 })
  })
})

test('a project adds a source of its own, and a site that is none', async () => {
  const sql = openDatabase()
  const source = async (url: string) =>
    (await sql`select private.source_of(${url}, null) as source`)[0]?.source
  expect(await source('https://blog.partner.example/a')).toBe('other')
  await sql`insert into private.analytics_sources (host, source, channel)
    values ('partner.example', 'partner', 'friends'), ('shop.partner.example', null, null), ('app:com.partner', 'partner', 'friends')`
  expect(await source('https://blog.partner.example/a')).toBe('partner')
  expect(await source('https://shop.partner.example/paid')).toBeNull()
  expect(await source('android-app://com.partner/')).toBe('partner')
  for (const host of [
    'https://partner.example',
    'Partner.example',
    'münchen.de',
    'partner',
    '*.example',
    'a.*.b',
  ])
    await expect(
      sql`insert into private.analytics_sources (host, source, channel) values (${host}, 'partner', 'friends')`,
    ).rejects.toMatchObject({ code: '23514' })
  await sql`delete from private.analytics_sources where host like '%partner%'`
})

test('a referrer belongs to a view and is text', async () => {
  const sql = openDatabase()
  const song = await makeSong(sql, (await signUp()).id)
  const { refused } = await track(sql, visitor(), [
    { kind: 'song_view', song_id: song, referrer: 7 },
    { kind: 'song_share', song_id: song, referrer: 'https://google.com' },
    { kind: 'song_view', song_id: song, source: 'google' },
    { kind: 'song_view', song_id: song, device: 'phone' },
    { kind: 'song_view', song_id: song, referrer: `https://google.com/${'a'.repeat(9000)}` },
  ])
  expect(refused).toEqual([
    { place: 0, field: 'referrer' },
    { place: 1, field: 'referrer' },
    { place: 2, field: 'source' },
    { place: 3, field: 'device' },
  ])
})
