import { type ReactNode, useState } from 'react'
import { useWords } from '../words/index.ts'

/** A button for what cannot be undone easily: it asks once more. */
export function ConfirmButton({
  children,
  question,
  onConfirm,
}: {
  children: ReactNode
  question: string
  onConfirm(): void
}) {
  const t = useWords()
  const [asks, setAsks] = useState(false)
  if (!asks) {
    return (
      <button type="button" className="danger" onClick={() => setAsks(true)}>
        {children}
      </button>
    )
  }
  return (
    <span className="confirm" role="alert">
      {question}
      <button
        type="button"
        className="danger"
        onClick={() => {
          setAsks(false)
          onConfirm()
        }}
      >
        {t.yes}
      </button>
      <button type="button" onClick={() => setAsks(false)}>
        {t.no}
      </button>
    </span>
  )
}
