import { isTertuliaError } from 'tertulia'

/** What went wrong and what to do about it. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const message = error instanceof Error ? error.message : String(error)
  return (
    <div className="failure" role="alert">
      <p>{message}</p>
      {isTertuliaError(error) && <p className="hint">{error.hint}</p>}
      {onRetry && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  )
}
