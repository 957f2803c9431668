import { createElement, memo } from 'react'
import { createTertulia, type Message, type OpenConversation } from 'tertulia'
import { createCircles } from 'tertulia/circles'
import { createComments } from 'tertulia/comments'
import {
  TertuliaProvider,
  useAttachmentUrl,
  useCircle,
  useComments,
  useConversation,
  useFavorites,
  useInbox,
  useMe,
  useMessageSearch,
  useMessages,
  useNotices,
  usePeopleSearch,
  usePresence,
  useProfile,
  useSetlist,
  useShares,
  useSong,
  useSongSearch,
  useStats,
  useTertulia,
  useTyping,
  useUnread,
} from 'tertulia/react'
import { createContext, createSetlists } from 'tertulia/setlists'
import { expect, test, vi } from 'vitest'
import { connect, type Person, signInAgain, signUp } from '../support/people.ts'
import { mount, openPage, poll, show } from './show.ts'

openPage()

const signIn = (supabase: Person['supabase'], { email }: Person) =>
  supabase.auth.signInWithPassword({ email, password: 'correct-horse-battery' })

/** Somebody whose requests for a search with some words wait until they are let through. */
async function signUpHeld(words: string) {
  const ana = await signUp('Ana')
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const aborted: string[] = []
  const device = await signInAgain(ana, {
    async fetch(input, init) {
      const body = String(init?.body ?? '')
      if (String(input).includes('search_songs') && body.includes(words)) {
        init?.signal?.addEventListener('abort', () => aborted.push(words))
        await released
      }
      return fetch(input, init)
    },
  })
  return { ana: device, release, aborted }
}

test('a search as one types shows the newest query’s songs alone, however late an older answer comes', async () => {
  const slow = crypto.randomUUID().slice(0, 8)
  const fast = crypto.randomUUID().slice(0, 8)
  const { ana, release, aborted } = await signUpHeld(slow)
  for (const title of [`${slow} lenta`, `${fast} rápida`])
    await ana.tertulia.songs.create({ title, content: 'la' })
  const shown: string[] = []
  const search = show(
    (query: string) => {
      const found = useSongSearch(query, { delay: 10 })
      for (const { title } of found.items) shown.push(title)
      return found
    },
    ana.tertulia,
    slow,
  )
  await poll(() => search.now().loading).toBe(true)
  await new Promise((resolve) => setTimeout(resolve, 100))
  search.render(ana.tertulia, fast)
  await poll(() => search.now().items.map(({ title }) => title)).toEqual([`${fast} rápida`])
  expect(search.now().loading).toBe(false)
  expect(aborted).toEqual([slow])
  release()
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(new Set(shown)).toEqual(new Set([`${fast} rápida`]))
})

test('a search asks once for a word that is typed letter by letter, and says what it was corrected to', async () => {
  const ana = await signUp('Ana')
  const onOperation = vi.fn()
  const tertulia = createTertulia(ana.supabase, { onOperation })
  const word = `atardecer${crypto
    .randomUUID()
    .replaceAll(/[^a-f]/g, '')
    .slice(0, 4)}`
  await tertulia.songs.create({ title: word, content: 'la', visibility: 'public' })
  onOperation.mockClear()
  const search = show((query: string) => useSongSearch(query, { delay: 300 }), tertulia, 'c' as string)
  const typed = `atardexer${word.slice(9)}`
  for (let length = 2; length <= typed.length; length++) search.render(tertulia, typed.slice(0, length))
  await poll(() => search.now().items.map(({ title }) => title)).toEqual([word])
  expect(search.now().first?.didYouMean).toBe(word)
  expect(onOperation.mock.calls.map(([{ operation }]) => operation)).toEqual(['songs.search'])
})

test('a watched setlist shows what others change, and nothing once it is gone', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const [anas, bens] = [ana, ben].map(({ supabase }) => createSetlists(createContext(supabase)))
  const { id } = await anas!.create({ title: 'Friday' })
  const share = await ana.tertulia.sharing.share({ setlistId: id }, { userId: ben.id, role: 'view' })
  await ben.tertulia.sharing.accept(share.id)
  const watched = show((key: string) => useSetlist(key), { ...ben.tertulia, setlists: bens! }, id)
  await poll(() => watched.now().snapshot?.setlist?.title).toBe('Friday')
  expect(watched.now().snapshot?.role).toBe('view')
  await anas!.update(id, { title: 'Saturday' })
  await poll(() => watched.now().snapshot?.setlist?.title).toBe('Saturday')
  await ana.tertulia.sharing.revoke(share.id)
  await poll(() => watched.now().snapshot).toMatchObject({ closeReason: 'removed', setlist: null })
})

test('a watched circle and the comments of a song show what others do, and end with the membership', async () => {
  const [ana, ben] = (await Promise.all([signUp('Ana'), signUp('Ben')])) as [Person, Person]
  const [anas, bens] = [ana, ben].map(({ supabase }) => ({
    circles: createCircles(createContext(supabase)),
    comments: createComments(createContext(supabase)),
  }))
  const { id } = await anas!.circles.create({ name: 'Band' })
  const song = await ana.tertulia.songs.create({ title: 'Zamba', content: 'la' })
  await anas!.circles.share(id, song.id, { role: 'view' })
  await bens!.circles.acceptInvitation({ token: (await anas!.circles.createLink(id)).token })
  const circle = show((key: string) => useCircle(key), { ...ben.tertulia, ...bens! }, id)
  const comments = show((key: string) => useComments(key), { ...ben.tertulia, ...bens! }, song.id)
  await poll(() => circle.now().snapshot?.circle?.members.length).toBe(2)
  await poll(() => comments.now().snapshot?.status).toBe('live')
  await anas!.comments.add(song.id, { content: 'Slower?' })
  await poll(() => comments.now().snapshot?.comments.map(({ content }) => content)).toEqual(['Slower?'])
  await anas!.circles.rename(id, 'Choir')
  await poll(() => circle.now().snapshot?.circle?.name).toBe('Choir')
  await anas!.circles.removeMember(id, ben.id)
  await poll(() => circle.now().snapshot).toMatchObject({ closeReason: 'removed', circle: null })
  await poll(() => comments.now().snapshot).toMatchObject({ closeReason: 'removed', comments: [] })
})

test('pages are appended one at a time, each item once, and end', async () => {
  const ana = await signUp('Ana')
  for (const title of ['Uno', 'Dos', 'Tres', 'Cuatro', 'Cinco']) {
    const { id } = await ana.tertulia.songs.create({ title, content: 'la' })
    await ana.tertulia.songs.favorite(id)
  }
  const onOperation = vi.fn()
  const tertulia = createTertulia(ana.supabase, { onOperation })
  const favorites = show(() => useFavorites({ limit: 2 }), tertulia, undefined)
  await poll(() => favorites.now().items.length).toBe(2)
  for (const wanted of [4, 5]) {
    expect(favorites.now().hasMore).toBe(true)
    favorites.now().loadMore()
    favorites.now().loadMore()
    await poll(() => favorites.now().items.length).toBe(wanted)
  }
  expect(favorites.now()).toMatchObject({ hasMore: false, loading: false, error: null })
  expect(favorites.now().items.map(({ title }) => title)).toEqual(['Cinco', 'Cuatro', 'Tres', 'Dos', 'Uno'])
  expect(onOperation).toHaveBeenCalledTimes(3)
})

test('what one user saw is not shown to the next, and a visitor has no profile of their own', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const supabase = connect()
  const tertulia = createTertulia(supabase)
  const names: (string | undefined)[] = []
  const me = show(
    () => {
      const answer = useMe()
      names.push(answer.data?.displayName)
      return answer
    },
    tertulia,
    undefined,
  )
  await poll(() => me.now()).toMatchObject({ data: null, error: null, loading: false })
  await signIn(supabase, ana)
  await poll(() => me.now().data?.displayName).toBe('Ana')
  const before = names.length
  await signIn(supabase, ben)
  await poll(() => me.now().data?.displayName).toBe('Ben')
  expect(names.slice(before).filter((name) => name === 'Ana').length).toBeLessThanOrEqual(2)
  await supabase.auth.signOut()
  await poll(() => me.now().data).toBeNull()
})

test('an answer is asked again by reload, keeps what it had when that fails, and shows what a server rendered first', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const initial = await ana.tertulia.profiles.get(ben.id)
  const names: (string | undefined)[] = []
  const profile = show(
    (id: string) => {
      const answer = useProfile(id, { initial: { ...initial, displayName: 'rendered' } })
      names.push(answer.data?.displayName)
      return answer
    },
    ana.tertulia,
    ben.id,
  )
  await poll(() => profile.now()).toMatchObject({ data: { displayName: 'Ben' }, loading: false })
  expect(names).toContain('rendered')
  await poll(() => profile.now().data?.displayName).toBe('Ben')
  await ben.tertulia.profiles.update({ displayName: 'Benito' })
  profile.now().reload()
  await poll(() => profile.now().data?.displayName).toBe('Benito')
  await ana.supabase.auth.signOut()
  await poll(() => profile.now().error?.code).toBe('not_signed_in')
  profile.render(ana.tertulia, 'no-id')
  await poll(() => profile.now().error?.code).toBe('invalid_input')
  expect(profile.now().data).toBeNull()
})

/** How often the components below rendered. */
const rendered = { rows: 0, lists: 0, handle: null as OpenConversation | null }
const Row = memo(({ message }: { message: Message }) => {
  rendered.rows++
  return createElement('p', null, message.content)
})
const List = memo(({ conversation }: { conversation: OpenConversation | null }) => {
  rendered.lists++
  return useMessages(conversation).map((message) => createElement(Row, { key: message.id, message }))
})
const Words = memo(({ conversation }: { conversation: OpenConversation | null }) =>
  createElement('i', null, `${useTyping(conversation).length} ${usePresence(conversation).length}`),
)
function Room({ id }: { id: string }) {
  const { handle } = useConversation(id)
  rendered.handle = handle
  return [
    createElement(List, { key: 'list', conversation: handle }),
    createElement(Words, { key: 'words', conversation: handle }),
  ]
}

test('typing, presence and receipts of others render no list of messages, and a new message renders one row', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  for (let n = 0; n < 30; n++) await ben.tertulia.chat.send(id, { content: `n ${n}` })
  Object.assign(rendered, { rows: 0, lists: 0 })
  const { element } = mount(
    createElement(TertuliaProvider, { tertulia: ana.tertulia }, createElement(Room, { id })),
  )
  await poll(() => element.querySelectorAll('p').length).toBe(30)
  await poll(() => rendered.handle?.getSnapshot().status).toBe('live')
  expect(rendered.rows).toBe(30)
  const { lists } = rendered
  const his = ben.tertulia.chat.openConversation(id)
  await vi.waitFor(() => expect(his.getSnapshot().status).toBe('live'), 15_000)
  await poll(() => element.querySelector('i')?.textContent).toBe('0 1')
  his.setTyping(true)
  await poll(() => element.querySelector('i')?.textContent).toBe('1 1')
  await his.markRead()
  expect(rendered).toMatchObject({ rows: 30, lists })
  await his.send({ content: 'nuevo' })
  await poll(() => element.querySelectorAll('p').length).toBe(31)
  expect(rendered.rows).toBe(31)
  his.close()
})

test('what a server rendered for one user is shown neither to the next nor for another profile', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const initial = { ...(await ana.tertulia.profiles.get(ben.id)), displayName: 'rendered' }
  const supabase = connect()
  await signIn(supabase, ana)
  const tertulia = createTertulia(supabase)
  const names: unknown[] = []
  const profile = show(
    (id: string) => {
      const answer = useProfile(id, { initial })
      names.push(answer.data?.displayName)
      return answer
    },
    tertulia,
    ben.id,
  )
  await poll(() => profile.now()?.data?.displayName).toBe('Ben')
  names.length = 0
  profile.render(tertulia, ana.id)
  await poll(() => profile.now().data?.displayName).toBe('Ana')
  await signIn(supabase, ben)
  await poll(() => profile.now().loading).toBe(false)
  await supabase.auth.signOut()
  await poll(() => profile.now().data).toBeNull()
  expect(names).not.toContain('rendered')
})

test('what one user may not open opens when a user signs in who may', async () => {
  const [ana, ben, eve] = await Promise.all([signUp('Ana'), signUp('Ben'), signUp('Eve')])
  const { id } = await eve.tertulia.chat.getDirect(ben.id)
  await eve.tertulia.chat.send(id, { content: 'for Ben' })
  const supabase = connect()
  await signIn(supabase, ana)
  const room = show(() => useConversation(id), createTertulia(supabase), undefined)
  await poll(() => room.now()?.error?.code).toBe('conversation_not_found')
  await signIn(supabase, ben)
  await poll(() => room.now().snapshot?.messages.map(({ content }) => content)).toEqual(['for Ben'])
  // Nor does Ben's stay when Ana is back.
  await signIn(supabase, ana)
  await poll(() => room.now().error?.code).toBe('conversation_not_found')
  expect(room.now().snapshot?.messages ?? []).toEqual([])
})

test('a selector may make a new object each time', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  const room = show(
    () => useMessages(useConversation(id).handle, ({ messages }) => ({ count: messages.length })),
    ana.tertulia,
    undefined,
  )
  await poll(() => room.now()).toEqual({ count: 0 })
  await ben.tertulia.chat.send(id, { content: 'hola' })
  await poll(() => room.now()).toEqual({ count: 1 })
})

test('components share one inbox, which is there until the last of them is gone', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  const watchInbox = vi.spyOn(ana.tertulia.chat, 'watchInbox')
  const one = show(() => useInbox(), ana.tertulia, undefined)
  await poll(() => one.now().snapshot?.status).toBe('live')
  const unread = show(() => useUnread(), ana.tertulia, undefined)
  await ben.tertulia.chat.send(id, { content: 'hola' })
  await poll(() => unread.now()).toBe(1)
  expect(watchInbox).toHaveBeenCalledTimes(1)
  const [inbox] = watchInbox.mock.results.map(({ value }) => value)
  one.unmount()
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(inbox.getSnapshot().status).toBe('live')
  unread.unmount()
  await poll(() => inbox.getSnapshot().status).toBe('closed')
})

test('songs, notices, shares, figures, people and messages have hooks', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id: songId } = await ben.tertulia.songs.create({
    title: 'Luna',
    content: 'la',
    visibility: 'public',
  })
  await ben.tertulia.sharing.share(songId, { userId: ana.id, role: 'admin' })
  const [offer] = (await ana.tertulia.sharing.listReceived()).items
  await ana.tertulia.sharing.accept(offer?.id ?? '')
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  const mark = `m${crypto.randomUUID().slice(0, 8)}`
  await ben.tertulia.chat.send(id, { content: `hola ${mark}` })
  const file = new Blob(['uno'], { type: 'text/plain' })
  const { path } = await ana.tertulia.chat.uploadAttachment(id, file, { name: 'uno.txt' })
  const shown = show(
    () => ({
      all: useTertulia(),
      song: useSong(songId),
      notices: useNotices(),
      shares: useShares(songId),
      stats: useStats(songId),
      people: usePeopleSearch(mark),
      messages: useMessageSearch(mark, { filters: { conversationId: id } }),
      url: useAttachmentUrl(path),
      none: useStats(null),
    }),
    ana.tertulia,
    undefined,
  )
  await poll(() => shown.now().song.snapshot?.song?.title).toBe('Luna')
  await poll(() => shown.now().notices.snapshot?.unread).toBe(1)
  await poll(() => shown.now().shares.items.map(({ role }) => role)).toEqual(['admin'])
  await poll(() => shown.now().stats.data?.viewCount).toBe(0)
  await poll(() => shown.now().people.first?.items).toEqual([])
  await poll(() => shown.now().messages.items.map(({ content }) => content)).toEqual([`hola ${mark}`])
  await poll(() => shown.now().url.data).toBeTruthy()
  expect(await (await fetch(shown.now().url.data ?? '')).text()).toBe('uno')
  expect(shown.now().none).toMatchObject({ data: null, error: null, loading: false })
})
