import { createTertulia } from 'tertulia'
import { createChat, createContext } from 'tertulia/chat'
import { provideTertulia, useConversation, useDirect, useInbox, useNotices, useSong } from 'tertulia/vue'
import { expect, onTestFinished, test } from 'vitest'
import { createRenderer, defineComponent, effectScope, h, nextTick, ref } from 'vue'
import { connect, type Person, signUp } from '../support/people.ts'

/** What is waited for has 15 s, as everywhere. */
const poll = <T>(look: () => T) => expect.poll(look, { timeout: 15_000 })

// Vue without a page: components are set up and unmounted as everywhere, and draw nothing.
const { createApp } = createRenderer<object, object>({
  createElement: () => ({}),
  createText: () => ({}),
  createComment: () => ({}),
  setText() {},
  setElementText() {},
  insert() {},
  remove() {},
  patchProp() {},
  parentNode: () => null,
  nextSibling: () => null,
})

/** Runs a composable in a component below one that provides the client. */
function show<T>(tertulia: Parameters<typeof provideTertulia>[0], use: () => T) {
  let seen: T | undefined
  let failure: unknown
  const Child = defineComponent({
    setup() {
      seen = use()
      return () => null
    },
  })
  const app = createApp(
    defineComponent({
      setup() {
        provideTertulia(tertulia)
        return () => h(Child)
      },
    }),
  )
  app.config.errorHandler = (error) => {
    failure = error
  }
  app.mount({})
  let isMounted = true
  const unmount = () => {
    if (isMounted) app.unmount()
    isMounted = false
  }
  onTestFinished(unmount)
  if (failure) throw failure
  return { seen: seen as T, unmount }
}

const signIn = (supabase: Person['supabase'], { email }: Person) =>
  supabase.auth.signInWithPassword({ email, password: 'correct-horse-battery' })

test('a conversation is open while its component is there, another one when the id changes, none when it is null', async () => {
  const [ana, ben, eve] = await Promise.all([signUp('Ana'), signUp('Ben'), signUp('Eve')])
  const first = await ana.tertulia.chat.getDirect(ben.id)
  const second = await ana.tertulia.chat.getDirect(eve.id)
  await ana.tertulia.chat.send(first.id, { content: 'a Ben' })
  const id = ref<string | null>(first.id)
  const { seen, unmount } = show(ana.tertulia, () => useConversation(id))
  await poll(() => seen.snapshot.value?.messages.map(({ content }) => content)).toEqual(['a Ben'])
  const before = seen.handle.value
  id.value = second.id
  await nextTick()
  expect(seen.snapshot.value?.messages ?? []).toEqual([])
  await poll(() => seen.snapshot.value?.status).toBe('live')
  expect(before?.getSnapshot().status).toBe('closed')
  await seen.handle.value?.send({ content: 'a Eve' })
  await poll(() => seen.snapshot.value?.messages.length).toBe(1)
  const last = seen.handle.value
  id.value = null
  await nextTick()
  expect([seen.snapshot.value, last?.getSnapshot().status]).toEqual([null, 'closed'])
  id.value = first.id
  await poll(() => seen.snapshot.value?.status).toBe('live')
  const open = seen.handle.value
  unmount()
  expect(open?.getSnapshot().status).toBe('closed')
})

test('what cannot be opened shows its error, and an id that is not one throws nothing', async () => {
  const ana = await signUp('Ana')
  const { seen } = show(ana.tertulia, () => ({
    wrong: useConversation('no-id'),
    others: useConversation(crypto.randomUUID()),
    nobody: useDirect(crypto.randomUUID()),
    song: useSong(crypto.randomUUID()),
  }))
  await poll(() => seen.wrong.error.value?.code).toBe('invalid_input')
  await poll(() => seen.others.error.value?.code).toBe('conversation_not_found')
  await poll(() => seen.nobody.error.value?.code).toBe('profile_not_found')
  await poll(() => seen.song.error.value?.code).toBe('song_not_found')
})

test('what was mounted before anybody signed in opens after it, and follows another user', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  await ana.tertulia.chat.send(id, { content: 'hola' })
  const supabase = connect()
  const { seen } = show(createTertulia(supabase), () => ({ inbox: useInbox(), notices: useNotices() }))
  await poll(() => seen.inbox.error.value?.code).toBe('not_signed_in')
  await signIn(supabase, ben)
  await poll(() => seen.inbox.snapshot.value?.unread).toBe(1)
  await poll(() => seen.notices.snapshot.value?.status).toBe('live')
  await signIn(supabase, ana)
  await poll(() => [seen.inbox.snapshot.value?.status, seen.inbox.snapshot.value?.unread]).toEqual([
    'live',
    0,
  ])
})

test('what one user may not open opens when a user signs in who may', async () => {
  const [ana, ben, eve] = await Promise.all([signUp('Ana'), signUp('Ben'), signUp('Eve')])
  const { id } = await eve.tertulia.chat.getDirect(ben.id)
  await eve.tertulia.chat.send(id, { content: 'for Ben' })
  const supabase = connect()
  await signIn(supabase, ana)
  const { seen } = show(createTertulia(supabase), () => useConversation(id))
  await poll(() => seen.error.value?.code).toBe('conversation_not_found')
  await signIn(supabase, ben)
  await poll(() => seen.snapshot.value?.messages.map(({ content }) => content)).toEqual(['for Ben'])
})

test('an app of chat alone provides chat alone, and another composable says what is missing', async () => {
  const ana = await signUp('Ana')
  const chat = createChat(createContext(ana.supabase))
  const { seen } = show({ chat }, () => useInbox())
  await poll(() => seen.snapshot.value?.status).toBe('live')
  expect(() => show({ chat }, () => useSong(null))).toThrow('unable to find songs')
  expect(() => effectScope().run(() => useInbox())).toThrow()
})
