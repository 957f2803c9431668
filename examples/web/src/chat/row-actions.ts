import type { Message } from 'tertulia'

/** What the menu of a message does. */
export interface RowActions {
  react(message: Message, emoji: string, present: boolean): void
  reply(message: Message): void
  edit(message: Message): void
  remove(message: Message): void
  jump(messageId: string): void
  pin(message: Message): void
  thread(message: Message): void
}
