import { type CacheOptions, createCache, type KeyValueStorage } from 'tertulia/offline'
import { inject, vi } from 'vitest'
import { createPhone, type Phone, type StartedApp, signInOn, startApp, storageOver } from '../support/app.ts'
import { type Person, signUp } from '../support/people.ts'
import { openProxy, type Proxy as Way } from '../support/proxy.ts'

/** Ana, Ben, their direct conversation with three messages, and Ana's phone, on which she is signed in. */
export interface Scene {
  ana: Person
  ben: Person
  id: string
  phone: Phone
  proxy: Way
  /** The stack's own address, which the proxy stands before. */
  direct: string
  /** What the cache stores. */
  items: Map<string, string>
  storage: KeyValueStorage
  /** Starts the app on Ana's phone. */
  start(options?: CacheOptions & { storage?: KeyValueStorage; onOperation?: () => void }): StartedApp
  /** Opens the inbox and the conversation once with a network, and ends the app when both are kept. */
  visit(): Promise<void>
}

export async function createScene(): Promise<Scene> {
  const [ana, ben] = (await Promise.all([signUp('Ana'), signUp('Ben')])) as [Person, Person]
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  for (const content of ['one', 'two', 'three']) await ben.tertulia.chat.send(id, { content })
  const phone = createPhone()
  const proxy = await openProxy()
  const items = new Map<string, string>()
  const storage = storageOver(items)
  const start: Scene['start'] = ({ storage: other = storage, onOperation, ...options } = {}) =>
    startApp(phone, { apiUrl: proxy.apiUrl, cache: createCache(other, options), onOperation })
  const scene: Scene = {
    ana,
    ben,
    id,
    phone,
    proxy,
    direct: inject('stack').apiUrl,
    items,
    storage,
    start,
    async visit() {
      const app = start()
      const inbox = app.tertulia.chat.watchInbox()
      const conversation = app.tertulia.chat.openConversation(id)
      await vi.waitFor(() => {
        if (inbox.getSnapshot().status !== 'live' || conversation.getSnapshot().status !== 'live')
          throw new Error('not live')
      }, within)
      app.tertulia.close()
      await vi.waitFor(() => {
        if (items.size < 3) throw new Error(`only ${[...items.keys()]}`)
      }, within)
    },
  }
  const first = startApp(phone, { apiUrl: proxy.apiUrl })
  await signInOn(first, ana)
  first.tertulia.close()
  return scene
}

export const within = { timeout: 20_000, interval: 20 }
