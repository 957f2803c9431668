import postgres from 'postgres'
import { beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { takeFreshStack } from '../support/fresh-stack.ts'
import { connect, type Person, signUp } from '../support/people.ts'

// Policies add up: the app's own open everything, and only the restrictive ones of ours are left to refuse.
await takeFreshStack()
beforeAll(async () => {
  const sql = postgres(inject('stack').adminDbUrl, { max: 1, onnotice: () => {} })
  await sql`create policy "app hears all" on realtime.messages for select to anon, authenticated using (true)`
  await sql`create policy "app says all" on realtime.messages for insert to anon, authenticated with check (true)`
  await sql.end()
})

/** What a private channel lets a user do, on a socket of its own: `CHANNEL_ERROR`, or how presence and a broadcast are answered. */
async function access(person: Person | null, topic: string): Promise<string> {
  const supabase = connect()
  const token = (await person?.supabase.auth.getSession())?.data.session?.access_token
  if (token) await supabase.realtime.setAuth(token)
  const channel = supabase.channel(topic, { config: { private: true, broadcast: { ack: true } } })
  const status = await new Promise<string>((resolve) => {
    channel.subscribe((state) => state !== 'CLOSED' && resolve(state))
  })
  if (status !== 'SUBSCRIBED') return status
  const said = await channel.send({ type: 'broadcast', event: 'x', payload: {} })
  return `presence ${await channel.track({ here: true })}, broadcast ${said}`
}

async function settle() {
  const [ana, ben, eve] = (await Promise.all(['Ana', 'Ben', 'Eve'].map((name) => signUp(name)))) as [
    Person,
    Person,
    Person,
  ]
  const { id } = await ana.tertulia.songs.create({ content: 'la', visibility: 'public' })
  const share = await ana.tertulia.sharing.share(id, { userId: ben.id, role: 'view' })
  await ben.tertulia.sharing.accept(share.id)
  const { data } = await ana.supabase.rpc('watch_song', { song_id: id })
  return { ana, ben, eve, id, share, topic: `song:${id}:${data.live_key}` }
}

test('no policy of the app opens the topic of a song, and nobody but the database broadcasts there', async () => {
  const { ana, ben, eve, id, topic } = await settle()
  expect(await access(eve, 'app:room')).toBe('presence ok, broadcast ok')
  for (const person of [ana, ben]) expect(await access(person, topic)).toBe('presence ok, broadcast error')
  // A public song is read by everybody, and who is at it is seen by those with a role alone.
  for (const one of [topic, `song:${id}:${crypto.randomUUID()}`, `song:${id}:`]) {
    expect(await access(eve, one), one).toBe('CHANNEL_ERROR')
    expect(await access(null, one), one).toBe('CHANNEL_ERROR')
  }
  expect(await access(ben, `song:${id}:${crypto.randomUUID()}`)).toBe('CHANNEL_ERROR')
})

test('a user without a role in a public song watches nothing', async () => {
  const { eve, id } = await settle()
  const { error } = await eve.supabase.rpc('watch_song', { song_id: id })
  expect(JSON.parse(error?.details ?? '{}').code).toBe('song_not_found')
})

test('when a role ends the key turns, and neither key opens the topic to that user', async () => {
  const { ana, ben, id, share, topic } = await settle()
  await ben.supabase.rpc('watch_song', { song_id: id })
  await ana.tertulia.sharing.revoke(share.id)
  const sql = postgres(inject('stack').dbUrl, { max: 1 })
  onTestFinished(() => sql.end())
  const [row] = await sql`select live_key from private.live_keys where song_id = ${id}`
  const turned = `song:${id}:${row?.live_key}`
  expect(turned).not.toBe(topic)
  for (const one of [topic, turned]) expect(await access(ben, one), one).toBe('CHANNEL_ERROR')
  expect(await access(ana, topic)).toBe('CHANNEL_ERROR')
  expect(await access(ana, turned)).toBe('presence ok, broadcast error')
})
