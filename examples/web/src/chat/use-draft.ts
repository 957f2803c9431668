import { useEffect, useRef, useState } from 'react'
import type { Draft as KeptDraft } from 'tertulia'
import { tertulia } from '../client.ts'
import { newId } from '../new-id.ts'

const delayMs = 800

/** The text that the user is writing, kept on all their devices. */
export function useDraft(conversationId: string, kept: KeptDraft | null | undefined) {
  const [text, setText] = useState('')
  const touched = useRef(false)
  const isKept = useRef(false)
  const id = useRef(newId())
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const save = useRef<(() => void) | null>(null)

  // What was written elsewhere, or before a reload, comes back once; what is typed here stays.
  useEffect(() => {
    if (touched.current || !kept?.content) return
    touched.current = true
    isKept.current = true
    id.current = kept.id ?? id.current
    setText(kept.content)
  }, [kept])

  // Who leaves the conversation finds the text when they come back.
  useEffect(() => () => save.current?.(), [])

  function write(content: string, replyTo?: string) {
    touched.current = true
    setText(content)
    clearTimeout(timer.current)
    save.current = () => {
      clearTimeout(timer.current)
      save.current = null
      if (content.trim() === '' && !isKept.current) return
      isKept.current = content.trim() !== ''
      const draft = isKept.current ? { id: id.current, content, ...(replyTo ? { replyTo } : {}) } : null
      tertulia.chat.setDraft(conversationId, draft).catch(() => {})
    }
    timer.current = setTimeout(save.current, delayMs)
  }

  /** Ends the draft; returns the id of its message, whose sending removes the copy that is kept. */
  function end(): string {
    clearTimeout(timer.current)
    save.current = null
    const done = id.current
    touched.current = true
    isKept.current = false
    id.current = newId()
    setText('')
    return done
  }

  return { text, setText, write, end }
}
