import { blank, onlyBlanks } from './blanks.ts'
import { type Directive, readDirective } from './directives.ts'

/** Part of a line: a directive, or the text around it. */
export type Piece =
  | { kind: 'text'; from: number; text: string }
  /** `read` is null where the braces hold no name. */
  | { kind: 'directive'; from: number; text: string; read: Directive | null; closed: boolean }

/** Braces with at most two pairs in each other inside, as in `%{key|in %{}}`; braces that nothing closes, up to the next ones; text. */
const tokens = /\{([^{}]*(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}[^{}]*)*)\}+|\{+([^{}]*)(?=\{|$)|[^{]+/g
/** `{G}`, `{su}` and `{key}` among words are words: what says nothing without a value is no directive there. */
const needsValue = /^(?:comment(?:_italic|_box)?|highlight|meta)$/
const oneLetter = new RegExp(`^[${blank}]*[^${blank}:][${blank}]*:?[${blank}]*$`)

const isKnown = (read: Directive, inner: string): boolean =>
  read.kind !== 'unknown' &&
  (read.value !== '' || (read.kind === 'structure' && !needsValue.test(read.name) && !oneLetter.test(inner)))

/**
 * Cuts a line into its directives and the text between them. Braces among words are a directive only when the format
 * knows their name; alone in their line they always are.
 */
export function cutLine(line: string): Piece[] {
  if (!line.includes('{')) return [{ kind: 'text', from: 0, text: line }]
  const found = [...line.matchAll(tokens)]
  const alone = found.every(
    ([text, closed, open]) => closed !== undefined || open !== undefined || onlyBlanks.test(text),
  )
  return found.map(({ 0: text, 1: closed, 2: open, index: from }): Piece => {
    const inner = closed ?? open
    if (inner === undefined) return { kind: 'text', from, text }
    const read = readDirective(inner)
    if (!alone && !(read && isKnown(read, inner))) return { kind: 'text', from, text }
    return { kind: 'directive', from, text, read, closed: closed !== undefined }
  })
}

export function hasDirective(line: string): boolean {
  return cutLine(line).some(({ kind }) => kind === 'directive')
}
