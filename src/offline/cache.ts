import type { InboxEntry } from '../chat/inbox/inbox-item.ts'
import type { Conversation, RevisedMessage } from '../chat/schema.ts'
import type { Context, OfflineCache } from '../core/context.ts'
import type { KeyValueStorage } from '../core/storage.ts'
import type { Offline } from '../live/offline.ts'
import type { Parts } from '../live/types.ts'
import { createLater, type Handle, overlay, type Refused } from './later.ts'
import { createStore, type Store } from './store.ts'
import { toWire } from './wire.ts'

/** Bounds of a cache, and what happens to it. */
export interface CacheOptions {
  /** How many conversations it holds, the last opened ones. Default 20. */
  conversations?: number
  /** How many messages of each, the newest ones. Default 50. */
  messages?: number
  /** How many bytes it holds; one conversation or the inbox at most a quarter of it. Default 4,000,000. */
  bytes?: number
  /** After how long without contact to the database a copy is removed, in milliseconds. Default 30 days. */
  maxAgeMs?: number
  /** Whether the copies stay on the device after a sign-out. Default false: all of them are removed. */
  keepAfterSignOut?: boolean
  /** Change it to drop all copies at the next start, as after you restored the database from a backup. */
  version?: string
  /** Called when the database refused a write that was made without a network. It is no longer shown. */
  onRefused?: (write: Refused) => void
}

/** How long the first request waits for the storage. A copy that comes later still shows. */
const waitMs = 300
/** How soon a change is kept, how long at least between two times, and how often without a change. */
const soonMs = 1_000
const restMs = 10_000
const contactMs = 600_000

type Dump = [
  position: number | null,
  subject: Conversation | number | null,
  rows: RevisedMessage[] | InboxEntry[],
]

/** The answer that would bring an inbox or a conversation to where it is, with at most so many rows. */
function answerOf(name: string, [position, subject, rows]: Dump, most: number): unknown {
  if (name === '') {
    const items = (rows as InboxEntry[])
      .slice(0, most)
      .map(({ revision, conversation, lastMessage, own }) => ({
        conversation: { ...conversation, lastRevision: revision },
        lastMessage: lastMessage && { ...lastMessage, revision },
        ...own,
      }))
    // A part of it is read anew as a whole: more than there are have no position.
    const total = items.length < rows.length ? 0 : subject
    return { anew: true, position, total, items, removed: [] }
  }
  return {
    anew: true,
    liveKey: null,
    conversation: { ...(subject as Conversation), lastRevision: position },
    people: [],
    marks: {},
    messages: (rows as RevisedMessage[])
      .slice(-most)
      .reverse()
      .map(({ revision, message }) => ({ ...message, revision })),
  }
}

/**
 * Keeps on the device what chat shows: the inbox, the newest messages of the conversations last opened, and who is in them. A start without
 * a network shows them at once, with `confirmed: false` in the snapshot. With a network only what changed is asked for. Edits, deletions,
 * reactions, read positions and flags that are set without a network show at once, and are sent when it is back.
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
      // No session, and none kept. One that is kept waits for its refresh.
      const isOver = event === 'SIGNED_OUT' || (!session && !(await auth.storage.getItem(auth.storageKey)))
      if (isOver) signedOut()
    })
    closed.addEventListener('abort', () => data.subscription.unsubscribe())
  } catch {
    // With third-party tokens there are no such events: the next request tells.
  }
}

function attach(context: Context, storage: KeyValueStorage, options: CacheOptions): Offline {
  const {
    conversations = 20,
    messages = 50,
    bytes = 4_000_000,
    maxAgeMs = 30 * 86_400_000,
    keepAfterSignOut = false,
    version = '',
    onRefused,
  } = options
  const limits = { conversations, bytes, maxAgeMs }
  const store: Store = createStore(
    storage,
    `tertulia:${context.project}:cache`,
    version,
    context.clock,
    limits,
  )
  const handles = new Set<Handle>()

  function leave(): void {
    for (const handle of handles) handle.stop()
    if (!keepAfterSignOut) void store.forget()
  }

  onSignedOut(context, leave)

  function wrap<Reason extends string, Snapshot>(
    parts: Parts<Reason, Snapshot>,
    changed: () => void,
  ): Parts<Reason, Snapshot> {
    const { name } = parts
    if (name === undefined) return parts
    const { clock } = context
    const usedAt = clock.now()
    let contactAt = 0
    let storedAt = 0
    let dueAt = Number.POSITIVE_INFINITY
    let cancel = () => {}
    let isRead = false
    let isStopped = false

    const handle: Handle = {
      owner: '',
      name,
      isOffline: false,
      changed,
      hear: parts.hear,
      snapshot: () => parts.snapshot({ status: 'offline', closeReason: null, error: null, confirmed: false }),
      dump: () => parts.dump!() as Dump,
      stop() {
        isStopped = true
        cancel()
      },
    }

    function keep(): void {
      cancel()
      dueAt = Number.POSITIVE_INFINITY
      const dump = handle.dump() as Dump
      if (isStopped || contactAt === 0 || dump[0] === null) return
      storedAt = clock.now()
      void store.save(handle.owner, name!, {
        contactAt,
        usedAt,
        write(most) {
          let text: string
          let count = name === '' ? dump[2].length : messages
          do {
            text = JSON.stringify(toWire(answerOf(name!, dump, count)))
            if (new TextEncoder().encode(text).length <= most) return text
            count >>= 1
          } while (count > 0)
          return null
        },
        alive:
          name === '' && dump[1] === dump[2].length
            ? new Set((dump[2] as InboxEntry[]).map(({ conversation }) => conversation.id))
            : undefined,
      })
    }

    function keepAt(at: number): void {
      if (at >= dueAt || isStopped) return
      cancel()
      dueAt = at
      cancel = clock.after(Math.max(0, at - clock.now()), keep)
    }

    async function restore(): Promise<void> {
      const kept = await store.load(handle.owner, name!)
      if (!kept || contactAt > 0 || isStopped) return
      try {
        await parts.synchronise(kept)
        later.showReads(handle)
      } catch {
        // Of a shape that cannot be read.
        await store.forget(handle.owner, name)
      }
    }

    return {
      ...parts,
      begin(userId) {
        handle.owner = userId
        handles.add(handle)
        if (!keepAfterSignOut) void store.tidy(userId)
        const stops = [later.listen(handle), context.lifecycle.onHide?.(keep)]
        return [
          ...parts.begin(userId),
          () => {
            handles.delete(handle)
            for (const one of stops) one?.()
          },
        ]
      },
      hear(event, payload) {
        parts.hear(event, payload)
        if (contactAt > 0) keepAt(Math.max(clock.now() + soonMs, storedAt + restMs))
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
        keepAt(contactAt > 0 ? storedAt + contactMs : clock.now() + soonMs)
        contactAt = clock.now()
        return outcome
      },
      onComplete() {
        handle.isOffline = false
        parts.onComplete?.()
      },
      onFailure() {
        handle.isOffline = true
        parts.onFailure?.()
      },
      onEnded(reason) {
        if (reason === 'closed') keep()
        handle.stop()
        if (reason === 'signed-out') leave()
        else if (reason !== 'closed') void store.forget(handle.owner, name)
        parts.onEnded(reason)
      },
      snapshot: (state) => overlay(parts.snapshot(state), later.of(handle)),
    }
  }

  const offline: Offline = { wrap, later: (userId) => later.make(userId) }
  const later = createLater(context, offline, handles, store, onRefused)
  return offline
}
