import { parseXml, type XmlElement, XmlError } from '@rgrove/parse-xml'
import { refuse } from './refuse.ts'

const largest = 10 * 1024 * 1024
const deepest = 100

export type { XmlElement }

/** Counts how deep elements lie in each other, before a parser goes after them. */
function isTooDeep(text: string): boolean {
  let depth = 0
  for (const [tag] of text.matchAll(/<[^!?>][^>]*>/g)) {
    if (tag.startsWith('</')) depth -= 1
    else if (!tag.endsWith('/>')) depth += 1
    if (depth > deepest) return true
  }
  return false
}

/** Reads XML into its root. A document type is skipped: no entity of its own, nothing from outside. */
export function readXml(text: string): XmlElement {
  if (text.length > largest) throw refuse('it is larger than 10 MiB')
  if (isTooDeep(text)) throw refuse(`its elements lie more than ${deepest} deep in each other`)
  try {
    const { root } = parseXml(text, { ignoreUndefinedEntities: true })
    if (root) return root
  } catch (cause) {
    if (!(cause instanceof XmlError)) throw cause
    throw refuse(`it is no well-formed XML: ${cause.message.split('\n')[0]}`)
  }
  throw refuse('it has no element')
}

export const elementsOf = (element: XmlElement, name?: string): XmlElement[] =>
  element.children.filter(
    (child): child is XmlElement =>
      child.type === 'element' && (name === undefined || (child as XmlElement).name === name),
  )

/** The element at the end of a path of names, the first of each name. */
export function find(element: XmlElement | undefined, path: string): XmlElement | undefined {
  return path
    .split('/')
    .reduce<XmlElement | undefined>((at, name) => (at ? elementsOf(at, name)[0] : undefined), element)
}

/** The text at the end of a path, blanks as they are; empty where nothing is there. */
export const textOf = (element: XmlElement | undefined, path?: string): string =>
  (path === undefined ? element : find(element, path))?.text ?? ''
