import { call } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { findIdentity } from '../core/identity.ts'
import { integer, record } from '../core/shape.ts'

const operation = 'chat.headCheck'
const everyMs = 30_000
const heads = record(integer())

/** A conversation that wants its head looked at. */
export interface HeadChecked {
  id: string
  revision(): number | null
  catchUp(): void
}

/**
 * Finds a broadcast that was lost with nothing after it: one request every 30 s for all open conversations together.
 * Returns what adds a conversation; that returns what takes it out again. No timer runs while none is open.
 */
export function createHeadCheck(context: Context): (conversation: HeadChecked) => () => void {
  const open = new Set<HeadChecked>()
  let generation = 0
  let cancel = () => {}

  function schedule(mine: number): void {
    cancel = context.clock.after(everyMs, async () => {
      await check().catch(() => {
        // A socket may go on looking open when nothing passes any more: catching up finds out, and shows it.
        for (const conversation of [...open]) conversation.catchUp()
      })
      if (mine === generation) schedule(mine)
    })
  }

  async function check(): Promise<void> {
    // Third-party tokens change without an event.
    context.userChannel.expect((await findIdentity(context, operation))?.userId ?? null)
    const all = [...open]
    for (let from = 0; from < all.length; from += 1_000) {
      const part = all.slice(from, from + 1_000)
      const conversationIds = part.map(({ id }) => id)
      const newest = await call(context, operation, undefined, 'list_heads', { conversationIds }, heads)
      for (const conversation of part) {
        const head = newest[conversation.id]
        // One that is missing is no longer ours: catching up finds out and closes.
        if (head === undefined || head > (conversation.revision() ?? -1)) conversation.catchUp()
      }
    }
  }

  return (conversation) => {
    open.add(conversation)
    if (open.size === 1) schedule(++generation)
    return () => {
      open.delete(conversation)
      if (open.size > 0) return
      generation++
      cancel()
    }
  }
}
