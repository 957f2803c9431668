import type { ConversationSnapshot, OpenConversation } from 'tertulia'
import { onTestFinished, vi } from 'vitest'

/** Resolves when the open conversation shows what is asked for; fails after 15 s with what it shows. */
export async function until(
  conversation: OpenConversation,
  wanted: (snapshot: ConversationSnapshot) => boolean,
): Promise<ConversationSnapshot> {
  await vi.waitFor(
    () => {
      const { messages, ...rest } = conversation.getSnapshot()
      if (!wanted({ messages, ...rest })) {
        throw new Error(
          `still ${JSON.stringify({ ...rest, messages: messages.map(({ seq }) => seq).slice(-20) })}`,
        )
      }
    },
    { timeout: 15_000, interval: 10 },
  )
  return conversation.getSnapshot()
}

/** Until it is live. */
export const live = (conversation: OpenConversation) => until(conversation, ({ status }) => status === 'live')

/** Closes it when the test ends. */
export function closing(conversation: OpenConversation): OpenConversation {
  onTestFinished(() => conversation.close())
  return conversation
}
