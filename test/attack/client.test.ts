import fc from 'fast-check'
import { createTertulia, isTertuliaError } from 'tertulia'
import { expect, onTestFinished, test } from 'vitest'
import { type Person, signInAgain } from '../support/people.ts'
import { idsOf, setScene } from './scene.ts'
import { text } from './values.ts'

/** Calls of each method; `npm run test:attack` makes more. */
const runs = Number(process.env.TERTULIA_ATTACK_RUNS ?? 4)
const seed = Number(process.env.TERTULIA_ATTACK_SEED ?? 1)

/** They end the account, the stack of files or the handle for all calls that follow. */
const left = new Set(['profiles.deleteAccount', 'analytics.close'])

const cyclic: Record<string, unknown> = {}
cyclic.self = cyclic
const throwing = new Proxy(
  {},
  {
    get() {
      throw new RangeError('no')
    },
  },
)

/** What callers in JavaScript pass, by mistake or on purpose. */
function anything(ids: string[]): fc.Arbitrary<unknown> {
  const field = fc.constantFrom(
    ...[
      'limit',
      'cursor',
      'signal',
      'filters',
      'content',
      'userId',
      'role',
      'email',
      'expiresAt',
      'memberIds',
      'subject',
    ],
    ...[
      'metadata',
      'attachments',
      'replyTo',
      'mentions',
      'songId',
      'title',
      'visibility',
      'reason',
      'note',
      'from',
      'to',
    ],
    ...[
      'kind',
      'category',
      'expectedVersion',
      'summary',
      'maxUses',
      'archived',
      'unread',
      'pinned',
      'handle',
      'bio',
    ],
  )
  const leaf = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom<unknown>(...ids) },
    text,
    fc.constantFrom<unknown>(
      ...[
        null,
        undefined,
        true,
        false,
        0,
        -1,
        1.5,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        2 ** 53,
        10n ** 30n,
      ],
      ...[
        Symbol('x'),
        () => 1,
        new Date(Number.NaN),
        new Date(),
        new Date(8.64e15),
        /x/,
        new Map(),
        new Set(['a']),
      ],
      ...[
        cyclic,
        throwing,
        Object.create(null),
        new Uint8Array(10),
        new ArrayBuffer(0),
        new Error('x'),
        'x'.repeat(1e6),
      ],
    ),
  )
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { weight: 4, arbitrary: leaf },
      { weight: 3, arbitrary: fc.dictionary(field, tie('value'), { maxKeys: 4, noNullPrototype: false }) },
      { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
      { weight: 1, arbitrary: fc.constantFrom<unknown>(Array(300).fill(ids[0]), Array(1001).fill(null)) },
    ),
  }))
  return value
}

test('no method of the SDK fails with anything but an error that it knows, whatever it is given', async () => {
  const scene = await setScene()
  const person = await signInAgain(scene.people.ana as Person)
  const tertulia = createTertulia(person.supabase, { timeoutMs: 20_000 })
  const handles = {
    conversation: tertulia.chat.openConversation(scene.group),
    inbox: tertulia.chat.watchInbox(),
    song: tertulia.songs.watch(scene.song),
    notices: tertulia.sharing.watchNotices(),
  }
  onTestFinished(() => {
    for (const handle of Object.values(handles)) handle.close()
  })
  const methods = Object.entries({ ...tertulia, ...handles }).flatMap(([owner, all]) =>
    Object.entries(all as unknown as Record<string, unknown>)
      .filter(([name, one]) => typeof one === 'function' && name !== 'close' && !left.has(`${owner}.${name}`))
      .map(([name, one]) => [`${owner}.${name}`, one as (...args: unknown[]) => unknown] as const),
  )
  const found = new Map<string, string>()
  let calls = 0
  const note = (name: string, error: unknown) => {
    const known = isTertuliaError(error)
    if (
      known &&
      !['unknown', 'invalid_answer', 'schema_outdated', 'unavailable', 'timeout'].includes(error.code)
    )
      return
    found.set(
      `${name}: ${known ? error.code : error}`,
      error instanceof Error ? (error.stack ?? '').slice(0, 400) : '',
    )
  }
  const args = fc.array(anything(idsOf(scene)), { maxLength: 3 })
  for (const [name, method] of methods) {
    await fc.assert(
      fc.asyncProperty(args, async (given) => {
        calls++
        try {
          const answer = method(...given)
          // What is subscribed to goes on without end; a list is walked for one page.
          if (typeof answer === 'object' && answer !== null && 'close' in answer)
            (answer as { close(): void }).close()
          else await answer
        } catch (error) {
          note(name, error)
        }
      }),
      { numRuns: runs, seed },
    )
  }
  console.log(`${calls} calls of ${methods.length} methods, ${found.size} unmapped`)
  expect([...found].map(([key, stack]) => `${key}\n${stack}`).join('\n')).toBe('')
}, 600_000)
