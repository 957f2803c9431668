import { type ChangeEvent, type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react'
import type { ConversationSnapshot, Draft as KeptDraft, Message, OpenConversation } from 'tertulia'
import { stripMetadata } from 'tertulia/images'
import { tertulia } from '../client.ts'
import { SongPicker } from '../songs/song-picker.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { useWords } from '../words/index.ts'
import { Mentions } from './mentions.tsx'
import { useDraft } from './use-draft.ts'
import { VoiceButton } from './voice-button.tsx'

/** What the user writes: a new message, a reply, or a new text for one of their messages. */
export type Draft = { kind: 'new' } | { kind: 'reply' | 'edit'; message: Message }

interface Props {
  conversation: OpenConversation
  snapshot: ConversationSnapshot
  userId: string
  name: string
  nameOf(id: string): string
  draft: Draft
  kept: KeptDraft | null | undefined
  onDraft(draft: Draft): void
  attempt(work: Promise<unknown>): void
}

/** Enter sends; Shift+Enter starts a new line; Escape ends an answer or an edit. */
export function Composer(props: Props) {
  const { conversation, snapshot, userId, name, nameOf, draft, kept, onDraft, attempt } = props
  const t = useWords()
  const { text, setText, write, end: endDraft } = useDraft(conversation.id, kept)
  const field = useRef<HTMLTextAreaElement>(null)
  const disabled = snapshot.status === 'closed'

  useEffect(() => {
    if (draft.kind === 'new') return
    if (draft.kind === 'edit') setText(draft.message.content)
    field.current?.focus()
  }, [draft, setText])

  function end(): string {
    onDraft({ kind: 'new' })
    conversation.setTyping(false)
    return endDraft()
  }

  function submit(event: FormEvent) {
    event.preventDefault()
    const content = text.trim()
    if (!content) return
    const id = end()
    if (draft.kind === 'edit') return attempt(conversation.edit(draft.message.id, content))
    const replyTo = draft.kind === 'reply' ? draft.message.id : undefined
    attempt(conversation.send({ id, content, replyTo, mentions: mentionsOf(content, snapshot) }))
  }

  function onKeyDown(event: KeyboardEvent) {
    // An input method uses Enter to confirm a word; that must not send the message.
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) submit(event)
    if (event.key === 'Escape' && draft.kind !== 'new') end()
  }

  function onChange({ target: { value } }: ChangeEvent<HTMLTextAreaElement>) {
    // The new text of a message that is there already is no draft.
    if (draft.kind === 'edit') setText(value)
    else write(value, draft.kind === 'reply' ? draft.message.id : undefined)
    conversation.setTyping(value !== '')
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
      <Mentions
        text={text}
        people={snapshot.conversation?.participants.filter(({ id }) => id !== userId) ?? []}
        onPick={(value) => {
          write(value)
          field.current?.focus()
        }}
      />
      <Attach conversation={conversation} disabled={disabled} attempt={attempt} />
      <textarea
        ref={field}
        aria-label={t.messageTo(name)}
        placeholder={t.writeMessage}
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

interface AttachProps {
  conversation: OpenConversation
  disabled: boolean
  attempt(work: Promise<unknown>): void
}

/** A picture, a voice note or a song. */
function Attach({ conversation, disabled, attempt }: AttachProps) {
  const t = useWords()
  const [picks, setPicks] = useState(false)
  function attach(event: ChangeEvent<HTMLInputElement>) {
    const file = event.target.files?.[0]
    event.target.value = ''
    if (file) attempt(sendPicture(conversation, file))
  }
  return (
    <div className="attachments">
      <label className="attach" title={t.attach}>
        <Icon name="plus" />
        <input
          type="file"
          className="hidden"
          accept="image/*"
          aria-label={t.attach}
          disabled={disabled}
          onChange={attach}
        />
      </label>
      <VoiceButton conversation={conversation} disabled={disabled} attempt={attempt} />
      <button
        type="button"
        className="attach"
        aria-label={t.sendSong}
        title={t.sendSong}
        disabled={disabled}
        onClick={() => setPicks(true)}
      >
        <Icon name="note" />
      </button>
      {picks && (
        <Dialog title={t.sendSong} onClose={() => setPicks(false)}>
          <SongPicker
            label={t.searchSongs}
            onPick={({ id }) => {
              setPicks(false)
              attempt(conversation.send({ content: '', songId: id }))
            }}
          />
        </Dialog>
      )}
    </div>
  )
}

/** The participants whose names stand behind an @. */
function mentionsOf(content: string, { conversation }: ConversationSnapshot): string[] {
  const people = conversation?.participants ?? []
  return people.filter(({ displayName }) => content.includes(`@${displayName}`)).map(({ id }) => id)
}

/** Without the place where it was taken, and with its size, so that the list does not jump when it loads. */
async function sendPicture(conversation: OpenConversation, file: File): Promise<void> {
  const { bytes, type } = await stripMetadata(file)
  const { width, height } = await sizeOf(new Blob([bytes], { type }))
  const uploaded = await tertulia.chat.uploadAttachment(conversation.id, bytes, { name: file.name, type })
  await conversation.send({ content: '', attachments: [{ ...uploaded, width, height }] })
}

async function sizeOf(picture: Blob): Promise<{ width?: number; height?: number }> {
  try {
    const { width, height } = await createImageBitmap(picture)
    return { width, height }
  } catch {
    return {}
  }
}
