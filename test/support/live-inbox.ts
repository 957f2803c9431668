import type { InboxItem, InboxSnapshot, LiveInbox } from 'tertulia'
import { expect, onTestFinished, vi } from 'vitest'
import type { Person } from './people.ts'

/** Closes it when the test ends. */
export function closingInbox(inbox: LiveInbox): LiveInbox {
  onTestFinished(() => inbox.close())
  return inbox
}

/** Resolves when the inbox shows what is asked for; fails after 15 s with what it shows. */
export async function untilInbox(
  inbox: LiveInbox,
  wanted: (snapshot: InboxSnapshot) => boolean,
): Promise<InboxSnapshot> {
  await vi.waitFor(
    () => {
      const { items, archived, ...rest } = inbox.getSnapshot()
      if (!wanted({ items, archived, ...rest })) throw new Error(`still ${JSON.stringify(rest)}`)
    },
    { timeout: 15_000, interval: 10 },
  )
  return inbox.getSnapshot()
}

export const liveInbox = (inbox: LiveInbox) => untilInbox(inbox, ({ status }) => status === 'live')

/** An item without what it does not follow: up to where others have read. */
function comparable(item: InboxItem, userId: string) {
  const strip = <T extends { id: string; lastReadSeq: number }>(one: T) => ({
    ...one,
    lastReadSeq: one.id === userId ? item.lastReadSeq : 0,
  })
  const { conversation, counterpart } = item
  return {
    ...item,
    conversation: { ...conversation, participants: conversation.participants.map(strip) },
    counterpart: counterpart && strip(counterpart),
  }
}

/** Whether it shows, item by item and in order, what the database answers to this person. */
export async function expectDatabase(inbox: LiveInbox, { id, tertulia }: Person): Promise<void> {
  const [items, archived] = await Promise.all(
    [false, true].map(async (archived) => (await tertulia.chat.inbox({ limit: 1000, archived })).items),
  )
  const shown = inbox.getSnapshot()
  const all = (list: readonly InboxItem[] = []) => list.map((item) => comparable(item, id))
  expect(all(shown.items)).toEqual(all(items))
  expect(all(shown.archived)).toEqual(all(archived))
  const unread = items?.reduce((sum, item) => sum + (item.muted ? 0 : item.unread), 0)
  expect(shown).toMatchObject({ unread, status: 'live', hasMore: false })
}

/** Time that passes as it does, but for long waits: the regular check comes when the test says. */
export function createHeldClock() {
  const pending = new Set<{ ms: number; run: () => void }>()
  return {
    now: () => Date.now(),
    after(ms: number, run: () => void) {
      const entry = { ms, run }
      pending.add(entry)
      const pass = () => {
        pending.delete(entry)
        run()
      }
      const timer = ms < 20_000 ? setTimeout(pass, ms) : undefined
      return () => {
        pending.delete(entry)
        clearTimeout(timer)
      }
    },
    /** Runs what waits for the regular check. */
    check() {
      for (const entry of [...pending]) {
        if (entry.ms < 20_000) continue
        pending.delete(entry)
        entry.run()
      }
    },
    /** How many timers wait. */
    pending: () => pending.size,
  }
}
