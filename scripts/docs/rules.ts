import { type ErrorCode, errorCodes } from '../../src/core/error-codes.ts'
import type { Member } from './declarations.ts'

// What the text of each public name must have. An editor shows nothing else, so nothing may stand elsewhere.

/** Properties whose name and type say everything: the key of a row, its times, and what a person calls it. */
const selfEvident = new Set(
  (
    'album artist bio conversation conversationId createdAt deletedAt description displayName editedAt handle id items joinedAt ' +
    'kind label message name note notice path profile profileId quality reason role root sender song songId status subject tags text title ' +
    'updatedAt userId value visibility year'
  ).split(' '),
)

/** Interfaces that the caller implements: their own text shows how, in place of an example for each method. */
const implementedByCaller = new Set([
  'AnySupabaseClient',
  'Clock',
  'KeyValueStorage',
  'Lifecycle',
  'NativeAppState',
  'NativeAuth',
  'NativeCrypto',
  'NativeNetInfo',
  'OfflineCache',
])

/** Names without a text: what a tool generated, and what only passes from one function of ours to another. */
const isOpaque = ({ name, file }: Member) =>
  file === 'database.types.d.ts' || name.startsWith('Context.') || name.startsWith('AnySupabaseClient.')

const asynchronous = /^(?:Promise|Paged|AsyncIterable)\b/
const neverRejects = /\bnever rejects\b/

/** The codes in backticks of a member's `@throws`. */
const codesOf = ({ tags }: Member) =>
  tags
    .filter(({ name }) => name === 'throws')
    .flatMap(({ text }) => [...text.matchAll(/`([a-z]+(?:_[a-z]+)*)`/g)].map(([, code]) => code!))

/** What is wrong with a member's text. */
export function faultsOf(member: Member): string[] {
  const { name, kind, text, tags, parameters, returns } = member
  if (isOpaque(member)) return []
  const faults: string[] = []
  const last = name.split('.').at(-1)!
  if (text === '' && !(kind === 'property' && selfEvident.has(last))) faults.push('has no text')
  if (/^[^.]*\. See /.test(text)) faults.push('points to another text')
  if (kind !== 'function' && kind !== 'method') return faults
  if (implementedByCaller.has(name.split('.')[0]!)) return faults
  const tag = (wanted: string) => tags.filter((one) => one.name === wanted)
  if (!tag('example').some((one) => /```tsx?\n/.test(one.text)))
    faults.push('has no @example in a block of ts or tsx')
  for (const parameter of parameters) {
    if (/^(?:Context|CallOptions)$/.test(parameter.type)) continue
    const described = tag('param').some((one) => one.text.split(/[\s.]/)[0] === parameter.name)
    if (!described) faults.push(`has no @param ${parameter.name}`)
  }
  if (asynchronous.test(returns) && codesOf(member).length === 0 && !neverRejects.test(text))
    faults.push('names no code in @throws')
  for (const code of codesOf(member)) {
    if (/_/.test(code) && !isCode(code)) faults.push(`throws ${code}, which is no error code`)
  }
  return faults
}

const isCode = (code: string): code is ErrorCode => Object.hasOwn(errorCodes, code)

/**
 * Operations that an entry exports by themselves say the same as the member of the client that calls them, but for the example.
 * Returns what is wrong with those that do not.
 */
export function faultsOfOperations(members: Member[]): string[] {
  const said = (member: Member) =>
    JSON.stringify([
      member.text,
      member.tags.filter(({ name }) => name !== 'example' && name !== 'internal'),
    ]).replace(/\\n|\s+/g, ' ')
  const methods = new Set(members.filter(({ kind }) => kind === 'method').map(said))
  return members
    .filter(
      ({ kind, file, name }) =>
        kind === 'function' && file.startsWith('chat/') && name !== 'createChat' && name !== 'createContacts',
    )
    .filter((member) => !methods.has(said(member)))
    .map(({ file, name }) => `${file} ${name} says another thing than the member that calls it`)
}
