import { createClient } from '@supabase/supabase-js'
import { createElement } from 'react'
import { type ConversationSnapshot, createTertulia, type OpenConversation, type Tertulia } from 'tertulia'
import { type Chat, createChat, createContext } from 'tertulia/chat'
import {
  type Live,
  TertuliaProvider,
  useConversation,
  useDirect,
  useInbox,
  useTertulia,
} from 'tertulia/react'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { Room } from '../../examples/react/room.tsx'
import { connect, type Person, signUp } from '../support/people.ts'
import { mount, openPage, page, poll, show } from './show.ts'

openPage()

type Seen = Live<ConversationSnapshot, OpenConversation>

const showRoom = (tertulia: { chat: Chat }, id: string | null) =>
  show((id: string | null) => useConversation(id), tertulia, id)
const status = ({ now }: { now: () => Seen }) => now()?.snapshot?.status

/** Sends, and waits until it is there: `send` answers once the message is kept. */
async function say({ now }: { now: () => Seen }, content: string): Promise<void> {
  await now().handle?.send({ content })
  await poll(() => {
    const { messages = [], pending = [] } = now().snapshot ?? {}
    return pending.length === 0 && messages.some((message) => message.content === content)
  }).toBe(true)
}

const password = 'correct-horse-battery'
const signIn = (supabase: Person['supabase'], { email }: Person) =>
  supabase.auth.signInWithPassword({ email, password })

async function pair() {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  return { ana, ben, id }
}

describe('a provider with another client', () => {
  test('has what is open opened on that one: a message is sent as its user', async () => {
    const { ana, ben, id } = await pair()
    const room = showRoom(ana.tertulia, id)
    await poll(() => status(room)).toBe('live')
    const before = room.now().handle
    room.render(ben.tertulia, id)
    await poll(() => room.now().handle !== before && status(room)).toBe('live')
    expect(before?.getSnapshot().status).toBe('closed')
    await say(room, 'as Ben')
    const { items } = await ana.tertulia.chat.listMessages(id)
    expect(items.map(({ senderId, content }) => [senderId, content])).toEqual([[ben.id, 'as Ben']])
  })

  test('never shows what the client before saw, not even once', async () => {
    const { ana, id } = await pair()
    await ana.tertulia.chat.send(id, { content: 'for the two of us' })
    const stranger = await signUp('Cleo')
    const room = showRoom(ana.tertulia, id)
    await poll(() => room.now().snapshot?.messages.length).toBe(1)
    const shown: unknown[] = []
    const { render } = room
    render(stranger.tertulia, id)
    await poll(() => {
      const { snapshot, error } = room.now()
      if (error?.code !== 'conversation_not_found') shown.push(snapshot?.messages.length ?? 0)
      return error?.code
    }).toBe('conversation_not_found')
    expect(shown.filter((count) => count !== 0 && count !== 1)).toEqual([])
    expect(room.now().snapshot?.messages).toEqual([])
  })
})

describe('a hook that is mounted before anybody signed in', () => {
  test.each(['a conversation', 'a direct conversation', 'the inbox'])('opens %s after it', async (what) => {
    const { ana, ben, id } = await pair()
    const supabase = connect()
    const shown = show(
      () => {
        const room = useConversation(what === 'a conversation' ? id : null)
        const direct = useDirect(what === 'a direct conversation' ? ben.id : null)
        const inbox = useInbox()
        return { 'a conversation': room, 'a direct conversation': direct, 'the inbox': inbox }[what]
      },
      createTertulia(supabase),
      null,
    )
    await poll(() => shown.now()?.error?.code).toBe('not_signed_in')
    await signIn(supabase, ana)
    await poll(() => shown.now()?.snapshot?.status).toBe('live')
    expect(shown.now()?.error).toBeNull()
  })

  test('follows every user after: out, in as the same, in as another', async () => {
    const { ana, ben, id } = await pair()
    const supabase = connect()
    const room = showRoom(createTertulia(supabase), id)
    await poll(() => room.now()?.error?.code).toBe('not_signed_in')
    for (const [turn, person] of [ana, ben, ben, ana].entries()) {
      await signIn(supabase, person)
      await poll(() => status(room)).toBe('live')
      await say(room, `turn ${turn}`)
      await supabase.auth.signOut({ scope: 'local' })
      await poll(() => status(room)).toBe('closed')
      expect(room.now().snapshot).toMatchObject({ closeReason: 'signed-out', messages: [] })
    }
    // And straight from one to the other.
    await signIn(supabase, ana)
    await poll(() => status(room)).toBe('live')
    const before = room.now().handle
    await signIn(supabase, ben)
    await poll(() => room.now().handle !== before && status(room)).toBe('live')
    await say(room, 'last')
    const { items } = await ana.tertulia.chat.listMessages(id)
    expect(items.reverse().map(({ senderId }) => senderId)).toEqual([ana.id, ben.id, ben.id, ana.id, ben.id])
  })
})

describe('an error', () => {
  test.each([
    ['an id that is no UUID', 'not-an-id', 'invalid_input'],
    ['an id of no conversation', crypto.randomUUID(), 'conversation_not_found'],
  ])('says why %s does not open, and no rejection is left', async (_what, id, code) => {
    const rejections: unknown[] = []
    const heard = (reason: unknown) => rejections.push(reason)
    process.on('unhandledRejection', heard)
    onTestFinished(() => void process.off('unhandledRejection', heard))
    const { tertulia } = await signUp()
    const room = showRoom(tertulia, id)
    await poll(() => room.now()?.error?.code).toBe(code)
    expect(room.now().error?.retryable).toBe(false)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(rejections).toEqual([])
  })

  test('is one: that of the snapshot while it is offline, none once it is live', async () => {
    const { ana, id } = await pair()
    let blocked = true
    const supabase = createClient(inject('stack').apiUrl, inject('stack').publishableKey, {
      auth: { persistSession: false, autoRefreshToken: false },
      global: {
        fetch: (input, init) =>
          blocked && String(input).includes('/rest/')
            ? Promise.reject(new TypeError('fetch failed'))
            : fetch(input, init),
      },
    })
    onTestFinished(async () => void (await supabase.realtime.disconnect()))
    await signIn(supabase, ana)
    const room = showRoom(createTertulia(supabase), id)
    await poll(() => room.now()?.error?.code).toBe('unreachable')
    expect(room.now().error).toBe(room.now().snapshot?.error)
    blocked = false
    await poll(() => status(room)).toBe('live')
    expect(room.now().error).toBeNull()
  })

  test('is gone when it is opened again and that succeeds', async () => {
    const { ana, id } = await pair()
    const { tertulia } = ana
    const wrong = crypto.randomUUID()
    const room = showRoom(tertulia, wrong)
    await poll(() => room.now()?.error?.code).toBe('conversation_not_found')
    room.render(tertulia, id)
    await poll(() => status(room)).toBe('live')
    room.now().handle?.close()
    await poll(() => status(room)).toBe('closed')
    expect(room.now().error).toBeNull()
    room.now().reopen()
    await poll(() => status(room)).toBe('live')
  })
})

describe('strict mode', () => {
  test('opens one handle, and none is left once the component is gone', async () => {
    const { ana, id } = await pair()
    const opened: OpenConversation[] = []
    const counting: Tertulia = {
      ...ana.tertulia,
      chat: {
        ...ana.tertulia.chat,
        openConversation(wanted) {
          const handle = ana.tertulia.chat.openConversation(wanted)
          opened.push(handle)
          return handle
        },
      },
    }
    const room = showRoom(counting, id)
    await poll(() => status(room)).toBe('live')
    expect(opened.length).toBe(1)
    room.unmount()
    await poll(() => opened.map((handle) => handle.getSnapshot().status)).toEqual(['closed'])
    await poll(() => ana.supabase.getChannels()).toEqual([])
  })
})

describe("the README's example", () => {
  test.each(['not-an-id', crypto.randomUUID()])('says what is wrong with the id %s', async (id) => {
    const { tertulia } = await signUp()
    const { element } = mount(createElement(TertuliaProvider, { tertulia }, createElement(Room, { id })))
    await poll(() => element.textContent).toMatch(/^unable to/)
  })

  test('sends a message and shows it', async () => {
    const { ana, id } = await pair()
    const { element } = mount(
      createElement(TertuliaProvider, { tertulia: ana.tertulia }, createElement(Room, { id })),
    )
    await poll(() => element.textContent).toContain('live')
    page.document.body.append(element)
    element.querySelector('button')?.click()
    await poll(() => element.textContent).toContain('liveHello')
    element.remove()
  })
})

test('chat alone is enough for the provider and the hooks', async () => {
  const { ana, id } = await pair()
  const chat = createChat(createContext(ana.supabase))
  const room = show(
    (id: string) => {
      expect(useTertulia<{ chat: Chat }>().chat).toBe(chat)
      return useConversation(id)
    },
    { chat },
    id,
  )
  await poll(() => status(room)).toBe('live')
})
