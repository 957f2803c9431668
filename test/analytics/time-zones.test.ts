import { beforeEach, describe, expect, test } from 'vitest'
import { logAt, makeSong, openDatabase, rollUp } from '../support/analytics.ts'
import type { Person } from '../support/people.ts'
import { signUp } from '../support/people.ts'

let ana: Person
let song: string

beforeEach(async () => {
  ana = await signUp('Ana')
  const sql = openDatabase()
  song = await makeSong(sql, ana.id)
  await logAt(sql, song, 'song_view', '2026-06-01T20:00:00Z')
  await rollUp(sql, song)
})

/** The day on which the view of 20:00 UTC on 1 June lies. */
async function dayIn(timeZone: string): Promise<string | undefined> {
  const days = { from: '2026-05-31', to: '2026-06-03', timeZone }
  return (await ana.tertulia.analytics.series('song_view', song, days)).find(({ count }) => count === 1)?.day
}

describe('a time zone of figures', () => {
  test('lies east for an offset with plus, however it is written', async () => {
    for (const east of [
      '+05:30',
      '+0530',
      '+5:30',
      'UTC+5:30',
      'gmt+05:30',
      '+04',
      'UTC+4',
      '+14:00',
      'Etc/GMT-5',
    ])
      expect([east, await dayIn(east)]).toEqual([east, '2026-06-02'])
    for (const west of [
      '-05:30',
      '-0530',
      '-03',
      'GMT-3',
      'UTC-3',
      '\u221203:00',
      '-12:00',
      '+03:45',
      'Etc/GMT+5',
    ])
      expect([west, await dayIn(west)]).toEqual([west, '2026-06-01'])
  })

  test('is an IANA name as the runtime tells it, in any case', async () => {
    for (const zone of [
      'Z',
      'UTC',
      'GMT',
      'Etc/UTC',
      'America/Santiago',
      'america/port-au-prince',
      'Europe/Madrid',
      'US/Eastern',
    ])
      expect([zone, await dayIn(zone)]).toEqual([zone, '2026-06-01'])
    for (const zone of ['Asia/Kolkata', 'Asia/Tokyo', 'Japan', 'Pacific/Auckland', 'NZ', 'Australia/Sydney'])
      expect([zone, await dayIn(zone)]).toEqual([zone, '2026-06-02'])
    // Names without a place in the database of time zones, which are rules and not abbreviations.
    for (const zone of ['CET', 'EST5EDT', 'PST8PDT'])
      expect([zone, await dayIn(zone)]).toEqual([zone, '2026-06-01'])
  })

  test('is every name that this runtime lists', async () => {
    const sql = openDatabase()
    const names = Intl.supportedValuesOf('timeZone')
    const refused = await sql`
      select z.name from unnest(${names}::text[]) as z (name)
      where private.read_time_zone(z.name) is null`
    expect(refused).toEqual([])
    expect(names.length).toBeGreaterThan(400)
  })

  test('is refused when it is an abbreviation, a POSIX text or none at all', async () => {
    const refused = [
      'EST',
      'PST',
      'IST',
      'BST',
      'CEST',
      '<+05>-5',
      'ABC5',
      'America/Nowhere+5',
      'CET-1CEST',
      'EST5EDT,M3.2.0,M11.1.0',
      'Mars/Olympus',
      'Etc/GMT+13',
      'Etc/GMT-15',
      'localtime',
      'posixrules',
      '+25:00',
      '+14:15',
      '+05:07',
      '+530',
      '+5:3',
      '5',
      '-',
      '',
      ' UTC',
      '../../etc/passwd',
    ]
    for (const timeZone of refused)
      await expect(dayIn(timeZone), timeZone).rejects.toMatchObject({
        code: 'invalid_input',
        field: 'timeZone',
        hint: expect.stringContaining('America/Santiago'),
      })
  })
})

describe('a day of figures', () => {
  test.each([
    '2026-02-30',
    '2026-13-01',
    '0000-01-01',
    '+012345-01-01',
    '-000001-01-01',
    '10000-01-01',
    '2026-1-1',
    'today',
    20_260_101,
  ])('is refused as %j with its field', async (wrong) => {
    const { analytics } = ana.tertulia
    for (const field of ['from', 'to'])
      for (const call of [
        () => analytics.series('song_view', song, { [field]: wrong }),
        () => analytics.song(song, { [field]: wrong }),
        () => analytics.profile(undefined, { [field]: wrong }),
        () => analytics.funnel(undefined, { [field]: wrong }),
      ])
        await expect(call()).rejects.toMatchObject({ code: 'invalid_input', field })
  })

  test('lies in the years 1 to 9999, also for who calls the function itself', async () => {
    for (const [field, wrong] of [
      ['from', 'infinity'],
      ['to', '-infinity'],
      ['to', '12345-01-01'],
      ['from', '0044-03-15 BC'],
    ] as const) {
      const { error } = await ana.supabase.rpc('get_song_analytics', {
        song_id: song,
        [`${field}_day`]: wrong,
      })
      expect([wrong, JSON.parse(error?.details ?? '{}')]).toEqual([wrong, { code: 'invalid_input', field }])
    }
    const far = { from: '9999-12-01', to: '9999-12-31' }
    expect(await ana.tertulia.analytics.series('song_view', song, far)).toHaveLength(31)
    expect(
      await ana.tertulia.analytics.series('song_view', song, { from: '1970-01-01', to: '1970-01-01' }),
    ).toHaveLength(1)
  })
})

test('the end of a share or link is a Date in the years 1 to 9999, or is refused with its field', async () => {
  const ben = await signUp('Ben')
  for (const expiresAt of [
    new Date('soon'),
    new Date(8.64e15),
    new Date(-8.64e15),
    new Date(Date.UTC(10_000, 0, 1)),
    new Date('0000-06-01T00:00:00Z'),
    new Date(0),
    '2030-01-01' as never,
    Date.now() as never,
  ])
    for (const call of [
      () => ana.tertulia.sharing.share(song, { userId: ben.id, role: 'view', expiresAt }),
      () => ana.tertulia.sharing.createLink(song, { expiresAt }),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'invalid_input', field: 'expiresAt' })
})
