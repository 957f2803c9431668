import { createTertulia } from 'tertulia'
import { expect, test } from 'vitest'
import { signUp } from '../support/people.ts'

const id = crypto.randomUUID()
/** What throws wherever it is asked. */
const throwing = new Proxy({} as never, {
  get() {
    throw new RangeError('no')
  },
})
let deep: unknown = 'x'
for (let n = 0; n < 100_000; n++) deep = [deep]
const cyclic: Record<string, unknown> = {}
cyclic.self = cyclic

test('an input that cannot be read is an input that is refused, never an error of another kind', async () => {
  const { supabase } = await signUp('Ana')
  const { chat, profiles, songs } = createTertulia(supabase)
  const calls: [string, () => Promise<unknown>][] = [
    ['a profile that throws', () => profiles.update(throwing)],
    ['options that throw', async () => profiles.list(throwing)],
    ['a song that throws', () => songs.create(throwing)],
    ['metadata that are deep', () => profiles.update({ metadata: { deep } })],
    ['metadata in a circle', () => profiles.update({ metadata: cyclic })],
    ['a draft that is deep', () => chat.setDraft(id, { content: 'x', metadata: { deep } })],
    ['an edit in a circle', () => chat.editMessage(id, { metadata: cyclic })],
    ['a file that throws', () => chat.uploadAttachment(id, throwing)],
    ['a picture that throws', () => profiles.setAvatar(throwing)],
  ]
  for (const [what, call] of calls)
    expect([
      what,
      await call().then(
        () => 'ok',
        ({ code }) => code,
      ),
    ]).toEqual([what, 'invalid_input'])
})
