import type { SupabaseClient } from '@supabase/supabase-js'
import postgres from 'postgres'
import { createTertulia, isTertuliaError, type LiveHandle, type Tertulia } from 'tertulia'
import { createCircles, createContext } from 'tertulia/circles'
import { type Comments, createComments } from 'tertulia/comments'
import { createRequests, type Requests } from 'tertulia/requests'
import { afterAll, expect, inject, test } from 'vitest'
import { connect, type Person, signUp } from '../support/people.ts'
import { type Action, type Actor, actions, actors, expected, type Visibility } from './oracle.ts'

const sql = postgres(inject('stack').dbUrl, { max: 1, onnotice: () => {} })
afterAll(() => sql.end())

const word = `m${crypto.randomUUID().slice(0, 8)}`

const past = new Date(Date.now() - 60_000).toISOString()

/** Puts a person into a circle with which the song is shared, and perhaps out of it. */
async function placeInCircle(owner: Person, person: Person, songId: string, { state, role, also }: Actor) {
  const [circles, mine] = [owner, person].map(({ supabase }) => createCircles(createContext(supabase)))
  if (!circles || !mine) throw new Error('nobody there')
  if (also) {
    const { id } = await owner.tertulia.sharing.share(songId, { userId: person.id, role: also as 'view' })
    await person.tertulia.sharing.accept(id)
  }
  const { id: circleId } = await circles.create({ name: state })
  const share = await circles.share(circleId, songId, { role: role as 'view' })
  const invitation = await circles.inviteUser(circleId, { userId: person.id })
  if (state === 'invited') return
  await mine.acceptInvitation(invitation.id)
  if (state === 'left') await mine.leaveCircle(circleId)
  if (state === 'removed') await circles.removeMember(circleId, person.id)
  if (state === 'banned') await circles.ban(circleId, person.id)
  if (state === 'circle deleted') await circles.delete(circleId)
  if (state === 'given back') await circles.removeShare(share.id)
  if (state === 'revoked') await owner.tertulia.sharing.revoke(share.id)
  if (state === 'expired') await sql`update public.shares set expires_at = ${past} where id = ${share.id}`
}

/** Puts a person into the state that an actor stands for. */
async function place(owner: Person, person: Person, songId: string, actor: Actor) {
  const { state, role, kind } = actor
  if (kind === 'circle') return placeInCircle(owner, person, songId, actor)
  const { sharing } = owner.tertulia
  if (kind === 'link') {
    const link = await sharing.createLink(songId, { role: role as 'view', maxUses: 1 })
    if (state === 'used up') {
      const other = await signUp('First')
      await other.tertulia.sharing.openLink(link.token)
      await expect(person.tertulia.sharing.openLink(link.token)).rejects.toMatchObject({
        code: 'link_not_found',
      })
      return
    }
    await person.tertulia.sharing.openLink(link.token)
    if (state === 'link revoked') await sharing.revokeLink(link.id)
    if (state === 'expired')
      await sql`update public.shares set expires_at = ${past} where link_id = ${link.id}`
    return
  }
  const target = kind === 'email' ? { email: person.email.toUpperCase() } : { userId: person.id }
  // Not yet verified is as good as not signed up.
  if (state === 'unverified')
    await sql`update auth.users set email_confirmed_at = null where id = ${person.id}`
  const { id } = await sharing.share(songId, { ...target, role: role as 'view' })
  if (state === 'unverified' || state === 'pending') return
  if (state === 'declined') return person.tertulia.sharing.decline(id)
  if (state === 'revoked while pending') return sharing.revoke(id)
  if (state === 'expired while pending') {
    await sql`update public.shares set expires_at = ${past} where id = ${id}`
    return expect(person.tertulia.sharing.accept(id)).rejects.toMatchObject({ code: 'share_not_found' })
  }
  await person.tertulia.sharing.accept(id)
  if (state === 'revoked') await sharing.revoke(id)
  if (state === 'left') await person.tertulia.sharing.decline(id)
  if (state === 'expired') await sql`update public.shares set expires_at = ${past} where id = ${id}`
}

interface Scene {
  songId: string
  ownersComments: Comments
  owner: Person
  lower: Person
  equal: Person
  shareId: string
  version: number
}

/** What an actor calls. */
type Client = Pick<Tertulia, 'songs' | 'sharing'> & { comments: Comments; requests: Requests }

const clientOf = (supabase: SupabaseClient): Client => ({
  ...createTertulia(supabase),
  comments: createComments(createContext(supabase)),
  requests: createRequests(createContext(supabase)),
})

/** What a handle comes to: its first answer, or the error that closes it. */
function firstOf<S extends { status: string; error: unknown }>(
  handle: LiveHandle<S>,
  isThere: (snapshot: S) => boolean,
): Promise<void> {
  const opened = new Promise<void>((resolve, reject) => {
    const look = () => {
      const snapshot = handle.getSnapshot()
      if (isThere(snapshot)) resolve()
      if (snapshot.status === 'closed') reject(snapshot.error)
    }
    handle.subscribe(look)
    look()
  })
  return opened.finally(() => handle.close())
}

const perform: Record<Action, (client: Client, scene: Scene, actor: Actor) => Promise<unknown>> = {
  get: ({ songs }, { songId }) => songs.get(songId),
  'see it in the list': async ({ songs }, { songId, owner }) =>
    seen(await ids(songs.list({ createdBy: owner.id })), songId),
  'see it in a search': async ({ songs }, { songId }) =>
    seen(
      (await songs.search(word)).items.map(({ id }) => id),
      songId,
    ),
  'read its tags': async ({ songs }, { songId }) =>
    seen((await songs.listTags(songId)).length > 0 ? [songId] : [], songId),
  favourite: ({ songs }, { songId }) => songs.favorite(songId),
  'change the text': ({ songs }, { songId }, { name }) =>
    songs.update(songId, { content: `{title: ${word}}\n[C]${name}` }),
  'change a field': ({ songs }, { songId }) => songs.update(songId, { genre: 'vals' }),
  'change who sees it': async ({ songs }, { songId }) => {
    const { visibility } = await songs.get(songId)
    const other = visibility === 'public' ? 'shared' : 'public'
    await songs.update(songId, { visibility: other })
    await songs.update(songId, { visibility })
  },
  tag: ({ songs }, { songId }) => songs.tag(songId, ['one']),
  untag: ({ songs }, { songId }) => songs.untag(songId, ['two']),
  'list the versions': ({ songs }, { songId }) => songs.listVersions(songId),
  'get a version': ({ songs }, { songId, version }) => songs.getVersion(songId, version),
  'restore a version': ({ songs }, { songId, version }) => songs.restoreVersion(songId, version),
  watch: ({ songs }, { songId }) => firstOf(songs.watch(songId), ({ song }) => song !== null),
  comment: ({ comments }, { songId }) => comments.add(songId, { content: 'la' }),
  'list the comments': ({ comments }, { songId }) => comments.list(songId),
  'watch the comments': ({ comments }, { songId }) =>
    firstOf(comments.watch(songId), ({ confirmed }) => confirmed),
  'resolve a comment of the owner': async ({ comments }, { songId, ownersComments }) =>
    comments.resolve((await ownersComments.add(songId, { content: 'open' })).id),
  'delete a comment of the owner': async ({ comments }, { songId, ownersComments }) =>
    comments.delete((await ownersComments.add(songId, { content: 'gone' })).id),
  'ask for access': ({ requests }, { songId }) => requests.askOwner(songId),
  'share as view': ({ sharing }, { songId, lower }) =>
    sharing.share(songId, { userId: lower.id, role: 'view' }),
  'share as admin': ({ sharing }, { songId, equal }) =>
    sharing.share(songId, { userId: equal.id, role: 'admin' }),
  'list the shares': ({ sharing }, { songId }) => sharing.listShares(songId),
  'revoke a share of view': async ({ sharing }, scene) => {
    await sharing.revoke(scene.shareId)
    scene.shareId = (
      await scene.owner.tertulia.sharing.share(scene.songId, { userId: scene.lower.id, role: 'view' })
    ).id
  },
  'make a link': ({ sharing }, { songId }) =>
    sharing.createLink(songId, { maxUses: 1 }).then(({ id }) => sharing.revokeLink(id)),
  'list the links': ({ sharing }, { songId }) => sharing.listLinks(songId),
  'offer it to somebody': ({ sharing }, { songId, lower }) =>
    sharing.offerTransfer(songId, lower.id).then(({ id }) => sharing.endTransfer(id)),
  'delete and restore': async ({ songs }, { songId }) => {
    await songs.delete(songId)
    await songs.restore(songId)
  },
  purge: ({ songs }, { songId }) => songs.purge(songId),
}

/** What changes for a moment what the others may do. */
const oneByOne: Action[] = ['change who sees it', 'revoke a share of view', 'delete and restore']

const ids = async (list: AsyncIterable<{ id: string }>) => {
  const found: string[] = []
  for await (const { id } of list) found.push(id)
  return found
}
const seen = (found: string[], songId: string) => {
  if (!found.includes(songId)) throw new Error('not seen')
}

async function outcome(run: () => Promise<unknown>): Promise<string> {
  try {
    await run()
    return 'done'
  } catch (error) {
    if (isTertuliaError(error)) return error.code
    if (error instanceof Error && error.message === 'not seen') return 'not seen'
    throw error
  }
}

/** Runs for all, a few at a time: a call on a busy machine must not run into its time-out. */
async function forAll<T>(list: readonly T[], run: (one: T) => Promise<void>): Promise<void> {
  const left = list.values()
  const work = async () => {
    for (const one of left) await run(one)
  }
  await Promise.all(Array.from({ length: 6 }, work))
}

test.each<Visibility>(['private', 'shared', 'public'])(
  'who may do what: every role, action and state, as an oracle of its own says (a %s song)',
  { timeout: 300_000 },
  async (visibility) => {
    const wrong: string[] = []
    let cells = 0
    const [owner, lower, equal] = (await Promise.all([
      signUp('Owner'),
      signUp('Lower'),
      signUp('Equal'),
    ])) as [Person, Person, Person]
    // Links open while a song is not private; it becomes so afterwards.
    const song = await owner.tertulia.songs.create({
      content: `{title: ${word}}\n[Am]la`,
      visibility: 'shared',
    })
    await owner.tertulia.songs.tag(song.id, ['one', 'two'])
    const people: [Actor, Client][] = []
    await forAll(actors, async (actor) => {
      if (actor.state === 'nobody') people.push([actor, clientOf(connect())])
      else if (actor.state === 'owner') people.push([actor, clientOf(owner.supabase)])
      else {
        const person = await signUp(actor.name)
        if (actor.state !== 'stranger') await place(owner, person, song.id, actor)
        people.push([actor, clientOf(person.supabase)])
      }
    })
    await owner.tertulia.songs.update(song.id, { visibility })
    const { id: shareId } = await owner.tertulia.sharing.share(song.id, { userId: lower.id, role: 'view' })
    const ownersComments = createComments(createContext(owner.supabase))
    const scene: Scene = { songId: song.id, ownersComments, owner, lower, equal, shareId, version: 2 }
    for (const action of actions) {
      const attempt = async ([actor, client]: [Actor, Client]) => {
        const is = await outcome(() => perform[action](client, scene, actor))
        const should = expected(actor, action, visibility)
        cells++
        if (is !== should) wrong.push(`${actor.name}: ${action}: ${is} in place of ${should}`)
      }
      if (oneByOne.includes(action)) for (const one of people) await attempt(one)
      else await forAll(people, attempt)
    }
    console.info(`${cells} cells of role, action and state, ${wrong.length} of them wrong`)
    expect(wrong).toEqual([])
  },
)
