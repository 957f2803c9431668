import { describe, expect, test } from 'vitest'
import type { Member } from '../../scripts/docs/declarations.ts'
import { faultsOf, faultsOfOperations } from '../../scripts/docs/rules.ts'

const example = { name: 'example', text: '```ts\nawait tertulia.chat.block(ben.id)\n```' }
const whole: Member = {
  name: 'Chat.block',
  entries: ['tertulia/chat'],
  file: 'chat/moderation/calls.d.ts',
  kind: 'method',
  text: 'Blocks a user.',
  tags: [
    { name: 'param', text: "userId - The user's id." },
    { name: 'throws', text: '`profile_not_found`, `not_signed_in`.' },
    example,
  ],
  parameters: [
    { name: 'userId', type: 'string' },
    { name: 'options', type: 'CallOptions' },
  ],
  returns: 'Promise<void>',
}
const without = (tag: string) => whole.tags.filter(({ name }) => name !== tag)

describe('the text of a public name', () => {
  test('is whole with what it does, parameters, codes and an example', () => {
    expect(faultsOf(whole)).toEqual([])
  })

  test.each<[string, Partial<Member>, string]>([
    ['no text', { text: '' }, 'has no text'],
    ['only a pointer', { text: 'Blocks a person. See blockUser.' }, 'points to another text'],
    ['no parameter', { tags: without('param') }, 'has no @param userId'],
    ['no codes', { tags: without('throws') }, 'names no code in @throws'],
    [
      'a code that does not exist',
      { tags: [...whole.tags, { name: 'throws', text: '`profile_missing`' }] },
      'throws profile_missing, which is no error code',
    ],
    ['no example', { tags: without('example') }, 'has no @example in a block of ts or tsx'],
    [
      'an example that is not a block',
      { tags: [...without('example'), { name: 'example', text: 'block(ben.id)' }] },
      'has no @example in a block of ts or tsx',
    ],
    [
      'options that it does not describe',
      {
        parameters: [...whole.parameters.slice(0, 1), { name: 'options', type: 'PageOptions & CallOptions' }],
      },
      'has no @param options',
    ],
  ])('is refused with %s', (_, change, fault) => {
    expect(faultsOf({ ...whole, ...change })).toEqual([fault])
  })

  test('may be missing over a property that says everything itself, and over no other', () => {
    const property: Member = { ...whole, kind: 'property', text: '', tags: [], parameters: [], returns: '' }
    expect(faultsOf({ ...property, name: 'Song.title' })).toEqual([])
    expect(faultsOf({ ...property, name: 'Song.useCount' })).toEqual(['has no text'])
  })

  test('names no code where the call never rejects', () => {
    expect(
      faultsOf({ ...whole, text: 'Sends the queue now. It never rejects.', tags: without('throws') }),
    ).toEqual([])
  })
})

test('an operation that stands by itself says what the member says', () => {
  const operation: Member = { ...whole, name: 'blockUser', kind: 'function', file: 'chat/blocks.d.ts' }
  expect(faultsOfOperations([whole, operation])).toEqual([])
  expect(faultsOfOperations([whole, { ...operation, text: 'Blocks somebody.' }])).toEqual([
    'chat/blocks.d.ts blockUser says another thing than the member that calls it',
  ])
})
