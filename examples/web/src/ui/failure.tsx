import { useWords } from '../words/index.ts'

/** Shows an error and what to do about it. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const t = useWords()
  const { message, hint } = describe(error)
  return (
    <div className="failure" role="alert">
      <p>{message}</p>
      {hint && <p className="hint">{hint}</p>}
      {onRetry && (
        <button type="button" onClick={onRetry}>
          {t.tryAgain}
        </button>
      )}
    </div>
  )
}

/** An error of the SDK, or the stored failure of a message, can have a hint; other errors have only a message. */
function describe(error: unknown): { message: string; hint?: string } {
  if (typeof error !== 'object' || error === null) return { message: String(error) }
  const { message, hint } = error as { message?: unknown; hint?: unknown }
  return { message: String(message ?? error), hint: typeof hint === 'string' ? hint : undefined }
}
