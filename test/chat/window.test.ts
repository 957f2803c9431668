import { expect, test } from 'vitest'
import { renew } from '../../src/chat/conversation/window.ts'
import type { Message, RevisedMessage } from '../../src/chat/schema.ts'

const message = (seq: number, more: Partial<Message> = {}): Message => ({
  id: `00000000-0000-4000-8000-${String(seq).padStart(12, '0')}`,
  conversationId: 'c',
  senderId: 's',
  seq,
  content: `message ${seq}`,
  metadata: {},
  createdAt: new Date(seq),
  editedAt: null,
  deletedAt: null,
  pinnedAt: null,
  reply: null,
  mentions: [],
  attachments: [],
  song: null,
  reactions: [],
  system: null,
  ...more,
})

test('a reply loses the words of a deleted message, also when a page brought the deletion before its event', () => {
  const { id, seq } = message(1)
  const deleted = message(1, { content: '', deletedAt: new Date(9) })
  const reply = { id, seq, senderId: 's', excerpt: 'message 1' } as Message['reply']
  const window: RevisedMessage[] = [
    { revision: 3, message: deleted },
    { revision: 2, message: message(2, { reply }) },
  ]
  renew(window, { revision: 3, message: deleted })
  expect(window[1]?.message.reply?.excerpt ?? '').toBe('')
  // What is newer than the event stays.
  const edited = message(2, { content: 'newer', editedAt: new Date(10) })
  const newer: RevisedMessage[] = [{ revision: 5, message: edited }]
  renew(newer, { revision: 4, message: message(2, { content: 'older', editedAt: new Date(9) }) })
  expect(newer[0]?.message.content).toBe('newer')
})
