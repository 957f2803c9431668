import { type FormEvent, type KeyboardEvent, useState } from 'react'

interface Props {
  name: string
  disabled: boolean
  onSend(content: string): void
}

/** Enter sends; Shift+Enter starts a new line. */
export function Composer({ name, disabled, onSend }: Props) {
  const [draft, setDraft] = useState('')

  function send(event: FormEvent) {
    event.preventDefault()
    const content = draft.trim()
    if (!content) return
    setDraft('')
    onSend(content)
  }

  function onKeyDown(event: KeyboardEvent) {
    // An input method uses Enter to confirm a word; that must not send the message.
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) send(event)
  }

  return (
    <form className="composer" onSubmit={send}>
      <textarea
        aria-label={`Message to ${name}`}
        placeholder={`Message to ${name}`}
        rows={1}
        value={draft}
        disabled={disabled}
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <button type="submit" className="primary" disabled={disabled || !draft.trim()}>
        Send
      </button>
    </form>
  )
}
