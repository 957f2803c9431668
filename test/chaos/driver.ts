import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { createContacts, createContext, type WatchedRequests } from '../../src/chat/contacts/index.ts'
import { inTurn } from '../../src/core/in-turn.ts'
import {
  type Conversation,
  createTertulia,
  type KeyValueStorage,
  type LiveInbox,
  type Message,
  type OpenConversation,
  type PendingMessage,
  type TertuliaOptions,
} from '../../src/index.ts'
import { createCache, type Refused } from '../../src/offline/index.ts'

/** What the suite uses of the SDK, in one place: when the SDK changes its shape, this file follows. */

/** A message as the suite compares it. */
export interface Row {
  id: string
  seq: number
  sender: string
  content: string
  edited: boolean
  deleted: boolean
  /** What it replies to, as it shows. */
  reply: string | null
  /** Who reacted with what. */
  reactions: [string, string[]][]
  /** What a system message tells: type, users, value. */
  told: string | null
}

export type Requests = WatchedRequests

/** What an open conversation shows. */
export interface Shown {
  status: string
  closeReason: string | null
  error: string | null
  lastSeq: number | null
  hasOlder: boolean
  hasNewer: boolean
  lastReadSeq: number
  /** Who takes part, as what, and how far they have read. */
  people: string[]
  rows: Row[]
  /** Texts of one's own messages that the database does not have yet. */
  pending: string[]
}

const toRow = (message: Message): Row => ({
  id: message.id,
  seq: message.seq,
  sender: message.senderId,
  content: message.content,
  edited: message.editedAt !== null,
  deleted: message.deletedAt !== null,
  reply: message.reply && `${message.reply.id} ${message.reply.excerpt}`,
  reactions: message.reactions.map(({ emoji, userIds }) => [emoji, userIds]),
  told:
    message.system && [message.system.type, ...message.system.userIds, message.system.value ?? ''].join(' '),
})

/** Who takes part, as what, and how far they have read. */
export const toPeople = (conversation: Conversation | null): string[] =>
  (conversation?.participants ?? []).map(({ id, role, lastReadSeq }) => `${id} ${role} ${lastReadSeq}`).sort()

/** What an open conversation shows of what the database has. */
export function show(conversation: OpenConversation): Shown {
  const {
    status,
    closeReason,
    error,
    conversation: about,
    hasOlder,
    hasNewer,
    lastReadSeq,
    messages,
    pending,
  } = conversation.getSnapshot()
  return {
    status,
    closeReason,
    error: error?.code ?? null,
    lastSeq: about?.lastSeq ?? null,
    hasOlder,
    hasNewer,
    lastReadSeq,
    people: toPeople(about),
    rows: messages.map(toRow),
    pending: pending.map((one) => `${one.status} "${one.content.slice(0, 30)}"`),
  }
}

/** Somebody on one device: a client of the SDK, and what it takes to start it again. */
export interface Client {
  supabase: SupabaseClient
  open(conversationId: string): OpenConversation
  watchInbox(): LiveInbox
  watchRequests(): Requests
  /** Says whether everybody may add this person to groups, or nobody without a request. */
  admit(groups: 'everyone' | 'nobody'): Promise<unknown>
  answer(requestId: string, accept: boolean): Promise<unknown>
  setDraft(conversationId: string, content: string): Promise<unknown>
  setFlags(conversationId: string, flags: { pinned?: boolean; archived?: boolean }): Promise<unknown>
  /** Sends by an open conversation; resolves when it is kept, from when on it must arrive. */
  send(conversation: OpenConversation, id: string, content: string, replyTo?: string): Promise<unknown>
  /** Sends without an open conversation; resolves when the database has it. */
  sendOnce(conversationId: string, id: string, content: string): Promise<unknown>
  /** What this device has not sent yet. */
  listUnsent(): Promise<PendingMessage[]>
  discardUnsent(messageId: string): Promise<unknown>
  loadOlder(conversation: OpenConversation, limit: number): Promise<void>
  /** Marks as read, whether it is open or not. */
  markRead(conversationId: string, seq?: number): Promise<unknown>
  /** Jumps to a position, by the id of the message there. */
  jumpTo(conversation: OpenConversation, seq: number): Promise<void>
  /** What is under way: requests that wait for an answer, channels that wait to be joined, a socket that is waited for. */
  busy(): string[]
  /** Ends what is under way, as the end of the process would: nothing is written to the storage any more. */
  kill(): Promise<void>
  isDead(): boolean
}

export interface ClientOptions {
  url: string
  key: string
  /** Where the session is kept, or what gives the token of another issuer. */
  identity: { storage: Map<string, string> } | { accessToken: () => Promise<string> }
  sdk: TertuliaOptions
  /** What a device keeps of the SDK. */
  kept: Map<string, string>
  /** The copies of `tertulia/offline`, where there is a cache. */
  copies: Map<string, string> | null
  /** Told when an open conversation shows a message twice. */
  onTwice(what: string): void
  /** Told when the database refused what was kept for later. */
  onRefused(write: Refused): void
}

export const storageKey = 'chaos'

export function createDriver({
  url,
  key,
  identity,
  sdk,
  kept,
  copies,
  onTwice,
  onRefused,
}: ClientOptions): Client {
  const life = new AbortController()
  const opened: OpenConversation[] = []
  const { signal } = life
  let waiting = 0
  const countingFetch: typeof fetch = async (...args) => {
    waiting++
    try {
      return await fetch(...args)
    } finally {
      waiting--
    }
  }
  const died = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('the client was killed')))
  })
  died.catch(() => {})
  const untilDeath = <T>(result: Promise<T>) => Promise.race([result, died])
  const supabase = createClient(url, key, {
    ...('storage' in identity
      ? {
          auth: {
            storage: storageOf(identity.storage),
            storageKey,
            persistSession: true,
            autoRefreshToken: false,
          },
        }
      : { accessToken: identity.accessToken }),
    global: { fetch: countingFetch },
    // supabase-js connects once more when it is ended while it prepares to; a dead one must not do so for ever.
    realtime: { reconnectAfterMs: () => (signal.aborted ? 600_000 : 50) },
  })
  const cache = copies ? createCache(copiesOf(copies, signal), { onRefused }) : undefined
  const storage = mortal(storageOf(kept), signal)
  const { chat, close } = createTertulia(supabase, { ...sdk, storage, cache })
  const context = createContext(supabase, { ...sdk })
  const contacts = createContacts(context)
  return {
    supabase,
    watchInbox: chat.watchInbox,
    watchRequests: contacts.watchRequests,
    admit: (groups) => contacts.setContactRules({ groups }, { signal }),
    answer: (requestId, accept) => contacts.answerRequest(requestId, accept, { signal }),
    // What is kept for later waits for the storage.
    setDraft: (id, content) => untilDeath(chat.setDraft(id, content ? { content } : null, { signal })),
    setFlags: (id, flags) => untilDeath(chat.setFlags(id, flags, { signal })),
    open(conversationId) {
      const conversation = chat.openConversation(conversationId)
      opened.push(conversation)
      conversation.subscribe(() => {
        const { messages, pending } = conversation.getSnapshot()
        const ids = [...messages, ...pending].map(({ id }) => id)
        const twice = ids.find((id, i) => ids.indexOf(id) !== i)
        if (twice) onTwice(`conversation ${conversationId} shows message ${twice} twice`)
      })
      return conversation
    },
    send: (conversation, id, content, replyTo) => untilDeath(conversation.send({ id, content, replyTo })),
    sendOnce: (conversationId, id, content) => chat.send(conversationId, { id, content }, { signal }),
    markRead: (conversationId, seq) => chat.markRead(conversationId, seq, { signal }),
    listUnsent: () => chat.listUnsent(),
    discardUnsent: (messageId) => chat.discardUnsent({ messageId }),
    loadOlder: (conversation, limit) => conversation.loadOlder({ limit, signal }),
    async jumpTo(conversation, seq) {
      const page = { conversation_id: conversation.id, before_seq: seq + 1, page_size: 1 }
      const { data } = await supabase.rpc('list_messages', page)
      if (data?.[0]?.seq === seq) await untilDeath(conversation.jumpTo(data[0].id, { limit: 10, signal }))
    },
    busy() {
      const joining = supabase.getChannels().filter(({ state }) => state === 'joining')
      const open = opened.filter((conversation) => conversation.getSnapshot().status !== 'closed')
      return [
        ...(waiting > 0 ? [`${waiting} requests`] : []),
        ...joining.map(({ subTopic }) => `joining ${subTopic}`),
        ...(supabase.realtime.isConnected() || open.length === 0
          ? []
          : [`a socket that is ${supabase.realtime.connectionState()}, for ${open.length} conversations`]),
      ]
    },
    isDead: () => signal.aborted,
    async kill() {
      life.abort()
      close()
      context.close()
      await supabase.removeAllChannels()
      await supabase.realtime.disconnect()
    },
  }
}

const storageOf = (map: Map<string, string>) => ({
  getItem: (name: string) => map.get(name) ?? null,
  setItem: (name: string, value: string) => void map.set(name, value),
  removeItem: (name: string) => void map.delete(name),
})

/** The storage as a process has it: after its end nothing that it asked for happens, or is answered. */
function mortal(storage: ReturnType<typeof storageOf>, life: AbortSignal): KeyValueStorage {
  const alive = async <T>(use: () => T) => (life.aborted ? new Promise<T>(() => {}) : use())
  return {
    getItem: (name) => alive(() => storage.getItem(name)),
    setItem: (name, value) => alive(() => storage.setItem(name, value)),
    removeItem: (name) => alive(() => storage.removeItem(name)),
  }
}

/** Copies that several devices share, as tabs do. Each has its own way to the project, whose host the keys begin with. */
function copiesOf(items: Map<string, string>, life: AbortSignal): KeyValueStorage {
  const { getItem, setItem, removeItem } = mortal(storageOf(items), life)
  const shared = (key: string) => key.slice(key.indexOf(':cache:'))
  return {
    getItem: (key) => getItem(shared(key)),
    setItem: (key, value) => setItem(shared(key), value),
    removeItem: (key) => removeItem(shared(key)),
    // A tab that ends leaves no lock behind.
    lock: (_name, run) =>
      inTurn(items, 'copies', () => {
        const ended = new Promise<never>((_resolve, reject) => {
          life.addEventListener('abort', () => reject(new Error('the client was killed')))
        })
        return Promise.race([run(), ended])
      }),
  }
}
