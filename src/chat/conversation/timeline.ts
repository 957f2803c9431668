import type { Read } from '../../core/shape.ts'
import {
  afterMessage,
  type Change,
  changed,
  type Marks,
  marksOf,
  readUpTo,
  seenFrom,
  unreadFrom,
} from '../changes.ts'
import type { Conversation, Message, Participant, RevisedMessage, syncAnswer } from '../schema.ts'
import { firstSeq, lastSeq, renew, unite, type Window } from './window.ts'

/**
 * What an open conversation knows: a window of messages that ends at the head it has synchronised to, and, after a jump
 * far back, a second one apart from it, which then is the one that shows. Changes reach both.
 */
export interface Timeline {
  /** The conversation, as it is unread from a position. */
  conversation(readSeq?: number): Conversation | null
  /** A participant. */
  participant(userId: string | null): Participant | undefined
  /** Messages in order of `seq`; a new array after each change. */
  messages(): readonly Message[]
  /** Whether a message is known. */
  has(messageId: string): boolean
  /** Whether there are messages before the window that shows. */
  hasOlder(): boolean
  /** Whether there are messages after the window that shows. */
  hasNewer(): boolean
  /** The change number up to which everything is known; null before the first synchronisation. */
  revision(): number | null
  /** Takes a change in if it is the next one; a later one waits, and the answer is `gap`. */
  receive(change: Change): 'applied' | 'known' | 'gap'
  /** Takes a synchronisation in, then the changes that waited for it. */
  synchronise(answer: Omit<Read<typeof syncAnswer>, 'liveKey' | 'me'>): 'complete' | 'gap'
  /** Participants have read up to positions; answers whether that is news. */
  read(marks: Marks): boolean
  /** Forgets the messages before a position, for the user cleared them; answers whether that is news. It never moves back. */
  hide(fromSeq: number): boolean
  /** Shows the window that holds a position, by default the newest one; false when there is none. */
  show(seq?: number): boolean
  /**
   * Takes a page in that has just been asked for, with the changes that are heard meanwhile. One that does not touch what
   * shows makes a window of its own when it may stand apart, else it is ignored.
   */
  load(page: Promise<RevisedMessage[]>, mayStandApart: boolean): Promise<void>
  /** The state for a cache: the newest change's number, the conversation, and the window that ends at it. */
  dump(): [revision: number | null, Conversation | null, Window]
  /** Forgets everything. */
  clear(): void
}

/** Most changes that wait for a synchronisation; those beyond it come with the synchronisation itself. */
const maxWaiting = 2_000

/** @param me - The user who sees it, once that is known. */
export function createTimeline(me: () => string | null = () => null): Timeline {
  let conversation: Conversation | null = null
  let newest: Window = []
  let apart: Window | null = null
  let visibleFrom = 1
  let view: readonly Message[] | null = null
  let revision: number | null = null
  let waiting: Change[] = []
  // What is heard while a page is on its way: the page may have been read before.
  const loading = new Set<Change[]>()
  // Pages of another time than this one fit nowhere.
  let era = {}

  const shown = () => apart ?? newest

  /** The messages of a window that the user did not clear. */
  const seen = (window: Window): Window =>
    window.flatMap((row) => {
      const message = seenFrom(visibleFrom, row.message)
      return message ? [{ ...row, message }] : []
    })

  function put(change: Change): void {
    for (const heard of loading) heard.push(change)
    const { message } = change
    if (message && message.seq < visibleFrom) return
    if (message && (newest.length === 0 || message.seq === lastSeq(newest) + 1)) {
      newest.push(change as RevisedMessage)
    } else renew(newest, change)
    if (apart) renew(apart, change)
    view = null
  }

  const participant = (userId: string | null) => conversation?.participants.find((one) => one.id === userId)

  function read(marks: Marks): boolean {
    const before = conversation
    conversation = before && readUpTo(before, marks)
    return conversation !== before
  }

  function apply(change: Change): void {
    const { message, changes } = change
    revision = change.revision
    if (conversation && changes) conversation = changed(conversation, changes)
    if (!changes || message) put(change)
    if (conversation && message) conversation = afterMessage(conversation, message, me())
  }

  function receive(change: Change): 'applied' | 'known' | 'gap' {
    if (revision !== null && change.revision <= revision) return 'known'
    if (revision !== null && change.revision === revision + 1 && change.changes !== null) {
      apply(change)
      return 'applied'
    }
    if (waiting.length < maxWaiting) waiting.push(change)
    return 'gap'
  }

  /** Begins again with a window. */
  function begin(window: Window): void {
    newest = seen(window)
    apart = null
    era = {}
    view = null
  }

  function place(page: Window, mayStandApart: boolean): void {
    const whole = unite(shown(), page) ?? (mayStandApart ? page : null)
    if (!whole) return
    // With what it touches of the newest there is one window again.
    const united = unite(whole, newest)
    apart = united ? null : whole
    newest = united ?? newest
    view = null
  }

  return {
    conversation(readSeq = 0) {
      conversation = conversation && unreadFrom(conversation, readSeq, visibleFrom)
      return conversation
    },
    participant,
    messages() {
      view ??= shown().map((row) => row.message)
      return view
    },
    has: (messageId) => [...newest, ...(apart ?? [])].some(({ message }) => message.id === messageId),
    hasOlder: () => firstSeq(shown()) > visibleFrom,
    hasNewer: () => apart !== null,
    revision: () => revision,
    receive,
    synchronise(answer) {
      const { revision: head, conversation: about } = answer.conversation
      const { messages: changes, people } = answer
      const before = conversation
      // An answer that was overtaken by live changes has nothing to tell.
      if (revision === null || answer.anew || head >= revision) {
        conversation = changed({ ...conversation, ...about } as Conversation, { people })
        if (revision === null || answer.anew) begin([...changes].reverse())
        else for (const change of [...changes].sort((a, b) => a.message.seq - b.message.seq)) put(change)
        // The head, never the highest row seen: a change may have no row of its own.
        revision = head
      }
      // Marks only move forward, whichever of the two is the newer one.
      if (before) read(marksOf(before))
      read(answer.marks)
      const waited = waiting.sort((a, b) => a.revision - b.revision)
      waiting = []
      for (const change of waited) receive(change)
      return waiting.length === 0 ? 'complete' : 'gap'
    },
    read,
    hide(fromSeq) {
      if (fromSeq <= visibleFrom) return false
      visibleFrom = fromSeq
      newest = seen(newest)
      const rest = seen(apart ?? [])
      apart = rest.length > 0 ? rest : null
      view = null
      return true
    },
    show(seq = lastSeq(newest)) {
      const within = (window: Window | null) =>
        window !== null && seq >= firstSeq(window) && seq <= lastSeq(window)
      if (within(apart)) return true
      if (!within(newest)) return false
      apart = null
      view = null
      return true
    },
    async load(page, mayStandApart) {
      const then = era
      const heard: Change[] = []
      loading.add(heard)
      try {
        // What is newer than the head comes as a change.
        const window = seen(await page)
          .filter(({ message }) => message.seq <= lastSeq(newest))
          .reverse()
        if (window.length === 0 || then !== era) return
        for (const change of heard) renew(window, change)
        place(window, mayStandApart)
      } finally {
        loading.delete(heard)
      }
    },
    dump: () => [revision, conversation, newest],
    clear() {
      conversation = null
      waiting = []
      visibleFrom = 1
      begin([])
    },
  }
}
