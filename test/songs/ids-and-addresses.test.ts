import postgres from 'postgres'
import { afterAll, expect, inject, test } from 'vitest'
import { signUp } from '../support/people.ts'

const sql = postgres(inject('stack').dbUrl, { max: 3 })
afterAll(() => sql.end())

const addresses = [
  ...[
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'vbscript:x',
    'ftp://example.com/a',
  ],
  ...[
    ' https://example.com',
    'https://user@example.com/',
    'https://exa mple.com',
    'https://example.com/\u202e',
    '//example.com',
    'example.com',
  ],
]

test.each(addresses)('a song comes from no such address: %s', async (sourceUrl) => {
  const ana = await signUp()
  const refused = { code: 'invalid_input', field: 'sourceUrl' }
  await expect(ana.tertulia.songs.create({ content: 'la', sourceUrl })).rejects.toMatchObject(refused)
  const song = await ana.tertulia.songs.create({
    content: 'la',
    sourceUrl: 'https://example.com/canción?id=1',
  })
  await expect(ana.tertulia.songs.update(song.id, { sourceUrl })).rejects.toMatchObject(refused)
  expect(await ana.tertulia.songs.import([{ content: 'la', sourceUrl }])).toMatchObject([
    { error: { code: 'invalid_input' } },
  ])
})

test.each(addresses)('a profile links to no such address: %s', async (url) => {
  const ana = await signUp()
  await expect(ana.tertulia.profiles.update({ links: [{ label: 'x', url }] })).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'links.0.url',
  })
})

test('the id of a song that was removed for good is nobody’s any more, also not its owner’s', async () => {
  const [ana, ben] = await Promise.all([signUp(), signUp('Ben')])
  const song = await ana.tertulia.songs.create({ id: crypto.randomUUID(), content: 'la' })
  await ana.tertulia.songs.delete(song.id)
  await ana.tertulia.songs.purge(song.id)
  for (const { tertulia } of [ana, ben])
    await expect(tertulia.songs.create({ id: song.id, content: 'no' })).rejects.toMatchObject({
      code: 'invalid_input',
      field: 'id',
    })
})

test('nor is it taken while it is removed', async () => {
  const [ana, ben] = await Promise.all([signUp(), signUp('Ben')])
  const song = await ana.tertulia.songs.create({ content: 'la' })
  let taking: Promise<unknown> = Promise.resolve()
  await sql.begin(async (tx) => {
    await tx`delete from public.songs where id = ${song.id}`
    taking = ben.tertulia.songs.create({ id: song.id, content: 'no' }).catch((error) => error)
    await expect
      .poll(
        () => sql`select from pg_stat_activity where wait_event_type = 'Lock' and query like '%create_song%'`,
      )
      .not.toHaveLength(0)
  })
  expect(await taking).toMatchObject({ code: 'invalid_input', field: 'id' })
  expect(await sql`select from public.songs where id = ${song.id}`).toHaveLength(0)
})

test('a tag that private songs alone had is dated by who first says it in public', async () => {
  const [ana, ben] = await Promise.all([signUp(), signUp('Ben')])
  for (const publish of [
    (tag: string) => ben.tertulia.profiles.update({ tags: [tag] }),
    (tag: string) => ben.tertulia.songs.create({ content: `{tag: ${tag}}\nla`, visibility: 'public' }),
  ]) {
    const tag = `w${crypto.randomUUID().slice(0, 8)}`
    await ana.tertulia.songs.create({ content: `{tag: ${tag}}\nla` })
    await sql`update public.tags set created_at = '2001-01-01' where key = ${tag}`
    await publish(tag)
    const [row] =
      await sql`select created_at > now() - interval '1 hour' as is_new from public.tags where key = ${tag}`
    expect(row?.is_new).toBe(true)
  }
})

test('the token of a deleted account reads no directory', async () => {
  const [ana, ben] = await Promise.all([signUp(), signUp('Ben')])
  const { data } = await ana.supabase.auth.getSession()
  await ana.tertulia.profiles.deleteAccount()
  const headers = {
    apikey: inject('stack').publishableKey,
    authorization: `Bearer ${data.session?.access_token}`,
    'content-type': 'application/json',
  }
  for (const [name, input] of Object.entries({
    list_profiles: {},
    search_profiles: {},
    get_profile: { user_id: ben.id },
    suggest_tags: { prefix: 'a' },
    suggest_software: { prefix: 'a' },
  })) {
    const response = await fetch(`${inject('stack').apiUrl}/rest/v1/rpc/${name}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(input),
    })
    expect([name, (await response.json()).details]).toEqual([
      name,
      JSON.stringify({ code: 'account_not_found' }).replace(':', ': '),
    ])
  }
})
