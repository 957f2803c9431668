import { Window } from 'happy-dom'
import { createElement, type ReactNode, StrictMode } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { type Domains, TertuliaProvider } from 'tertulia/react'
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest'

// A page's document, and nothing else of a page: requests and sockets stay those of Node.
export const page = new Window()

/** For the tests of the file that calls it: modules outlive a file. */
export function openPage() {
  beforeAll(() => {
    vi.stubGlobal('window', page)
    vi.stubGlobal('document', page.document)
    vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', false)
  })
  afterEach(async () => {
    for (const root of roots) root.unmount()
    roots.clear()
    // React ends its work in later turns, and needs the window for that.
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
  })
  afterAll(() => void vi.unstubAllGlobals())
}

/** What is waited for has 15 s, as everywhere. */
export const poll = <T>(look: () => T) => expect.poll(look, { timeout: 15_000 })

const roots = new Set<Root>()

/** Renders into an element of the page until the test ends. */
export function mount(node: ReactNode, element = page.document.createElement('div')) {
  const mine = createRoot(element as never)
  roots.add(mine)
  mine.render(node)
  return { element, render: (next: ReactNode) => mine.render(next), unmount: () => mine.unmount() }
}

function Probe({ look }: { look: () => void }) {
  look()
  return null
}

/**
 * Runs a hook in a component under a provider, in strict mode; answers what it last returned and how often it rendered, and runs it with
 * other arguments.
 */
export function show<Props, Result>(use: (props: Props) => Result, tertulia: Domains, props: Props) {
  let seen: Result
  let renders = 0
  const toNode = (tertulia: Domains, props: Props) => {
    const look = () => {
      renders++
      seen = use(props)
    }
    const probe = createElement(Probe, { look })
    return createElement(StrictMode, null, createElement(TertuliaProvider, { tertulia }, probe))
  }
  const mounted = mount(toNode(tertulia, props))
  return {
    now: () => seen,
    renders: () => renders,
    render: (tertulia: Domains, props: Props) => mounted.render(toNode(tertulia, props)),
    unmount: mounted.unmount,
  }
}
