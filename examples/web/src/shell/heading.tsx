import { type ReactNode, useEffect, useRef } from 'react'

/** Whether a link inside the page was followed; the focus stays where a fresh page has it. */
let navigated = false
addEventListener('hashchange', () => {
  navigated = true
})

/** Names the page for tabs, bookmarks and screen readers; null while something else on it does. */
export function useTitle(title: string | null): void {
  useEffect(() => {
    if (!title) return
    document.title = `${title} · Tertulia`
    return () => {
      document.title = 'Tertulia'
    }
  }, [title])
}

/** The heading of what was opened: it names the page, and takes the focus when a link led here. */
export function Heading({ title, children }: { title: string; children?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null)
  useTitle(title)
  useEffect(() => {
    if (navigated) heading.current?.focus({ preventScroll: true })
  }, [])
  return (
    <h2 ref={heading} tabIndex={-1}>
      {children ?? title}
    </h2>
  )
}
