import { backoffMs } from '../core/clock.ts'
import type { Context } from '../core/context.ts'
import { TertuliaError } from '../core/error.ts'
import { requireIdentity } from '../core/identity.ts'
import { toTertuliaError } from '../core/map-error.ts'
import { id as idSchema, parseAnswer, parseInput } from '../core/parse.ts'
import { type CallOptions, run } from '../core/run.ts'
import type { CloseReason } from '../core/user-channel.ts'
import type { HeadChecked } from './head-check.ts'
import { fetchMessages } from './list-messages.ts'
import { type Conversation, type Message, type NewMessage, readMessage, syncAnswer } from './schema.ts'
import { sendRevised } from './send.ts'
import { createTimeline } from './timeline.ts'

const operation = 'chat.openConversation'

/**
 * How an open conversation stands: `connecting` until it is first known, `live` when it equals the database and hears of
 * changes, `catching-up` while it fetches what it missed, `offline` while it cannot, `closed` for good.
 */
export type ConversationStatus = 'connecting' | 'live' | 'catching-up' | 'offline' | 'closed'

/** What an open conversation shows; a new object after each change, never changed itself. */
export interface ConversationSnapshot {
  status: ConversationStatus
  /** Why it is closed: by you, by a sign-out, or by an error that stays. */
  closeReason: CloseReason | 'error' | null
  /** The newest failure while `offline`, or the one that closed it. */
  error: TertuliaError | null
  /** Null until it is first known. */
  conversation: Conversation | null
  /** In order of `seq`: the newest page, the older ones that were loaded, and all that came since. */
  messages: readonly Message[]
  hasOlder: boolean
}

/** A conversation held live. */
export interface OpenConversation {
  readonly id: string
  /** The same object until something changes: made for `useSyncExternalStore`. */
  getSnapshot(): ConversationSnapshot
  /** Calls back after each change; returns what ends it. */
  subscribe(listener: () => void): () => void
  /** Sends a message, which then shows in the snapshot. See {@link sendMessage}. */
  send(message: NewMessage, options?: CallOptions): Promise<Message>
  /** Loads the page before the oldest message shown: 50 messages, or `limit` up to 200. */
  loadOlder(options?: CallOptions & { limit?: number }): Promise<void>
  /** Ends it; may be called again. */
  close(): void
}

/**
 * Opens a conversation: its messages as the database has them, kept that way. Whatever the network does to the live
 * events — lost, doubled, late, out of order — each change shows once and in order, for the database's own change numbers
 * tell what is missing, and what is missing is fetched.
 *
 * Failures show in the snapshot; a conversation that one does not take part in closes with `conversation_not_found`.
 *
 * @example
 * ```ts
 * const conversation = tertulia.chat.openConversation(id)
 * const stop = conversation.subscribe(() => render(conversation.getSnapshot().messages))
 * await conversation.send({ content: 'Hello' })
 * conversation.close()
 * ```
 */
export function openConversation(
  context: Context,
  checkHead: (conversation: HeadChecked) => () => void,
  conversationId: string,
): OpenConversation {
  const id = parseInput(operation, idSchema, conversationId).toLowerCase()
  const timeline = createTimeline()
  const listeners = new Set<() => void>()
  const ends: (() => void)[] = []
  const aborter = new AbortController()
  let snapshot: ConversationSnapshot | null = null
  let status: ConversationStatus = 'connecting'
  let closeReason: ConversationSnapshot['closeReason'] = null
  let error: TertuliaError | null = null
  let joined = false
  let lost = false
  let syncing: Promise<void> | null = null
  let again = false
  let attempt = 0
  let cancelRetry = () => {}

  function changed(): void {
    snapshot = null
    for (const listener of [...listeners]) listener()
  }

  function become(next: ConversationStatus, why: TertuliaError | null): void {
    if (status === 'closed' || (status === next && error === why)) return
    status = next
    error = why
    changed()
  }

  function end(
    reason: NonNullable<ConversationSnapshot['closeReason']>,
    why: TertuliaError | null = null,
  ): void {
    if (status === 'closed') return
    cancelRetry()
    for (const stop of ends.splice(0)) stop()
    closeReason = reason
    become('closed', why)
    aborter.abort()
  }

  const sync = () =>
    run(
      context,
      'chat.sync',
      aborter,
      (signal) =>
        context.supabase
          .rpc('sync_conversation', { conversation_id: id, since_revision: timeline.revision() ?? undefined })
          .abortSignal(signal),
      (data) => parseAnswer('chat.sync', syncAnswer, data),
    )

  /** Synchronises; resolves when the conversation holds all that was there at this call, or it is known that it cannot. */
  function catchUp(): Promise<void> {
    if (isClosed()) return Promise.resolve()
    again = true
    syncing ??= synchronise().finally(() => {
      syncing = null
    })
    return syncing
  }

  async function synchronise(): Promise<void> {
    cancelRetry()
    if (status !== 'connecting') become('catching-up', null)
    try {
      for (let rounds = 0; again; rounds++) {
        // Whoever asks from here on may know of something that this answer does not hold.
        again = false
        const answer = await sync()
        if (isClosed()) return
        // Bounded, for an event with a number that the database never gave would turn this for ever.
        if (timeline.synchronise(answer) === 'gap' && rounds < 3) again = true
        changed()
      }
      attempt = 0
      // Before the first join the page may show already, but nothing is live yet.
      become(joined ? 'live' : lost ? 'offline' : 'connecting', null)
    } catch (thrown) {
      const failure = toTertuliaError('chat.sync', thrown, true)
      if (isClosed()) return
      if (!failure.retryable && failure.code !== 'session_expired') return end('error', failure)
      become('offline', failure)
      cancelRetry = context.clock.after(
        failure.retryAfterMs ?? backoffMs(attempt++, context.random),
        () => void catchUp(),
      )
    }
  }

  const isClosed = () => status === 'closed'

  function hear(event: string, payload: unknown): void {
    if (event !== 'message' || (payload as { conversation_id?: unknown })?.conversation_id !== id) return
    const change = readMessage(payload)
    const outcome = change ? timeline.receive(change) : 'gap'
    if (outcome === 'applied') changed()
    else if (outcome === 'gap') void catchUp()
  }

  async function start(): Promise<void> {
    const { userId } = await requireIdentity(context, operation)
    if (isClosed()) return
    ends.push(
      checkHead({ id, revision: timeline.revision, catchUp: () => void catchUp() }),
      context.lifecycle.onWake(() => void catchUp()),
      context.lifecycle.onOffline?.(() => become('offline', null)) ?? (() => {}),
      context.userChannel.listen(userId, {
        onJoined() {
          joined = true
          void catchUp()
        },
        onLost() {
          joined = false
          lost = true
          become('offline', null)
        },
        onEvent: hear,
        onSignedOut: () => end('signed-out'),
      }),
    )
    // The page shows without waiting for the channel; joining it then asks once more for what came in between.
    if (!syncing) void catchUp()
  }

  start().catch((thrown) => end('error', toTertuliaError(operation, thrown, false)))

  return {
    id,
    getSnapshot() {
      snapshot ??= {
        status,
        closeReason,
        error,
        conversation: timeline.conversation(),
        messages: timeline.messages(),
        hasOlder: timeline.hasOlder(),
      }
      return snapshot
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async send(message, options) {
      if (isClosed()) throw closedError('chat.send')
      const sent = await sendRevised(context, id, message, options)
      const outcome = isClosed() ? 'known' : timeline.receive(sent)
      if (outcome === 'applied') changed()
      else if (outcome === 'gap') await catchUp()
      return sent.message
    },
    async loadOlder({ limit = 50, signal } = {}) {
      if (isClosed()) throw closedError('chat.loadOlder')
      const before = timeline.firstSeq()
      if (before === undefined || before === 1) return
      timeline.prepend(await fetchMessages(context, id, before, limit, { signal }), before)
      changed()
    },
    close: () => end('closed'),
  }
}

function closedError(attempted: string): TertuliaError {
  return new TertuliaError('closed', `unable to complete ${attempted}; the conversation is closed`, {
    operation: attempted,
  })
}
