import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readRates } from '../../src/testing/faults.ts'

/**
 * With `exactOptionalPropertyTypes`, `{ limit: form.limit }` is refused for `limit?: number` when the value may be undefined. So every
 * optional field that an app passes says `| undefined`. These files have no such input: what is in them is answered, or internal.
 */
const noInput = [
  'analytics/tracker.ts',
  'chat/changes.ts',
  'chat/schema.ts',
  'chat/messages/new-message.ts',
  'chat/outbox/outbox.ts',
  'chordpro/attributes.ts',
  'chordpro/describe.ts',
  'chordpro/parse.ts',
  'chordpro/types.ts',
  'cli/',
  'core/call.ts',
  'core/error.ts',
  'core/identity.ts',
  'core/limit.ts',
  'core/map-error.ts',
  'core/person.ts',
  'core/shape.ts',
  'database.types.ts',
  'import/song.ts',
  'live/',
  'offline/store.ts',
  'sharing/schema.ts',
  'testing/msw/profiles.ts',
  'testing/msw/refusal.ts',
]

/** Files whose `Partial` is answered, or internal. */
const noInputOfPartial = ['profiles/schema.ts', 'react/use-pages.ts']

/** Where a type ends that begins at a place: at the end of its field. */
function endOf(code: string, start: number): number {
  let depth = 0
  for (let at = start; at < code.length; at++) {
    const sign = code[at] ?? ''
    if ('({[<'.includes(sign)) depth++
    else if (')}]'.includes(sign) || (sign === '>' && code[at - 1] !== '=')) {
      if (depth === 0) return at
      depth--
    } else if (depth === 0 && ';,'.includes(sign)) return at
    else if (depth === 0 && sign === '\n') {
      const before = code.slice(start, at).trim()
      if (before !== '' && !/(?:[|&]|=>)$/.test(before) && !/^\s*[|&]/.test(code.slice(at))) return at
    }
  }
  return code.length
}

/** The optional fields of a file that refuse an explicit `undefined`. */
function strictFields(text: string): { line: number; start: number; end: number; type: string }[] {
  const skipped = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g
  const code = text.replace(skipped, (part) => part.replace(/[^\n]/g, '_').replace(/^_{2}(?=_*$)/, '__'))
  const bare = text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, (part) => part.replace(/[^\n]/g, ' '))
  const withoutComments = [...code].map((sign, at) => (bare[at] === ' ' ? ' ' : sign)).join('')
  const open: string[] = []
  const found = []
  for (let at = 0; at < withoutComments.length; at++) {
    const sign = withoutComments[at] ?? ''
    if ('({['.includes(sign)) open.push(sign)
    else if (')}]'.includes(sign)) open.pop()
    else if (withoutComments.startsWith('?:', at) && open.at(-1) === '{') {
      const start = at + 2
      const end = endOf(withoutComments, start)
      const type = text.slice(start, end).trim()
      const line = text.slice(0, at).split('\n').length
      if (!/\bundefined\b|^unknown$/.test(type)) found.push({ line, start, end, type })
    }
  }
  return found
}

test('every optional field that an app passes takes an explicit undefined', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts') && !noInput.some((one) => file.startsWith(one)))
  const strict = files.flatMap((file) =>
    strictFields(readFileSync(join('src', file), 'utf8')).map(
      ({ line, type }) => `src/${file}:${line} ${type}`,
    ),
  )
  // `Partial` makes fields of the strict kind.
  const partial = files.filter((file) => /\w: Partial</.test(readFileSync(join('src', file), 'utf8')))
  expect(partial).toEqual(noInputOfPartial)
  expect(files.length).toBeGreaterThan(150)
  expect(strict).toEqual([])
})

test('where defaults are filled in, an explicit undefined is a field that was left out', () => {
  expect(readRates({ drop: undefined, cut: 0.5 })).toEqual(readRates({ cut: 0.5 }))
})

test('the test itself sees fields, and neither parameters nor values', () => {
  const text =
    "interface A {\n  /** x?: y */\n  one?: string\n  two?: (a?: number) => void\n  three?: 'a' | 'b' | undefined\n}\nconst f = (a?: string) => ({ b: a ? 'x' : 'y' })\n"
  expect(strictFields(text).map(({ line, type }) => [line, type])).toEqual([
    [3, 'string'],
    [4, '(a?: number) => void'],
  ])
})
