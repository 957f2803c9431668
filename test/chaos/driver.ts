import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { createTertulia, type Message, type OpenConversation, type TertuliaOptions } from '../../src/index.ts'

/** What the suite uses of the SDK, in one place: when the SDK changes its shape, this file follows. */

/** A message as the suite compares it. */
export interface Row {
  id: string
  seq: number
  sender: string
  content: string
}

/** What an open conversation shows. */
export interface Shown {
  status: string
  closeReason: string | null
  error: string | null
  lastSeq: number | null
  hasOlder: boolean
  rows: Row[]
}

const toRow = ({ id, seq, senderId, content }: Message): Row => ({ id, seq, sender: senderId, content })

/** What an open conversation shows of what the database has. */
export function show(conversation: OpenConversation): Shown {
  const { status, closeReason, error, conversation: about, hasOlder, messages } = conversation.getSnapshot()
  return {
    status,
    closeReason,
    error: error?.code ?? null,
    lastSeq: about?.lastSeq ?? null,
    hasOlder,
    rows: messages.map(toRow),
  }
}

/** Somebody on one device: a client of the SDK, and what it takes to start it again. */
export interface Client {
  supabase: SupabaseClient
  open(conversationId: string): OpenConversation
  /** Sends by an open conversation; resolves when the database has it. */
  send(conversation: OpenConversation, id: string, content: string): Promise<unknown>
  /** Sends without an open conversation. */
  sendOnce(conversationId: string, id: string, content: string): Promise<unknown>
  loadOlder(conversation: OpenConversation, limit: number): Promise<void>
  /** Requests that wait for an answer, and channels that wait to be joined. */
  busy(): boolean
  /** Ends what is under way, as the end of the process would. */
  kill(): Promise<void>
}

export interface ClientOptions {
  url: string
  key: string
  /** Where the session is kept, or what gives the token of another issuer. */
  identity: { storage: Map<string, string> } | { accessToken: () => Promise<string> }
  sdk: TertuliaOptions
}

export const storageKey = 'chaos'

export function createDriver({ url, key, identity, sdk }: ClientOptions): Client {
  const life = new AbortController()
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
  const storageOf = (map: Map<string, string>) => ({
    getItem: (name: string) => map.get(name) ?? null,
    setItem: (name: string, value: string) => void map.set(name, value),
    removeItem: (name: string) => void map.delete(name),
  })
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
    realtime: { reconnectAfterMs: () => 50 },
  })
  const { chat } = createTertulia(supabase, sdk)
  return {
    supabase,
    open: (conversationId) => chat.openConversation(conversationId),
    send: (conversation, id, content) => conversation.send({ id, content }, { signal }),
    sendOnce: (conversationId, id, content) => chat.send(conversationId, { id, content }, { signal }),
    loadOlder: (conversation, limit) => conversation.loadOlder({ limit, signal }),
    busy: () => waiting > 0 || supabase.getChannels().some(({ state }) => state === 'joining'),
    async kill() {
      life.abort()
      await supabase.removeAllChannels()
      await supabase.realtime.disconnect()
    },
  }
}
