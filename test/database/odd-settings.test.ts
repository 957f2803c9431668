import { createClient } from '@supabase/supabase-js'
import postgres from 'postgres'
import { createTertulia, type Tertulia } from 'tertulia'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { fetchOver } from '../support/direct-api.ts'
import { takeFreshStack } from '../support/fresh-stack.ts'
import { signToken } from '../support/token.ts'

await takeFreshStack()

/** What a project, a role or a pooler may have set, far from what PostgreSQL comes with. */
const usual: Record<string, string> = {
  timezone_abbreviations: 'India',
  search_path: 'pg_temp, extensions',
  bytea_output: 'escape',
  extra_float_digits: '0',
  array_nulls: 'off',
  quote_all_identifiers: 'on',
  transform_null_equals: 'on',
  default_text_search_config: 'pg_catalog.german',
  row_security: 'off',
  standard_conforming_strings: 'off',
  lc_numeric: 'C',
  xmlbinary: 'hex',
  'pg_trgm.similarity_threshold': '1',
  'pg_trgm.word_similarity_threshold': '1',
}
const kinds: [name: string, settings: Record<string, string>][] = [
  ['as it comes', { DateStyle: 'ISO, MDY', extra_float_digits: '1' }],
  [
    'German',
    { DateStyle: 'German, DMY', IntervalStyle: 'sql_standard', TimeZone: 'Asia/Kathmandu', ...usual },
  ],
  ['SQL, DMY', { DateStyle: 'SQL, DMY', IntervalStyle: 'iso_8601', TimeZone: '<-11:30>+11:30', ...usual }],
  [
    'Postgres, MDY',
    { DateStyle: 'Postgres, MDY', IntervalStyle: 'postgres_verbose', TimeZone: 'Pacific/Chatham', ...usual },
  ],
]
const roles = ['authenticator', 'postgres', 'supabase_auth_admin']

let admin: postgres.Sql
beforeAll(() => {
  admin = postgres(inject('stack').adminDbUrl, { max: 1, onnotice: () => {} })
})
afterAll(() => admin.end())

/** Sets them for the database, and for every role that connects; or takes them back. */
async function setFor(settings: Record<string, string>, how: 'set' | 'reset') {
  for (const [name, value] of Object.entries(settings)) {
    const quoted = name === 'search_path' ? value : `'${value.replaceAll("'", "''")}'`
    const change = how === 'set' ? `set ${name} to ${quoted}` : `reset ${name}`
    await admin.unsafe(`alter database postgres ${change}`)
    for (const role of roles) await admin.unsafe(`alter role ${role} in database postgres ${change}`)
  }
}

async function open(role: string): Promise<postgres.Sql> {
  const url = new URL(inject('stack').dbUrl)
  url.username = role
  return postgres(url.href, { max: 1, onnotice: () => {}, fetch_types: false })
}

const walk = async <T>(list: AsyncIterable<T>) => {
  const all: T[] = []
  for await (const one of list) all.push(one)
  return all
}

describe.each(kinds)('with DateStyle %s', (_name, settings) => {
  let api: postgres.Sql
  let auth: postgres.Sql
  let owner: postgres.Sql

  beforeAll(async () => {
    await setFor(settings, 'set')
    api = await open('authenticator')
    auth = await open('supabase_auth_admin')
    owner = await open('postgres')
    return async () => {
      await Promise.all([api.end(), auth.end(), owner.end()])
      await setFor(settings, 'reset')
    }
  })

  async function signUp(name: string): Promise<Tertulia & { id: string; email: string }> {
    const id = crypto.randomUUID()
    const email = `${id}@example.com`
    await auth`
      insert into auth.users (id, email, email_confirmed_at, raw_user_meta_data)
      values (${id}, ${email}, clock_timestamp(), json_build_object('display_name', ${name}::text)::jsonb)`
    const exp = Math.floor(Date.now() / 1000) + 3600
    const token = await signToken({ sub: id, role: 'authenticated', exp })
    const supabase = createClient(inject('stack').apiUrl, inject('stack').publishableKey, {
      accessToken: async () => token,
      global: { fetch: fetchOver(api) },
    })
    const tertulia = createTertulia(supabase)
    onTestFinished(() => tertulia.analytics.close())
    return Object.assign(tertulia, { id, email })
  }

  test('the settings hold on every connection', async () => {
    for (const sql of [api, auth, owner]) {
      const [row] =
        await sql`select current_setting('DateStyle') as style, current_setting('extra_float_digits') as digits`
      expect(row).toEqual({ style: settings.DateStyle, digits: settings.extra_float_digits })
    }
  })

  test('people sign up, are found, take their data along and leave', async () => {
    const ana = await signUp('Ana María Díaz')
    const ben = await signUp('Ben Olsen')
    const changes = {
      bio: 'Mixes boleros \\ cumbias',
      rates: { standard: { amount: 50, currency: 'EUR', unit: 'hour' as const } },
      software: ['Ableton Live'],
      tags: ['Mastering'],
      paymentMethods: ['sepa'],
      links: [{ url: 'https://example.com/ana', label: 'Web' }],
    }
    const profile = await ana.profiles.update(changes)
    expect(profile).toMatchObject({ bio: changes.bio, paymentMethods: ['sepa'] })
    expect(Math.abs(+profile.updatedAt - Date.now())).toBeLessThan(60_000)
    expect((await ben.profiles.get(ana.id)).displayName).toBe('Ana María Díaz')
    const found = await ben.profiles.search('ana maria')
    expect(found.items.map(({ id }) => id)).toContain(ana.id)
    expect((await walk(ben.profiles.list({ limit: 1 }))).length).toBeGreaterThan(1)
    const rows = await walk(ana.profiles.exportAccount({ limit: 1 }))
    expect(rows.map(({ table }) => table)).toContain('public.profile_details')
    await ana.profiles.deleteAccount()
    expect((await ben.profiles.get(ana.id)).displayName).not.toContain('Ana')
  })

  test('songs are saved, versioned, searched, listed, imported and tagged', async () => {
    const ana = await signUp('Ana')
    const content =
      '{title: La Llorona}\n{artist: Chavela}\n{key: Am}\n{tag: Bolero}\n{duration: 3:05}\n[Am]Salías del [E7/G#]templo [C#m7(b5)]un día'
    const song = await ana.songs.create({ content, visibility: 'public' })
    expect(song).toMatchObject({
      title: 'La Llorona',
      artist: 'Chavela',
      key: 'Am',
      durationSeconds: 185,
      version: 1,
    })
    expect(song.chords.map(({ name }) => name)).toEqual(['Am', 'E7/Ab', 'C#m7b5'])
    const saved = await ana.songs.update(song.id, { content: `${content}\n[C]más` }, { expectedVersion: 1 })
    expect(saved.version).toBe(2)
    expect((await walk(ana.songs.listVersions(song.id, { limit: 1 }))).map(({ version }) => version)).toEqual(
      [2, 1],
    )
    await ana.songs.restoreVersion(song.id, 1)
    await ana.songs.tag(song.id, ['Ranchera'])
    for (const query of ['llorona', 'templo', '"del templo"', 'llorna', '-foo llorona'])
      expect(
        (await ana.songs.search(query)).items.map(({ id }) => id),
        query,
      ).toContain(song.id)
    for (const filters of [{ allTags: ['bolero'] }, { chords: ['Am'] }, { key: ['Am'] }])
      expect((await ana.songs.search('', { filters })).items.map(({ id }) => id)).toContain(song.id)
    expect(await ana.songs.facets('llorona')).toBeTruthy()
    expect((await ana.songs.suggest('la llo')).length).toBeGreaterThan(0)
    const imported = await ana.songs.import(
      Array.from({ length: 12 }, (_, n) => ({
        content: `{title: Song ${n}}\n[C]la`,
        visibility: 'public' as const,
      })),
    )
    expect(imported.flatMap(({ id }) => id ?? [])).toHaveLength(12)
    expect(
      (await walk(ana.songs.list({ limit: 5 }))).filter(({ createdBy }) => createdBy === ana.id),
    ).toHaveLength(13)
    await ana.songs.favorite(song.id)
    expect(await walk(ana.songs.listFavorites())).toHaveLength(1)
    await ana.songs.delete(song.id)
    expect(await walk(ana.songs.listTrash())).toHaveLength(1)
    await ana.songs.restore(song.id)
    expect(await ana.songs.recommend()).toBeTruthy()
    await owner`update public.songs set popularity = random() * 10 / 3 where created_by = ${ana.id}`
    const walked = await walk(ana.songs.search('song', { limit: 2 }))
    expect(new Set(walked.map(({ id }) => id)).size).toBe(walked.length)
    expect(walked.length).toBeGreaterThanOrEqual(12)
  })

  test('messages are sent, read, searched and reported', async () => {
    const [ana, ben] = [await signUp('Ana'), await signUp('Ben')]
    const { id } = await ana.chat.getDirect(ben.id)
    for (const word of ['hola', 'c:\\temp ¿qué?', 'adiós']) await ana.chat.send(id, { content: word })
    const page = await ben.chat.listMessages(id, { limit: 2 })
    expect(page.items).toHaveLength(2)
    for (const one of await walk(ben.chat.listMessages(id, { limit: 1 })))
      expect(Math.abs(+one.createdAt - Date.now())).toBeLessThan(60_000)
    expect(
      (await walk(ben.chat.searchMessages('adios', { limit: 1 }))).map(({ content }) => content),
    ).toEqual(['adiós'])
    const [first] = page.items
    await ben.chat.react(first!.id, '👍')
    await ben.chat.markRead(id, first!.seq)
    expect((await walk(ben.chat.inbox({ limit: 1 }))).length).toBe(1)
    await ben.chat.report(first!.id, { reason: 'spam' } as never)
    const group = await ana.chat.createGroup({ subject: 'Trío', memberIds: [ben.id] })
    expect(group.id).toBeTruthy()
  })

  test('shares, links and transfers end when they are to end', async () => {
    const [ana, ben] = [await signUp('Ana'), await signUp('Ben')]
    const song = await ana.songs.create({ content: 'la', visibility: 'shared' })
    const expiresAt = new Date(Date.now() + 12 * 3_600_000)
    const share = await ana.sharing.share(song.id, { userId: ben.id, role: 'edit', expiresAt })
    expect(share.expiresAt).toEqual(expiresAt)
    await ben.sharing.accept(share.id)
    expect((await ben.songs.get(song.id)).id).toBe(song.id)
    expect(await walk(ben.sharing.listReceived({ limit: 1 }))).toHaveLength(1)
    const link = await ana.sharing.createLink(song.id, { role: 'view', expiresAt })
    expect(link.expiresAt).toEqual(expiresAt)
    const cleo = await signUp('Cleo')
    expect(await cleo.sharing.openLink(link.token)).toEqual({
      songId: song.id,
      setlistId: null,
      role: 'view',
    })
    const transfer = await ana.sharing.offerTransfer(song.id, ben.id)
    expect(Math.round((+transfer.expiresAt - Date.now()) / 86_400_000)).toBe(14)
    await ben.sharing.acceptTransfer(transfer.id)
    expect((await walk(ben.sharing.listNotices({ limit: 1 }))).length).toBeGreaterThan(1)
  })

  test('events are counted by days, and upkeep runs to its end', async () => {
    const [ana, ben] = [await signUp('Ana'), await signUp('Ben')]
    const song = await ana.songs.create({ content: 'la', visibility: 'public' })
    ben.analytics.track({ kind: 'song_view', songId: song.id })
    ben.analytics.track({ kind: 'song_session', songId: song.id, durationSeconds: 90 })
    await expect
      .poll(async () => {
        await ben.analytics.flush()
        const [row] =
          await owner`select count(*)::integer as n from private.analytics_events where entity_id = ${song.id}`
        return row?.n
      })
      .toBe(2)
    await owner`select public.roll_up_analytics()`
    const { viewCount, details } = await ana.analytics.song(song.id, { timeZone: '+05:30' })
    expect([viewCount, details?.sessionSeconds]).toEqual([1, 90])
    const series = await ana.analytics.series('song_view', song.id, { step: 'week' })
    expect(series.reduce((sum, { count }) => sum + count, 0)).toBe(1)
    for (const { day } of series) expect(day).toMatch(/^\d{4}-\d\d-\d\d$/)
    expect((await ana.analytics.profile()).from).toMatch(/^\d{4}-\d\d-\d\d$/)
    expect((await walk(ana.analytics.topSongs({ limit: 1 }))).length).toBeGreaterThan(0)
    let next: string | null = null
    const failed: unknown[] = []
    do {
      const [row]: { answer: { steps: { outcome: string }[]; next: string | null } }[] =
        await owner`select public.cleanup_old_data(${next}) as answer`
      failed.push(...(row?.answer.steps ?? []).filter(({ outcome }) => outcome === 'failed'))
      next = row?.answer.next ?? null
    } while (next !== null)
    expect(failed).toEqual([])
  })
})
