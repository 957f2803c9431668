import type { KeyValueStorage } from 'tertulia/offline'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createScene, within } from './support.ts'

test.each([
  ['a valid session', false],
  ['an expired one', true],
])(
  'with %s and no network, what was seen shows, not confirmed; what is written goes once',
  async (_what, isExpired) => {
    const { ben, id, phone, proxy, start, visit } = await createScene()
    await visit()
    if (isExpired) phone.expire()
    proxy.block()
    const { tertulia } = start()
    const inbox = tertulia.chat.watchInbox()
    const conversation = tertulia.chat.openConversation(id)
    await vi.waitFor(() => {
      expect(inbox.getSnapshot()).toMatchObject({
        loaded: true,
        confirmed: false,
        unread: 3,
        hasMore: false,
        items: [{ counterpart: { displayName: 'Ben' }, lastMessage: { content: 'three' }, unread: 3 }],
      })
      expect(conversation.getSnapshot()).toMatchObject({
        confirmed: false,
        messages: [{ content: 'one' }, { content: 'two' }, { content: 'three' }],
        conversation: { participants: [{}, {}], createdAt: expect.any(Date) },
        hasOlder: false,
      })
    }, within)
    await conversation.send({ content: 'from the tunnel' })
    expect(conversation.getSnapshot().pending).toMatchObject([{ content: 'from the tunnel' }])
    proxy.restore()
    await vi.waitFor(
      () => {
        expect(conversation.getSnapshot()).toMatchObject({ confirmed: true, status: 'live', pending: [] })
        expect(conversation.getSnapshot().messages.map(({ content }) => content)).toEqual([
          'one',
          'two',
          'three',
          'from the tunnel',
        ])
        expect(inbox.getSnapshot()).toMatchObject({
          confirmed: true,
          items: [{ lastMessage: { content: 'from the tunnel' } }],
        })
      },
      { ...within, timeout: 45_000 },
    )
    const { items } = await ben.tertulia.chat.listMessages(id)
    expect(items).toHaveLength(4)
  },
)

/** React Native's AsyncStorage and expo-sqlite/kv-store: classes whose functions answer later. */
class LaterStorage {
  readonly #items = new Map<string, string>()
  async getItem(key: string): Promise<string | null> {
    await new Promise((resolve) => setTimeout(resolve, 5))
    return this.#items.get(key) ?? null
  }
  async setItem(key: string, value: string): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 5))
    this.#items.set(key, value)
  }
  async removeItem(key: string): Promise<void> {
    this.#items.delete(key)
  }
}

/** react-native-mmkv: other names, and undefined for what is not there. */
function mmkvStorage(): KeyValueStorage {
  const items = new Map<string, string>()
  const mmkv = {
    getString: (key: string): string | undefined => items.get(key),
    set: (key: string, value: string) => void items.set(key, value),
    delete: (key: string) => void items.delete(key),
  }
  return {
    getItem: (key) => mmkv.getString(key) ?? null,
    setItem: (key, value) => mmkv.set(key, value),
    removeItem: (key) => mmkv.delete(key),
  }
}

test.each<[string, () => KeyValueStorage]>([
  ['AsyncStorage and expo-sqlite/kv-store', () => new LaterStorage()],
  ['MMKV', mmkvStorage],
])('a storage of the shape of %s keeps the copies, without Web Locks', async (_what, make) => {
  vi.stubGlobal('navigator', undefined)
  onTestFinished(() => void vi.unstubAllGlobals())
  const { id, proxy, start } = await createScene()
  const storage = make()
  const first = start({ storage })
  const handles = [first.tertulia.chat.watchInbox(), first.tertulia.chat.openConversation(id)]
  await vi.waitFor(() => {
    for (const handle of handles) expect(handle.getSnapshot().status).toBe('live')
  }, within)
  first.tertulia.close()
  await new Promise((resolve) => setTimeout(resolve, 200))
  proxy.block()
  const { tertulia } = start({ storage })
  const inbox = tertulia.chat.watchInbox()
  const conversation = tertulia.chat.openConversation(id)
  await vi.waitFor(() => {
    expect(inbox.getSnapshot()).toMatchObject({ confirmed: false, items: [{ unread: 3 }] })
    expect(conversation.getSnapshot()).toMatchObject({ confirmed: false, messages: [{}, {}, {}] })
  }, within)
})
