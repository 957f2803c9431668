import { type ChangeEvent, type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react'
import type { ConversationSnapshot, Message, OpenConversation } from 'tertulia'
import { stripMetadata } from 'tertulia/images'
import { tertulia } from '../client.ts'
import { useWords } from '../words/index.ts'

/** What is written: a message, an answer to one, or another text of one's own. */
export type Draft = { kind: 'new' } | { kind: 'reply' | 'edit'; message: Message }

interface Props {
  conversation: OpenConversation
  snapshot: ConversationSnapshot
  name: string
  nameOf(id: string): string
  draft: Draft
  onDraft(draft: Draft): void
  attempt(work: Promise<unknown>): void
}

/** Enter sends; Shift+Enter starts a new line; Escape ends an answer or an edit. */
export function Composer({ conversation, snapshot, name, nameOf, draft, onDraft, attempt }: Props) {
  const t = useWords()
  const [text, setText] = useState('')
  const field = useRef<HTMLTextAreaElement>(null)
  const disabled = snapshot.status === 'closed'

  useEffect(() => {
    if (draft.kind === 'new') return
    if (draft.kind === 'edit') setText(draft.message.content)
    field.current?.focus()
  }, [draft])

  function end() {
    setText('')
    onDraft({ kind: 'new' })
    conversation.setTyping(false)
  }

  function submit(event: FormEvent) {
    event.preventDefault()
    const content = text.trim()
    if (!content) return
    end()
    if (draft.kind === 'edit') return attempt(conversation.edit(draft.message.id, content))
    const replyTo = draft.kind === 'reply' ? draft.message.id : undefined
    attempt(conversation.send({ content, replyTo, mentions: mentionsOf(content, snapshot) }))
  }

  function onKeyDown(event: KeyboardEvent) {
    // An input method uses Enter to confirm a word; that must not send the message.
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) submit(event)
    if (event.key === 'Escape' && draft.kind !== 'new') end()
  }

  function onChange(event: ChangeEvent<HTMLTextAreaElement>) {
    setText(event.target.value)
    conversation.setTyping(event.target.value !== '')
  }

  function attach(event: ChangeEvent<HTMLInputElement>) {
    const file = event.target.files?.[0]
    event.target.value = ''
    if (file) attempt(sendPicture(conversation, file))
  }

  return (
    <form className="composer" onSubmit={submit}>
      {draft.kind !== 'new' && (
        <div className="draft">
          <span>
            {draft.kind === 'edit' ? t.editing : t.replyTo(nameOf(draft.message.senderId))}
            {draft.kind === 'reply' && <small> {draft.message.content.slice(0, 80)}</small>}
          </span>
          <button type="button" onClick={end}>
            {t.cancel}
          </button>
        </div>
      )}
      <label className="attach" title={t.attach}>
        <span aria-hidden="true">＋</span>
        <input
          type="file"
          className="hidden"
          accept="image/*"
          aria-label={t.attach}
          disabled={disabled}
          onChange={attach}
        />
      </label>
      <textarea
        ref={field}
        aria-label={t.messageTo(name)}
        placeholder={t.messageTo(name)}
        rows={1}
        value={text}
        disabled={disabled}
        onChange={onChange}
        onKeyDown={onKeyDown}
      />
      <button type="submit" className="primary" disabled={disabled || !text.trim()}>
        {draft.kind === 'edit' ? t.save : t.send}
      </button>
    </form>
  )
}

/** The participants whose names stand behind an @. */
function mentionsOf(content: string, { conversation }: ConversationSnapshot): string[] {
  const people = conversation?.participants ?? []
  return people.filter(({ displayName }) => content.includes(`@${displayName}`)).map(({ id }) => id)
}

/** Without the place where it was taken. */
async function sendPicture(conversation: OpenConversation, file: File): Promise<void> {
  const { bytes, type } = await stripMetadata(file)
  const attachment = await tertulia.chat.uploadAttachment(conversation.id, bytes, { name: file.name, type })
  await conversation.send({ content: file.name, attachments: [attachment] })
}
