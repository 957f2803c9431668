import type { InboxEntry } from '../chat/inbox/inbox-item.ts'
import type { Conversation, RevisedMessage } from '../chat/schema.ts'
import type { Context, OfflineCache } from '../core/context.ts'
import type { KeyValueStorage } from '../core/storage.ts'
import type { Offline } from '../live/offline.ts'
import type { Parts } from '../live/types.ts'
import { createLater, findItem, type Handle, type Refused } from './later.ts'
import { createStore } from './store.ts'
import { toWire } from './wire.ts'

/** Bounds of a cache, and what happens to it. */
export interface CacheOptions {
  /** How many conversations it holds, the last opened ones. Default 20. */
  conversations?: number | undefined
  /** How many messages of each, the newest ones. Default 50. */
  messages?: number | undefined
  /** How many bytes it holds; one conversation or the inbox at most a quarter of it. Default 4,000,000. */
  bytes?: number | undefined
  /** After how long without contact to the database a copy is removed, in milliseconds. Default 30 days. */
  maxAgeMs?: number | undefined
  /** Whether the copies stay on the device after a sign-out. Default false: all of them are removed. */
  keepAfterSignOut?: boolean | undefined
  /** Change it to drop all copies at the next start, as after you restored the database from a backup. */
  version?: string | undefined
  /** Called when the database refused a write that was made without a network. It is no longer shown. */
  onRefused?: ((write: Refused) => void) | undefined
}

/** How long the first request waits for the storage. A copy that comes later still shows. */
const waitMs = 300
/** How soon a change is kept, how long at least between two times, and how often without a change. */
const soonMs = 1_000
const restMs = 10_000
const contactMs = 600_000

type Dump =
  | [position: number | null, total: number, entries: InboxEntry[]]
  | [revision: number | null, conversation: Conversation, messages: RevisedMessage[]]

/** The answer that would bring an inbox or a conversation to where it is, with at most so many rows. */
function answerOf([position, about, rows]: Dump, most: number): unknown {
  if (typeof about === 'number') {
    const items = (rows as InboxEntry[])
      .slice(0, most)
      .map(({ revision, conversation, lastMessage, own }) => ({
        conversation: { ...conversation, lastRevision: revision },
        lastMessage: lastMessage && { ...lastMessage, revision },
        ...own,
      }))
    // A part of it has no position, and is read anew as a whole: as one with more conversations than there are.
    const total = most < rows.length ? 0 : about
    return toWire({ anew: true, position, total, items, removed: [] })
  }
  const messages = (rows as RevisedMessage[])
    .slice(-most)
    .reverse()
    .map(({ revision, message }) => ({ ...message, revision }))
  const conversation = { ...about, lastRevision: position }
  return toWire({
    anew: true,
    liveKey: null,
    conversation,
    people: [],
    marks: {},
    messages,
  })
}

/**
 * Keeps on the device what chat shows: the inbox, the newest messages of the conversations last opened, and who is in them. A start without
 * a network shows them at once, with `confirmed: false` in the snapshot. With a network only what changed is asked for. Edits, deletions,
 * reactions, read positions, flags and drafts without a network show at once, and are sent when it is back.
 *
 * @param storage - `indexedDbStorage()` in a page; in React Native `AsyncStorage`, or an object of the same three functions over MMKV or SQLite.
 * @param options - Bounds, what stays after a sign-out, and a callback for writes that the database refused.
 * @example
 * ```ts
 * import { createCache, indexedDbStorage } from 'tertulia/offline'
 *
 * const tertulia = createTertulia(supabase, { cache: createCache(indexedDbStorage()) })
 * ```
 */
export function createCache(storage: KeyValueStorage, options: CacheOptions = {}): OfflineCache {
  return { attach: (context) => attach(context, storage, options) }
}

/** Calls back when the user signs out, and when the session ended while the app was closed. */
function onSignedOut({ supabase, closed }: Context, signedOut: () => void): void {
  try {
    const auth = supabase.auth as typeof supabase.auth & { storage: KeyValueStorage; storageKey: string }
    const { data } = auth.onAuthStateChange(async (event, session) => {
      // A session that is kept waits for its refresh.
      if (event === 'SIGNED_OUT' || (!session && !(await auth.storage.getItem(auth.storageKey)))) signedOut()
    })
    closed.addEventListener('abort', () => data.subscription.unsubscribe())
  } catch {
    // With third-party tokens there are no such events: the next request tells.
  }
}

function attach(context: Context, storage: KeyValueStorage, options: CacheOptions): Offline {
  const { clock } = context
  const store = createStore(context, storage, options)
  const handles = new Set<Handle>()

  function leave(): void {
    for (const handle of handles) handle.stop()
    if (!options.keepAfterSignOut) void store.clear()
  }
  onSignedOut(context, leave)

  function wrap<Reason extends string, Snapshot>(
    parts: Parts<Reason, Snapshot>,
    changed: () => void,
  ): Parts<Reason, Snapshot> {
    const { name } = parts
    if (name === undefined) return parts
    let contactAt = 0
    let storedAt = 0
    let dueAt = Number.POSITIVE_INFINITY
    let cancel = () => {}
    let isRead = false

    const handle: Handle = {
      owner: '',
      name,
      isLive: false,
      changed,
      hear: parts.hear,
      find: (messageId) =>
        (parts.dump!() as Dump)[2].find(
          (row): row is RevisedMessage => 'message' in row && row.message.id === messageId,
        )?.message,
      stop() {
        // From now on it stores nothing.
        contactAt = Number.NaN
        dueAt = 0
        cancel()
      },
    }

    function keep(): void {
      cancel()
      dueAt = Number.POSITIVE_INFINITY
      if (!contactAt) return
      const dump = parts.dump!() as Dump
      const [position, about, rows] = dump
      if (position === null) return
      storedAt = clock.now()
      void store.save(handle.owner, name!, {
        contactAt,
        answer: (most) => answerOf(dump, most),
        rows: name === '' ? rows.length : (options.messages ?? 50),
        alive:
          about === rows.length
            ? new Set((rows as InboxEntry[]).map(({ conversation }) => conversation.id))
            : undefined,
      })
    }

    function keepAfter(ms: number): void {
      const at = Math.max(clock.now() + soonMs, storedAt + ms)
      if (at >= dueAt) return
      cancel()
      dueAt = at
      cancel = clock.after(at - clock.now(), keep)
    }

    async function restore(): Promise<void> {
      const kept = await store.load(handle.owner, name!)
      if (!kept) return
      // The inbox knows what was read, cleared and marked as unread while the conversation was closed.
      const me = { last_read_seq: 0, ...(await findItem(store, handle.owner, name)) }
      if (contactAt !== 0) return
      // One of a shape that cannot be read is none.
      await parts.synchronise({ ...kept, me }).catch(() => {})
      later.showReads(handle)
    }

    return {
      ...parts,
      begin(userId) {
        handle.owner = userId
        handles.add(handle)
        void store.forget(userId)
        const notHidden = context.lifecycle.onHide?.(keep) ?? (() => {})
        return [...parts.begin(userId), later.listen(handle), notHidden, () => handles.delete(handle)]
      },
      hear(event, payload) {
        parts.hear(event, payload)
        keepAfter(restMs)
      },
      async synchronise() {
        if (!isRead) {
          isRead = true
          let end = () => {}
          const late = new Promise<void>((resolve) => {
            end = clock.after(waitMs, resolve)
          })
          await Promise.race([restore(), late])
          end()
        }
        const outcome = await parts.synchronise()
        contactAt += clock.now() - contactAt
        keepAfter(contactMs)
        return outcome
      },
      onEnded(reason) {
        if (reason === 'closed') keep()
        handle.stop()
        if (reason === 'signed-out') leave()
        else if (reason !== 'closed') void store.forget(handle.owner, name)
        parts.onEnded(reason)
      },
      onStatus(status) {
        handle.isLive = status === 'live'
      },
      snapshot: (state) => parts.snapshot(state, (rows) => later.show(handle, rows)),
    }
  }

  const offline: Offline = { wrap, later: (userId) => later.make(userId) }
  const later = createLater(context, offline, handles, store, options.onRefused)
  return offline
}
