import { call } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { findIdentity } from '../core/identity.ts'
import type { Read } from '../core/shape.ts'
import { syncAnswer } from './schema.ts'

const operation = 'chat.sync'

/** Everything that changed in a conversation since a revision, for whoever opened it; far behind, the newest page. */
export function fetchChanges(
  context: Context,
  conversationId: string,
  since: number | null,
  userId: string | undefined,
  signal: AbortSignal,
): Promise<Read<typeof syncAnswer>> {
  const options = {
    signal,
    async prepare() {
      // Third-party tokens change without an event.
      const identity = await findIdentity(context, operation)
      if (identity?.userId !== userId) context.userChannel.expect(identity?.userId ?? null)
      return undefined
    },
  }
  const input = { conversationId, sinceRevision: since ?? undefined }
  return call(context, operation, options, 'sync_conversation', input, syncAnswer)
}
