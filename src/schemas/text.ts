import * as z from 'zod'
import { wholeText } from '../core/text.ts'
import { blanks, marks } from './values.ts'

// The database's text rule, `private.check_text`, in JavaScript.

const plain = /^[!-~](?:[ -~]*[!-~])?$/
// White space as the database sees it. It differs from `\s` in a few characters.
const space = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const spaces = new RegExp(`[${space}]+`, 'gu')
const seen = new RegExp(`[^${space}]`, 'u')
const edge = `[${space}\\u00ad\\u200b\\u2060\\u2800\\u3164\\ufeff]+`
const edges = new RegExp(`^${edge}|${edge}$`, 'gu')
const shown = new RegExp(`[^${blanks}]`, 'u')
const standing = new RegExp(`[^${blanks}${marks}]`, 'u')
// biome-ignore-start lint/suspicious/noControlCharactersInRegex: the rule is about them
const control = /[\u0001-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f]/
const lineBreak = /[\u0009-\u000d\u0085\u2028\u2029]/
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: the rule is about them
const override = /[\u202d\u202e]/
const direction = /[\u202a-\u202c\u2066-\u2069]/
const closed =
  /[\u202a\u202b][^\u202a-\u202c\u2066-\u2069]*\u202c|[\u2066-\u2068][^\u202a-\u202c\u2066-\u2069]*\u2069/g
const flag = /\u{1f3f4}[\u{e0020}-\u{e007e}]+\u{e007f}/gu
const invisible = /[\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff\u{e0000}-\u{e00ff}]/u

/** How many characters the database counts: code points. */
export const lengthOf = (text: string): number => [...text].length

/** Whether a text has more than white space. A field with white space alone counts as empty. */
export const hasText = (text: string): boolean => seen.test(text)

/** A text with single spaces. */
export const withSingleSpaces = (text: string): string => text.replace(spaces, ' ')

/** A name as it is kept. */
const kept = (name: string) => (plain.test(name) ? name : name.normalize('NFC').replace(edges, ''))

function changesDirection(text: string): boolean {
  if (override.test(text)) return true
  let rest = text
  for (let before = ''; rest !== before && direction.test(rest); ) {
    before = rest
    rest = rest.replace(closed, '')
  }
  return direction.test(rest)
}

function faultOfLines(text: string, longest: number): string | undefined {
  if (lengthOf(text) > longest) return `has more than ${longest} characters`
  if (!shown.test(text)) return 'is empty or shows nothing'
  if (control.test(text)) return 'has control characters'
  return undefined
}

/** Why a text may not stand as a name, which is one line; undefined when it may. */
export function faultOfName(name: string, longest: number): string | undefined {
  const text = kept(name)
  const fault = faultOfLines(text, longest)
  if (fault) return fault
  if (lineBreak.test(text)) return 'has more than one line'
  if (!standing.test(text)) return 'is empty or shows nothing'
  if (changesDirection(text)) return 'changes the direction of the text after it'
  if (invisible.test(text.replace(flag, ''))) return 'has invisible characters'
  return undefined
}

type Fault = (text: string) => string | undefined

/** A text that passes a rule, which says why it does not. */
export function ruled(fault: Fault, json: Record<string, unknown> = {}): z.ZodString {
  return z
    .string()
    .superRefine((text, context) => {
      const message = wholeText.test(text) ? fault(text) : 'has a NUL character or half of a surrogate pair'
      if (message) context.addIssue({ code: 'custom', message })
    })
    .meta(json)
}

const atMost = (longest: number) => ({ maxLength: longest })

/** A name of 1 to so many characters, on one line. */
export const name = (longest: number): z.ZodString =>
  ruled((text) => faultOfName(text, longest), { minLength: 1, ...atMost(longest) })

/** A name that may be empty. White space alone counts as empty. */
export const emptyableName = (longest: number): z.ZodString =>
  ruled((text) => (hasText(text) ? faultOfName(text, longest) : undefined), atMost(longest))

/** 1 to so many characters, on any number of lines. */
export const lines = (longest: number): z.ZodString =>
  ruled((text) => faultOfLines(text, longest), { minLength: 1, ...atMost(longest) })

/** Lines that may be empty; `isEmpty` says which texts count as empty. */
export const emptyableLines = (longest: number, isEmpty: (text: string) => boolean): z.ZodString =>
  ruled((text) => (isEmpty(text) ? undefined : faultOfLines(text, longest)), atMost(longest))

/** A text that matches a pattern. */
export const matching = (pattern: RegExp, expected: string): z.ZodString =>
  ruled(
    (text) => (pattern.test(text) ? undefined : `is not ${expected}`),
    pattern.flags ? {} : { pattern: pattern.source },
  )

/** Any text of at most so many characters. */
export const upTo = (longest: number): z.ZodString =>
  ruled(
    (text) => (lengthOf(text) > longest ? `has more than ${longest} characters` : undefined),
    atMost(longest),
  )

/** Any text. */
export const anyText: z.ZodString = ruled(() => undefined)

/** A name of a catalogue, at most 80 characters; spaces are made single. */
export function faultOfCatalogueName(name: string): string | undefined {
  const fault = faultOfName(name, 80)
  if (fault) return fault
  // Compatibility forms are compared by what they stand for, which can be long.
  return lengthOf(kept(name).normalize('NFKC')) > 400 ? 'has too long a form' : undefined
}
