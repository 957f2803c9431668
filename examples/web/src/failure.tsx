/** What went wrong and what to do about it. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { message, hint } = describe(error)
  return (
    <div className="failure" role="alert">
      <p>{message}</p>
      {hint && <p className="hint">{hint}</p>}
      {onRetry && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  )
}

/** An error of ours, or the record of one that a message failed with, brings a hint; anything else its message. */
function describe(error: unknown): { message: string; hint?: string } {
  if (typeof error !== 'object' || error === null) return { message: String(error) }
  const { message, hint } = error as { message?: unknown; hint?: unknown }
  return { message: String(message ?? error), hint: typeof hint === 'string' ? hint : undefined }
}
