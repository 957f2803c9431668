import { useCallback } from 'react'
import { tertulia } from '../client.ts'
import { ConfirmButton } from '../ui/confirm-button.tsx'
import { Failure } from '../ui/failure.tsx'
import { useAttempt } from '../ui/use-attempt.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { useWords } from '../words/index.ts'

/** Blocks a user, or takes that back. */
export function BlockButton({ userId, name }: { userId: string; name: string }) {
  const t = useWords()
  const load = useCallback((signal: AbortSignal) => tertulia.chat.listBlocks({ signal }), [])
  const { value, retry } = useLoaded(load)
  const { failure, busy, attempt } = useAttempt()
  if (!value) return null
  const isBlocked = value.some(({ id }) => id === userId)
  const change = (work: () => Promise<unknown>) => attempt(work).then((isDone) => isDone && retry())
  return (
    <>
      {isBlocked ? (
        <button type="button" disabled={busy} onClick={() => change(() => tertulia.chat.unblock(userId))}>
          {t.unblock}
        </button>
      ) : (
        <ConfirmButton
          question={t.blockQuestion(name)}
          onConfirm={() => change(() => tertulia.chat.block(userId))}
        >
          {t.block}
        </ConfirmButton>
      )}
      {failure !== null && <Failure error={failure} />}
    </>
  )
}
