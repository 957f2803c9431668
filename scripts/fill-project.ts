import { createClient } from '@supabase/supabase-js'
import postgres from 'postgres'
import type { Stack } from '../local/src/index.ts'
import { signUpConfirmed } from '../local/test/support/sign-up.ts'
import { createTertulia } from '../src/index.ts'

export const password = 'correct-horse-battery'

export function connectTo(stack: Stack, key = stack.publishableKey) {
  return createClient(stack.apiUrl, key, { auth: { persistSession: false, autoRefreshToken: false } })
}

async function signUp(stack: Stack, n: number) {
  const supabase = connectTo(stack)
  const data = { display_name: `Person ${n}` }
  const { id } = await signUpConfirmed(supabase, stack, { email: `person${n}@example.com`, password, data })
  const rpc = async (name: string, args: object) => {
    const answer = await supabase.rpc(name, args)
    if (answer.error) throw answer.error
    return answer.data
  }
  return { id, tertulia: createTertulia(supabase), rpc }
}
type Someone = Awaited<ReturnType<typeof signUp>>

async function describe({ id, tertulia }: Someone, n: number): Promise<void> {
  await tertulia.profiles.update({
    bio: `Soy ${id}`,
    country: 'ES',
    professionalTypes: ['Compositora'],
    rates: { standard: { amount: 12050, currency: 'EUR', unit: 'hour' } },
    software: ['Ableton Live'],
    tags: ['Flamenco'],
    languages: ['es'],
    links: [{ label: 'Web', url: `https://example.com/${n}` }],
    paymentMethods: ['paypal'],
  })
  await tertulia.profiles.setAvatar(
    new Blob([Uint8Array.from([137, 80, 78, 71, 13, 10, 26, 10, 0])], { type: 'image/png' }),
  )
}

async function sing(people: Someone[]): Promise<string[]> {
  const songs: string[] = []
  for (const { tertulia } of people) {
    for (let n = 0; n < 20; n++) {
      const song = await tertulia.songs.create({
        content: `{title: Canción ${n}}\n{tag: Fogata}\n[C]La noche [G7]va`,
        visibility: n % 2 ? 'public' : 'private',
      })
      if (n < 2) await tertulia.songs.update(song.id, { artist: `Artista ${n}` })
      if (n === 2) await tertulia.songs.delete(song.id)
      else songs.push(song.id)
    }
  }
  return songs
}

async function talk([ana, ben, cleo]: [Someone, Someone, Someone]): Promise<void> {
  const { id } = await ana.tertulia.chat.openDirect(ben.id)
  for (let n = 0; n < 20; n++) {
    const message = crypto.randomUUID()
    await ana.rpc('send_message', {
      conversation_id: id,
      message_id: message,
      content: `hola @${ben.id} ${n}`,
    })
    if (n === 1) await ben.rpc('react', { message_id: message, emoji: '👏' })
    if (n === 2) await ana.rpc('edit_message', { message_id: message, changes: { content: 'adiós' } })
    if (n === 3) await ana.rpc('delete_message', { message_id: message })
    if (n === 4) await ben.rpc('report_message', { message_id: message, reason: 'spam' })
  }
  await ben.rpc('record_conversion', { conversation_id: id })
  const group = crypto.randomUUID()
  await ana.rpc('create_group', { group_id: group, subject: 'Ensayo', member_ids: [ben.id, cleo.id] })
  await cleo.rpc('block_user', { user_id: ben.id })
}

async function shareSongs([ana, ben, cleo]: [Someone, Someone, Someone], songs: string[]): Promise<void> {
  const [first = '', second = '', third = ''] = songs
  const share = await ana.tertulia.sharing.share(first, { userId: ben.id, role: 'edit' })
  await ben.tertulia.sharing.accept(share.id)
  await ana.tertulia.sharing.share(first, { email: 'somebody@example.com', role: 'view' })
  const link = await ana.tertulia.sharing.createLink(second)
  await cleo.tertulia.sharing.openLink(link.token)
  await ana.tertulia.sharing.offerTransfer(third, cleo.id)
  await ben.tertulia.songs.favorite(third)
}

/** What is looked at, counted and not yet counted. */
async function look(stack: Stack, people: Someone[], songs: string[]): Promise<void> {
  const service = connectTo(stack, stack.secretKey)
  for (const round of [0, 1]) {
    for (const { rpc } of people) {
      const seen = songs.slice(round * 10, round * 10 + 10)
      await rpc('track_events', {
        batch: [
          ...seen.map((song_id) => ({ kind: 'song_view', song_id })),
          ...seen.map((song_id) => ({ kind: 'song_session', song_id, duration_seconds: 30 })),
          ...people.map((other) => ({ kind: 'profile_view', profile_id: other.id })),
        ],
      })
    }
    if (round > 0) continue
    for (let next: string | null | undefined; next !== null; ) {
      const { data, error } = await service.rpc('cleanup_old_data', { next })
      if (error) throw error
      next = data.next
    }
  }
}

/** A project in use, so that all tables that matter have rows. */
export async function fillProject(stack: Stack): Promise<void> {
  const people = await Promise.all(Array.from({ length: 6 }, (_, n) => signUp(stack, n)))
  const [ana, ben, cleo] = people
  if (!ana || !ben || !cleo) throw new Error('unable to fill the project; nobody signed up')
  for (const [n, person] of people.entries()) await describe(person, n)
  const songs = await sing(people)
  await talk([ana, ben, cleo])
  await shareSongs([ana, ben, cleo], songs)
  await look(stack, people, songs)
}

export async function listEmptyTables(stack: Stack): Promise<string[]> {
  const sql = postgres(stack.adminDbUrl, { max: 1 })
  const tables = await sql`
    select oid::regclass::text as name from pg_class
    where relnamespace::regnamespace::text in ('public', 'private') and relkind = 'r' order by 1`
  const empty: string[] = []
  for (const { name } of tables) {
    const [row] = await sql.unsafe(`select exists (select from ${name}) as filled`)
    if (!row?.filled) empty.push(String(name))
  }
  await sql.end()
  return empty
}
