import postgres from 'postgres'
import type { WatchedSong, WatchedSongSnapshot } from 'tertulia'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { connect, type Person, signInAgain, signUp } from '../support/people.ts'

async function until(watched: WatchedSong, wanted: (snapshot: WatchedSongSnapshot) => boolean) {
  await vi.waitFor(
    () => {
      const snapshot = watched.getSnapshot()
      if (!wanted(snapshot))
        throw new Error(`still ${JSON.stringify({ ...snapshot, song: snapshot.song?.version })}`)
    },
    { timeout: 15_000, interval: 10 },
  )
  return watched.getSnapshot()
}

function watch(person: Person, songId: string): WatchedSong {
  const watched = person.tertulia.songs.watch(songId)
  onTestFinished(() => watched.close())
  return watched
}
const isLive = ({ status }: WatchedSongSnapshot) => status === 'live'

async function shared(role: 'view' | 'edit' = 'view') {
  const [ana, ben] = (await Promise.all([signUp('Ana'), signUp('Ben')])) as [Person, Person]
  const { id } = await ana.tertulia.songs.create({ content: 'one' })
  const share = await ana.tertulia.sharing.share(id, { userId: ben.id, role })
  await ben.tertulia.sharing.accept(share.id)
  return { ana, ben, id, share }
}

/** A socket that is driven by hand: everything that reaches a person's own channel. */
async function hear(person: Person): Promise<{ event: string; payload: Record<string, unknown> }[]> {
  const supabase = connect()
  const { data } = await person.supabase.auth.getSession()
  await supabase.realtime.setAuth(data.session?.access_token ?? '')
  const heard: { event: string; payload: Record<string, unknown> }[] = []
  await new Promise<void>((resolve, reject) => {
    supabase
      .channel(`user:${person.id}`, { config: { private: true } })
      .on('broadcast', { event: '*' }, ({ event, payload }) => heard.push({ event, payload }))
      .subscribe((status) => {
        if (status === 'SUBSCRIBED') resolve()
        if (status === 'CHANNEL_ERROR') reject(new Error(status))
      })
  })
  return heard
}

test('those with a role see each change, and who else is there', async () => {
  const { ana, ben, id } = await shared('edit')
  const [anas, bens] = [watch(ana, id), watch(ben, id)]
  await Promise.all([until(anas, isLive), until(bens, isLive)])
  expect(bens.getSnapshot()).toMatchObject({ role: 'edit', song: { content: 'one' } })
  await Promise.all([
    until(anas, ({ others }) => others.includes(ben.id)),
    until(bens, ({ others }) => others.includes(ana.id)),
  ])

  await ana.tertulia.songs.update(id, { content: 'two' })
  await until(bens, ({ song }) => song?.content === 'two')
  await ben.tertulia.songs.tag(id, ['vals'])
  await until(anas, ({ song }) => song?.version === 3)
  // A second handle of the same client shows the same people, and closing it ends nothing for the first.
  const second = watch(ana, id)
  await until(second, ({ song, others }) => song?.version === 3 && others.includes(ben.id))
  second.close()
  bens.close()
  await until(anas, ({ others }) => others.length === 0)
  expect(bens.getSnapshot()).toMatchObject({ status: 'closed', closeReason: 'closed' })
})

test('whoever is revoked sees it end, and a socket driven by hand hears none of a hundred later changes', async () => {
  const { ana, ben, id, share } = await shared()
  const bens = watch(ben, id)
  const anas = watch(ana, id)
  await Promise.all([until(bens, isLive), until(anas, ({ others }) => others.includes(ben.id))])
  const heard = await hear(ben)
  await ana.tertulia.songs.update(id, { year: 1900 })
  await vi.waitFor(() => expect(heard.filter(({ event }) => event === 'song')).toHaveLength(1))

  await ana.tertulia.sharing.revoke(share.id)
  expect(await until(bens, ({ status }) => status === 'closed')).toMatchObject({
    closeReason: 'removed',
    song: null,
    others: [],
  })
  await expect(ben.tertulia.songs.get(id)).rejects.toMatchObject({ code: 'song_not_found' })
  // The row of a watch that a slow client might still write changes nothing.
  const sql = postgres(inject('stack').dbUrl, { max: 1 })
  onTestFinished(() => sql.end())
  await sql`insert into private.watchers (target_kind, target_id, user_id, watches_until) values ('song', ${id}, ${ben.id}, now() + interval '1 hour')`
  for (let n = 1; n <= 100; n++) await ana.tertulia.songs.update(id, { year: 1900 + n })
  // What comes after all of them on the same channel.
  const { id: other } = await ana.tertulia.songs.create({ content: 'other' })
  await ana.tertulia.sharing.share(other, { userId: ben.id, role: 'view' })
  await vi.waitFor(
    () => expect(heard.at(-1)).toMatchObject({ event: 'notice', payload: { kind: 'share_offered' } }),
    10_000,
  )
  const later = heard.filter(({ event, payload }) => event === 'song' && Number(payload.version) > 2)
  console.info(`after the revocation the socket heard ${later.length} of 100 changes`)
  expect(later).toEqual([])
  await until(anas, ({ song, others }) => song?.year === 2000 && others.length === 0)
})

test('whoever loses a link, or a song that is made private, sees it end, and the others move on', async () => {
  const [ana, ben] = (await Promise.all([signUp('Ana'), signUp('Ben')])) as [Person, Person]
  for (const end of ['the link', 'visibility']) {
    const { id } = await ana.tertulia.songs.create({ content: 'one', visibility: 'shared' })
    const link = await ana.tertulia.sharing.createLink(id)
    await ben.tertulia.sharing.openLink(link.token)
    const [anas, bens] = [watch(ana, id), watch(ben, id)]
    await Promise.all([
      until(anas, ({ others }) => others.includes(ben.id)),
      until(bens, ({ others }) => others.includes(ana.id)),
    ])
    if (end === 'the link') await ana.tertulia.sharing.revokeLink(link.id)
    else await ana.tertulia.songs.update(id, { visibility: 'private' })
    // Well before the next renewal of a watch, which is 30 s away.
    const [closed] = await Promise.all([
      until(bens, ({ status }) => status === 'closed'),
      until(anas, ({ others }) => others.length === 0),
    ])
    expect(closed).toMatchObject({ closeReason: 'removed', song: null })
  }
})

test('an account that goes is on no topic any more, and takes its own songs from those who watch them', async () => {
  const { ana, ben, id } = await shared()
  const sql = postgres(inject('stack').dbUrl, { max: 1 })
  onTestFinished(() => sql.end())
  const keyOf = async () =>
    (await sql`select live_key from private.live_keys where song_id = ${id}`)[0]?.live_key
  const [anas, bens] = [watch(ana, id), watch(ben, id)]
  await Promise.all([
    until(anas, ({ others }) => others.includes(ben.id)),
    until(bens, ({ others }) => others.includes(ana.id)),
  ])
  const key = await keyOf()
  await ben.tertulia.profiles.deleteAccount()
  expect(await keyOf()).not.toBe(key)
  expect(await sql`select user_id from private.watchers where song_id = ${id}`).toEqual([{ user_id: ana.id }])
  await until(anas, ({ others }) => others.length === 0)

  const carla = await signUp('Carla')
  const share = await ana.tertulia.sharing.share(id, { userId: carla.id, role: 'view' })
  await carla.tertulia.sharing.accept(share.id)
  const carlas = watch(carla, id)
  await until(carlas, isLive)
  await ana.tertulia.profiles.deleteAccount()
  expect(await until(carlas, ({ status }) => status === 'closed')).toMatchObject({
    closeReason: 'removed',
    song: null,
  })
})

test('a share that runs out ends at the next change and the next query, with nobody ending it', async () => {
  const { ana, ben, id, share } = await shared()
  const bens = watch(ben, id)
  await until(bens, isLive)
  const heard = await hear(ben)
  const sql = postgres(inject('stack').dbUrl, { max: 1 })
  onTestFinished(() => sql.end())
  const [before] = await sql`select live_key from private.live_keys where song_id = ${id}`
  await sql`update public.shares set expires_at = clock_timestamp() where id = ${share.id}`
  for (let n = 1; n <= 100; n++) await ana.tertulia.songs.update(id, { year: 1900 + n })
  await expect(ben.tertulia.songs.get(id)).rejects.toMatchObject({ code: 'song_not_found' })
  const { id: other } = await ana.tertulia.songs.create({ content: 'other' })
  await ana.tertulia.sharing.share(other, { userId: ben.id, role: 'view' })
  await vi.waitFor(() => expect(heard.at(-1)?.event).toBe('notice'), 10_000)
  expect(heard.filter(({ event }) => event === 'song')).toEqual([])
  // The next one who renews the watch turns the key of the topic for presence.
  await until(watch(ana, id), isLive)
  const [after] = await sql`select live_key from private.live_keys where song_id = ${id}`
  expect(after?.live_key).not.toBe(before?.live_key)
})

test('nobody joins a song’s topic without a role or with an old key, and nobody but the database broadcasts', async () => {
  const { ana, ben, id, share } = await shared()
  const stranger = await signUp('Stranger')
  await until(watch(ben, id), isLive)
  const sql = postgres(inject('stack').dbUrl, { max: 1 })
  onTestFinished(() => sql.end())
  const topicOf = async () =>
    `song:${id}:${(await sql`select live_key from private.live_keys where song_id = ${id}`)[0]?.live_key}`
  const join = async (person: Person | null, topic: string) => {
    const supabase = connect()
    const token = (await person?.supabase.auth.getSession())?.data.session?.access_token
    if (token) await supabase.realtime.setAuth(token)
    const channel = supabase.channel(topic, { config: { private: true, broadcast: { ack: true } } })
    const status = await new Promise((resolve) => {
      channel.subscribe((state) => state !== 'CLOSED' && resolve(state))
    })
    return { status, channel }
  }
  const topic = await topicOf()
  for (const person of [stranger, null]) expect((await join(person, topic)).status).toBe('CHANNEL_ERROR')
  expect((await join(ben, `song:${id}:${crypto.randomUUID()}`)).status).toBe('CHANNEL_ERROR')
  const inside = await join(ben, topic)
  expect(inside.status).toBe('SUBSCRIBED')
  expect(await inside.channel.send({ type: 'broadcast', event: 'x', payload: {} })).not.toBe('ok')
  await ana.tertulia.sharing.revoke(share.id)
  expect(await topicOf()).not.toBe(topic)
  expect((await join(ben, topic)).status).toBe('CHANNEL_ERROR')
  expect((await join(ben, await topicOf())).status).toBe('CHANNEL_ERROR')
  // The tables of keys and watchers are not there for anybody.
  for (const table of ['live_keys', 'watchers']) {
    expect((await ben.supabase.from(table).select()).error?.code).toBe('PGRST205')
    expect((await ben.supabase.schema('private').from(table).select()).error?.code).toBe('PGRST106')
  }
})

test('a change whose broadcast is lost is found all the same, and a sign-out closes', async () => {
  const { ana, ben, id } = await shared()
  const sql = postgres(inject('stack').adminDbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(() => sql.end())
  const wakes = new Set<() => void>()
  const onWake = (wake: () => void) => {
    wakes.add(wake)
    return () => wakes.delete(wake)
  }
  const phone = await signInAgain(ben, { lifecycle: { onWake } })
  const bens = watch(phone, id)
  await until(bens, isLive)
  await sql.unsafe(`delete from private.watchers where song_id = '${id}'`)
  await ana.tertulia.songs.update(id, { content: 'unheard' })
  for (const wake of wakes) wake()
  await until(bens, ({ song }) => song?.content === 'unheard')
  await phone.supabase.auth.signOut({ scope: 'local' })
  expect(await until(bens, ({ status }) => status === 'closed')).toMatchObject({
    closeReason: 'signed-out',
    song: null,
  })
})

test('a save tells 256 who watch at most', async () => {
  const { ana, id } = await shared()
  const sql = postgres(inject('stack').dbUrl, { max: 1 })
  onTestFinished(() => sql.end())
  const people = Array.from({ length: 400 }, () => crypto.randomUUID())
  await sql`insert into auth.users (id, email) select p::uuid, p || '@example.com' from unnest(${people}::text[]) p`
  await sql`
    insert into public.shares (target_kind, target_id, kind, shared_by, recipient_id, role, target_created_at, accepted_at)
    select 'song', ${id}, 'person', ${ana.id}, p, 'view', now(), now() from unnest(${people}::uuid[]) p`
  await sql`insert into private.watchers (target_kind, target_id, user_id, watches_until) select 'song', ${id}, p, now() + interval '1 minute' from unnest(${people}::uuid[]) p`
  await ana.tertulia.songs.update(id, { year: 1900 })
  const [told] =
    await sql`select count(*)::integer from realtime.messages where event = 'song' and payload ->> 'song_id' = ${id}`
  expect(told?.count).toBe(256)
})

test('a change that cannot be read yet when its event comes is asked for again', async () => {
  const ana = await signUp('Ana')
  const { id } = await ana.tertulia.songs.create({ content: 'one' })
  let before = ''
  let isLate = false
  const laptop = await signInAgain(ana, {
    async fetch(input, init) {
      const response = await fetch(input, init)
      if (!String(input instanceof Request ? input.url : input).endsWith('/rpc/watch_song')) return response
      const answer = await response.text()
      // As a database that shows the transaction a moment later: the answer of before once more.
      const given = isLate ? before : answer
      isLate = false
      before = answer
      return Response.json(JSON.parse(given))
    },
  })
  const watched = watch(laptop, id)
  await until(watched, isLive)
  isLate = true
  await ana.tertulia.songs.update(id, { content: 'two' })
  await until(watched, ({ song }) => song?.content === 'two')
  expect(isLate).toBe(false)
})
