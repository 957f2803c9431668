import { expect, test, vi } from 'vitest'
import { createPhone, type Phone, signInOn, startApp } from '../support/app.ts'
import { faultyFetch } from '../support/fetch.ts'
import { type Person, signUp } from '../support/people.ts'
import { openProxy } from '../support/proxy.ts'
import { closing, live, until } from '../support/watching.ts'

async function pair() {
  const [ana, ben] = (await Promise.all([signUp('Ana'), signUp('Ben')])) as [Person, Person]
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  const contents = async () => {
    const { items } = await ben.tertulia.chat.listMessages(id, { limit: 200 })
    return items.map(({ content }) => content).reverse()
  }
  return { ana, ben, id, contents }
}

/** Ana's phone, on which she was signed in before, with a token that has ended since. */
async function phoneOf(person: Person): Promise<Phone> {
  const phone = createPhone()
  const first = startApp(phone)
  await signInOn(first, person)
  first.tertulia.close()
  phone.expire()
  return phone
}

const within = { timeout: 45_000, interval: 20 }

test.each([
  ['answers at once', false],
  ['answers later, as in React Native', true],
])(
  'after a start without a network, with a token that has ended and a storage that %s, a message waits and goes',
  async (_what, isAsync) => {
    const { ana, id, contents } = await pair()
    const phone = await phoneOf(ana)
    const proxy = await openProxy()
    proxy.block()
    const app = startApp(phone, { apiUrl: proxy.apiUrl, isAsync })
    const conversation = closing(app.tertulia.chat.openConversation(id))
    await expect(conversation.send({ content: 'from the tunnel' })).resolves.toMatchObject({
      status: 'sending',
    })
    expect(conversation.getSnapshot()).toMatchObject({ pending: [{ content: 'from the tunnel' }] })
    expect(conversation.getSnapshot().status).not.toBe('closed')
    expect(phone.keeps('from the tunnel')).toBe(true)
    proxy.restore()
    await vi.waitFor(async () => expect(await contents()).toEqual(['from the tunnel']), within)
    await until(conversation, ({ pending, messages }) => pending.length === 0 && messages.length === 1)
    await vi.waitFor(() => expect(phone.keeps('from the tunnel')).toBe(false))
  },
)

test('what was unsent before shows at the next start without a network, and goes after it in order', async () => {
  const { ana, id, contents } = await pair()
  const phone = await phoneOf(ana)
  const proxy = await openProxy()
  proxy.block()
  const first = startApp(phone, { apiUrl: proxy.apiUrl })
  await first.tertulia.chat.openConversation(id).send({ content: 'one' })
  first.tertulia.close()

  const second = startApp(phone, { apiUrl: proxy.apiUrl })
  const conversation = closing(second.tertulia.chat.openConversation(id))
  const { status } = await until(conversation, ({ pending }) => pending.length === 1)
  expect(status).not.toBe('closed')
  await conversation.send({ content: 'two' })
  const inbox = second.tertulia.chat.watchInbox()
  await vi.waitFor(() => expect(inbox.getSnapshot().unsent).toMatchObject({ waiting: 2, failed: 0 }))
  proxy.restore()
  await vi.waitFor(async () => expect(await contents()).toEqual(['one', 'two']), within)
  await vi.waitFor(() => expect(inbox.getSnapshot().unsent).toMatchObject({ waiting: 0, byConversation: {} }))
  inbox.close()
})

test.each([503, 0])('a message waits while Auth answers %i, and the session is not lost', async (status) => {
  const { ana, id, contents } = await pair()
  const phone = await phoneOf(ana)
  let isOff = true
  const app = startApp(phone, {
    timeoutMs: 500,
    fetch: faultyFetch((path) => {
      if (!isOff || path !== '/auth/v1/token') return 'pass'
      if (status === 0) throw new TypeError('fetch failed')
      return new Response('{}', { status })
    }),
  })
  const conversation = closing(app.tertulia.chat.openConversation(id))
  await conversation.send({ content: 'patient' })
  await until(conversation, (shown) => shown.status === 'offline' && shown.error?.retryable === true)
  expect(conversation.getSnapshot().pending).toMatchObject([{ content: 'patient', status: 'sending' }])
  isOff = false
  await vi.waitFor(async () => expect(await contents()).toEqual(['patient']), within)
})

test('a session that Auth refuses to refresh shows nothing of its user; the message stays, and goes at the next sign-in', async () => {
  const { ana, ben, id, contents } = await pair()
  const phone = await phoneOf(ana)
  let isOff = true
  const refusal = { code: 400, error_code: 'refresh_token_not_found', msg: 'Invalid Refresh Token' }
  const app = startApp(phone, {
    timeoutMs: 500,
    fetch: faultyFetch((path) => {
      if (path !== '/auth/v1/token') return 'pass'
      return isOff ? new Response('{}', { status: 503 }) : Response.json(refusal, { status: 400 })
    }),
  })
  const conversation = closing(app.tertulia.chat.openConversation(id))
  await conversation.send({ content: 'of Ana' })
  await until(conversation, ({ pending }) => pending.length === 1)
  isOff = false
  const { closeReason, pending } = await until(conversation, ({ status }) => status === 'closed')
  expect({ closeReason, pending }).toEqual({ closeReason: 'signed-out', pending: [] })
  await expect(app.tertulia.chat.listUnsent()).rejects.toMatchObject({ code: 'not_signed_in' })
  expect(phone.keeps('of Ana')).toBe(true)

  const bens = startApp(phone)
  await signInOn(bens, ben)
  const shownToBen = closing(bens.tertulia.chat.openConversation(id))
  await live(shownToBen)
  expect(shownToBen.getSnapshot().pending).toEqual([])
  expect(await bens.tertulia.chat.listUnsent()).toEqual([])
  expect(await contents()).toEqual([])
  await bens.supabase.auth.signOut({ scope: 'local' })
  await signInOn(bens, ana)
  await vi.waitFor(async () => expect(await contents()).toEqual(['of Ana']), within)
})

test('whoever is signed in on the other tab is the one whose messages show after an offline start', async () => {
  const { ana, ben, id } = await pair()
  const phone = await phoneOf(ana)
  const proxy = await openProxy()
  proxy.block()
  const first = startApp(phone, { apiUrl: proxy.apiUrl })
  await first.tertulia.chat.openConversation(id).send({ content: 'of Ana' })
  first.tertulia.close()
  // Another tab, with a network: Ana signs out, Ben signs in, and his token ends.
  const other = startApp(phone)
  await other.supabase.auth.signOut({ scope: 'local' })
  await signInOn(other, ben)
  other.tertulia.close()
  phone.expire()

  const again = startApp(phone, { apiUrl: proxy.apiUrl })
  const conversation = closing(again.tertulia.chat.openConversation(id))
  await conversation.send({ content: 'of Ben' })
  expect(conversation.getSnapshot().pending.map(({ content }) => content)).toEqual(['of Ben'])
  expect((await again.tertulia.chat.listUnsent()).map(({ content }) => content)).toEqual(['of Ben'])
})

test('where Auth keeps no session nothing is sent and nothing shows, though messages are kept', async () => {
  const { ana, id, contents } = await pair()
  const phone = await phoneOf(ana)
  const proxy = await openProxy()
  proxy.block()
  const first = startApp(phone, { apiUrl: proxy.apiUrl })
  await first.tertulia.chat.openConversation(id).send({ content: 'of Ana' })
  first.tertulia.close()
  phone.session.clear()
  proxy.restore()
  const app = startApp(phone, { apiUrl: proxy.apiUrl })
  const conversation = closing(app.tertulia.chat.openConversation(id))
  await expect(conversation.send({ content: 'of nobody' })).rejects.toMatchObject({ code: 'not_signed_in' })
  const { error, pending } = await until(conversation, ({ status }) => status === 'closed')
  expect({ code: error?.code, pending }).toEqual({ code: 'not_signed_in', pending: [] })
  expect(await contents()).toEqual([])
  expect(phone.keeps('of Ana')).toBe(true)
})

test('with a storage that is full the message is sent from memory', async () => {
  const { ana, id, contents } = await pair()
  const phone = await phoneOf(ana)
  const proxy = await openProxy()
  proxy.block()
  const full = () => {
    throw new DOMException('no more room', 'QuotaExceededError')
  }
  const app = startApp(phone, {
    apiUrl: proxy.apiUrl,
    storage: { getItem: () => null, setItem: full, removeItem: full },
  })
  const conversation = closing(app.tertulia.chat.openConversation(id))
  await conversation.send({ content: 'not stored' })
  expect(conversation.getSnapshot().pending).toHaveLength(1)
  proxy.restore()
  await vi.waitFor(async () => expect(await contents()).toEqual(['not stored']), within)
})
