import {
  createComments,
  createContext,
  type WatchedComments,
  type WatchedCommentsSnapshot,
} from 'tertulia/comments'
import { expect, onTestFinished, test, vi } from 'vitest'
import { codeOf, connectToDatabase, upTo } from '../chat/sql/database.ts'
import { takeFreshStack } from '../support/fresh-stack.ts'
import { connect, type Person, signUp } from '../support/people.ts'

await takeFreshStack()

const of = ({ supabase }: Pick<Person, 'supabase'>) => createComments(createContext(supabase))

function watch(user: Person, songId: string): WatchedComments {
  const watched = of(user).watch(songId)
  onTestFinished(() => watched.close())
  return watched
}

async function until(watched: WatchedComments, wanted: (snapshot: WatchedCommentsSnapshot) => boolean) {
  await vi.waitFor(
    () => {
      if (!wanted(watched.getSnapshot()))
        throw new Error(
          `still ${watched.getSnapshot().comments.length} ${JSON.stringify(watched.getSnapshot()).slice(0, 500)}`,
        )
    },
    { timeout: 15_000, interval: 10 },
  )
  return watched.getSnapshot()
}
const isLive = ({ status }: WatchedCommentsSnapshot) => status === 'live'
const says =
  (...wanted: string[]) =>
  ({ comments }: WatchedCommentsSnapshot) =>
    JSON.stringify(comments.map(({ content }) => content)) === JSON.stringify(wanted)

async function shared() {
  const [ana, ben] = (await Promise.all([signUp('Ana'), signUp('Ben')])) as [Person, Person]
  const { id } = await ana.tertulia.songs.create({ title: 'Zamba', content: 'one\ntwo' })
  const share = await ana.tertulia.sharing.share(id, { userId: ben.id, role: 'view' })
  await ben.tertulia.sharing.accept(share.id)
  return { ana, ben, id, share }
}

/** Everything that reaches a user's own channel, by a socket that is driven by hand. */
async function hear(user: Person): Promise<string[]> {
  const supabase = connect()
  const { data } = await user.supabase.auth.getSession()
  await supabase.realtime.setAuth(data.session?.access_token ?? '')
  const heard: string[] = []
  await new Promise<void>((resolve, reject) => {
    supabase
      .channel(`user:${user.id}`, { config: { private: true } })
      .on('broadcast', { event: '*' }, ({ event }) => heard.push(event))
      .subscribe((status) => {
        if (status === 'SUBSCRIBED') resolve()
        if (status === 'CHANNEL_ERROR') reject(new Error(status))
      })
  })
  return heard
}

test('comments come, change and go on every screen', async () => {
  const { ana, ben, id } = await shared()
  const before = await of(ben).add(id, { content: 'before', line: 2 })
  const [anas, bens] = [watch(ana, id), watch(ben, id)]
  await Promise.all([until(anas, isLive), until(bens, isLive)])
  expect(anas.getSnapshot()).toMatchObject({ role: 'owner', comments: [{ id: before.id, quote: 'two' }] })
  expect(bens.getSnapshot().role).toBe('view')

  const reply = await of(ana).add(id, { content: 'reply', replyTo: before.id })
  await until(bens, says('before', 'reply'))
  await of(ben).edit(before.id, 'edited')
  await until(anas, says('edited', 'reply'))
  await of(ana).resolve(before.id)
  await until(bens, ({ comments }) => comments[0]?.resolvedBy?.id === ana.id)
  await of(ben).delete(before.id)
  await until(anas, says('', 'reply'))
  await of(ana).delete(reply.id)
  await Promise.all([until(anas, says()), until(bens, says())])
  expect(() => of(ana).watch('no')).toThrow(/expected a UUID/)
})

test('whoever loses the song sees its comments end, and hears none of a hundred later ones', async () => {
  const { ana, ben, id, share } = await shared()
  await of(ana).add(id, { content: 'secret' })
  const bens = watch(ben, id)
  await until(bens, (snapshot) => isLive(snapshot) && says('secret')(snapshot))
  const heard = await hear(ben)
  await of(ana).add(id, { content: 'heard' })
  await vi.waitFor(() => expect(heard).toContain('comments'))
  await ana.tertulia.sharing.revoke(share.id)
  expect(await until(bens, ({ status }) => status === 'closed')).toMatchObject({
    closeReason: 'removed',
    comments: [],
  })
  heard.length = 0
  const { sql } = connectToDatabase(1)
  await sql`update private.limits set per_seconds = 1 where key = 'comment'`
  // A row that a slow client would still write changes nothing.
  await sql`update private.comment_watchers set watches_until = now() + interval '1 hour' where user_id = ${ben.id}`
  for (let n = 0; n < 100; n++) await of(ana).add(id, { content: `${n}` })
  expect(heard).not.toContain('comments')
})

test('a stranger follows a public song’s comments until it is private, and the trash ends them for all', async () => {
  const [ana, ben, eve] = (await Promise.all(['Ana', 'Ben', 'Eve'].map((name) => signUp(name)))) as [
    Person,
    Person,
    Person,
  ]
  const { id } = await ana.tertulia.songs.create({ title: 'Vals', content: 'la', visibility: 'public' })
  const [anas, bens] = [watch(ana, id), watch(ben, id)]
  await Promise.all([until(anas, isLive), until(bens, isLive)])
  expect(bens.getSnapshot().role).toBeNull()
  await of(eve).add(id, { content: 'from Eve' })
  await Promise.all([until(anas, says('from Eve')), until(bens, says('from Eve'))])
  await ana.tertulia.songs.update(id, { visibility: 'private' })
  expect(await until(bens, ({ status }) => status === 'closed')).toMatchObject({ closeReason: 'removed' })
  expect(anas.getSnapshot().status).not.toBe('closed')
  await ana.tertulia.songs.delete(id)
  expect(await until(anas, ({ status }) => status === 'closed')).toMatchObject({ closeReason: 'removed' })
  const none = watch(eve, id)
  expect(await until(none, ({ status }) => status === 'closed')).toMatchObject({ closeReason: 'error' })
})

test('a handle reads as many comments as there are, and all of them again after what it missed is gone', async () => {
  const { ana, ben, id } = await shared()
  const { sql } = connectToDatabase(1)
  const first = await of(ana).add(id, { content: 'first' })
  await sql`
    with head as (
      update private.comment_heads set revision = revision + 450, comment_count = comment_count + 450 where song_id = ${id}
    )
    insert into private.song_comments (id, song_id, author_id, content, song_version, revision, created_at)
    select gen_random_uuid(), ${id}, ${ana.id}, 'n' || n, 1, n + 1, now() - interval '1 hour' + n * interval '1 ms' from generate_series(1, 450) as n`
  const bens = watch(ben, id)
  await until(bens, ({ comments }) => comments.length === 451)
  expect(bens.getSnapshot().comments.at(-1)?.content).toBe('first')
  // What is deleted while nobody looks, and gone for good.
  await sql`
    update private.song_comments set content = '', deleted_at = now() - interval '40 days', revision = 452 where id = ${first.id}`
  await sql`update private.comment_heads set revision = 452, comment_count = 450 where song_id = ${id}`
  const [step] =
    await sql`select p.handled::integer from private.prune_deleted_comments(1000, '30 days', null) as p`
  expect(step?.handled).toBe(1)
  await of(ana).add(id, { content: 'last' })
  const { comments } = await until(bens, ({ comments }) => comments.at(-1)?.content === 'last')
  expect(comments).toHaveLength(451)
  expect(comments.map((one) => one.id)).not.toContain(first.id)
})

test('fifty writes at once take one revision each, a repeated one none', async () => {
  const { sql, call, people } = connectToDatabase(20)
  const users = await people(5)
  const [owner = ''] = users
  const id = crypto.randomUUID()
  await call(owner, 'create_song', { song: { id, title: 'x', content: 'la', visibility: 'public' } })
  const ids = Array.from({ length: 25 }, () => crypto.randomUUID())
  const codes = await Promise.all(
    [...ids, ...ids].map((comment_id, n) =>
      codeOf(call(users[(n % 25) % 5]!, 'add_comment', { song_id: id, comment_id, content: `${n % 25}` })),
    ),
  )
  expect(codes.filter((code) => code !== null)).toEqual([])
  const rows = await sql`select revision::integer from private.song_comments where song_id = ${id} order by 1`
  expect(rows.map(({ revision }) => revision)).toEqual(upTo(25))
  expect(
    await sql`select revision::integer, comment_count from private.comment_heads where song_id = ${id}`,
  ).toEqual([{ revision: 25, comment_count: 25 }])

  // A song is full for the writers at once, too; and what is refused leaves nothing.
  await sql`update private.limits set at_most = 30 where key = 'song_comments'`
  const full = await Promise.all(
    upTo(20).map((n) =>
      codeOf(
        call(users[n % 5]!, 'add_comment', { song_id: id, comment_id: crypto.randomUUID(), content: 'x' }),
      ),
    ),
  )
  expect(full.filter((code) => code === null)).toHaveLength(5)
  expect(new Set(full)).toEqual(new Set([null, 'too_many_comments']))
  expect(await sql`select revision::integer from private.comment_heads where song_id = ${id}`).toEqual([
    { revision: 30 },
  ])
})

test('an account that goes while it comments, and one id on two songs, leave nothing half done', async () => {
  const { sql, call, people } = connectToDatabase(12)
  for (let round = 0; round < 10; round++) {
    const [owner = '', guest = ''] = await people(2)
    const songs = [crypto.randomUUID(), crypto.randomUUID()]
    for (const id of songs)
      await call(owner, 'create_song', { song: { id, title: 'x', content: 'la', visibility: 'public' } })
    const add = (n: number, comment_id: string) =>
      codeOf(call(guest, 'add_comment', { song_id: songs[n]!, comment_id, content: 'ghost' }))
    const same = crypto.randomUUID()
    expect((await Promise.all([add(0, same), add(1, same)])).toSorted()).toEqual(
      ['invalid_input', null].toSorted(),
    )
    const codes = await Promise.all([
      ...upTo(6).map((n) => add(n % 2, crypto.randomUUID())),
      codeOf(call(guest, 'delete_account')),
      codeOf(call(owner, 'update_song', { song_id: songs[0]!, changes: { title: 'y' } })),
    ])
    expect(codes.filter((code) => code !== null && code !== 'account_not_found')).toEqual([])
    expect(
      await sql`select from private.song_comments where author_id = ${guest} and content <> ''`,
    ).toHaveLength(0)
    const wrong = await sql`
      select from private.comment_heads h
      where h.song_id = any (${songs})
        and h.comment_count <> (select count(*) from private.song_comments c where c.song_id = h.song_id and c.deleted_at is null)`
    expect(wrong).toHaveLength(0)
  }
})
