import { useCallback, useLayoutEffect, useRef } from 'react'
import type { Message, PendingMessage } from 'tertulia'

/** At the end of the list, follows the newest message; further up, keeps the position while older messages load above. */
export function useScroll(messages: readonly Message[], pending: readonly PendingMessage[]) {
  const list = useRef<HTMLDivElement>(null)
  const before = useRef({ height: 0, top: 0, atEnd: true })

  useLayoutEffect(() => {
    const element = list.current
    if (!element) return
    const remember = () => {
      const { scrollHeight, scrollTop, clientHeight } = element
      before.current = {
        height: scrollHeight,
        top: scrollTop,
        atEnd: scrollHeight - scrollTop - clientHeight < 80,
      }
    }
    element.addEventListener('scroll', remember, { passive: true })
    return () => element.removeEventListener('scroll', remember)
  }, [])

  // biome-ignore lint/correctness/useExhaustiveDependencies: added messages move the list
  useLayoutEffect(() => {
    const element = list.current
    if (!element) return
    const { height, top, atEnd } = before.current
    if (atEnd) element.scrollTop = element.scrollHeight
    else if (top < 40) element.scrollTop = top + element.scrollHeight - height
    before.current.height = element.scrollHeight
  }, [messages, pending])

  return { list, atEnd: useCallback(() => before.current.atEnd, []) }
}
