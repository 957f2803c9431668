import { useEffect, useRef, useState } from 'react'
import type { OpenConversation } from 'tertulia'
import { tertulia } from '../client.ts'
import { Icon } from '../ui/icon.tsx'
import { useWords } from '../words/index.ts'

interface Props {
  conversation: OpenConversation
  disabled: boolean
  attempt(work: Promise<unknown>): void
}

const types = ['audio/webm', 'audio/mp4', 'audio/ogg']

/** Records a voice note: the first press starts, the second sends. Absent where the browser cannot record. */
export function VoiceButton({ conversation, disabled, attempt }: Props) {
  const t = useWords()
  const recorder = useRef<MediaRecorder | null>(null)
  const [records, setRecords] = useState(false)
  useEffect(() => () => stop(recorder.current), [])
  // A page without https has no microphone.
  if (!('MediaRecorder' in globalThis) || !navigator.mediaDevices) return null

  async function start() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
    const mimeType = types.find((type) => MediaRecorder.isTypeSupported(type)) ?? ''
    const next = new MediaRecorder(stream, { mimeType })
    const chunks: Blob[] = []
    const startedAt = Date.now()
    next.ondataavailable = ({ data }) => chunks.push(data)
    next.onstop = () => {
      for (const track of stream.getTracks()) track.stop()
      // Left without a second press: nothing is sent.
      if (recorder.current !== next) return
      recorder.current = null
      const seconds = Math.max(1, Math.round((Date.now() - startedAt) / 1000))
      attempt(sendVoice(conversation, chunks, next.mimeType, seconds, t.voiceNote))
    }
    recorder.current = next
    next.start()
    setRecords(true)
  }

  function press() {
    if (!records) return attempt(start())
    setRecords(false)
    recorder.current?.stop()
  }

  const label = records ? t.sendVoice : t.recordVoice
  return (
    <button
      type="button"
      className="attach"
      aria-label={label}
      aria-pressed={records}
      title={label}
      disabled={disabled}
      onClick={press}
    >
      <Icon name={records ? 'stop' : 'microphone'} />
    </button>
  )
}

function stop(recorder: MediaRecorder | null): void {
  if (!recorder || recorder.state === 'inactive') return
  recorder.onstop = null
  for (const track of recorder.stream.getTracks()) track.stop()
  recorder.stop()
}

async function sendVoice(
  conversation: OpenConversation,
  chunks: Blob[],
  mimeType: string,
  duration: number,
  name: string,
): Promise<void> {
  const type = mimeType.split(';')[0] ?? mimeType
  const file = new Blob(chunks, { type })
  const uploaded = await tertulia.chat.uploadAttachment(conversation.id, file, { name, type })
  await conversation.send({ content: '', attachments: [{ ...uploaded, duration }] })
}
