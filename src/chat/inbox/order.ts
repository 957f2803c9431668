import type { InboxItem } from './inbox-item.ts'

/** Pinned ones first, then by last activity. */
export function compare(a: InboxItem, b: InboxItem): number {
  const at = ({ conversation }: InboxItem) => +(conversation.lastMessageAt ?? conversation.createdAt)
  return +b.pinned - +a.pinned || at(b) - at(a) || (a.conversation.id < b.conversation.id ? 1 : -1)
}
