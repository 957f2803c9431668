import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RevisedMessage } from '../../src/chat/schema.ts'
import { createTimeline } from '../../src/chat/timeline.ts'

const change = (n: number): RevisedMessage => ({
  revision: n,
  message: {
    id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    conversationId: 'c',
    senderId: 's',
    seq: n,
    content: `message ${n}`,
    metadata: {},
    createdAt: new Date(n),
    editedAt: null,
    deletedAt: null,
    reply: null,
    mentions: [],
    song: null,
    reactions: [],
  },
})

/** What the database answers when its head is `head`. */
function answer(head: number, since: number | null, page = 50) {
  const anew = since === null || since > head || head - since > 1_000
  const from = anew ? Math.max(0, head - page) : since
  const messages = Array.from({ length: head - from }, (_, i) => change(from + i + 1))
  return {
    anew,
    head,
    messages: anew ? messages.reverse() : messages,
    conversation: {
      id: 'c',
      kind: 'direct' as const,
      subject: null,
      lastSeq: head,
      lastMessageAt: null,
      metadata: {},
      createdAt: new Date(0),
      participants: [],
    },
  }
}

const seqs = (timeline: ReturnType<typeof createTimeline>) => timeline.messages().map(({ seq }) => seq)
const range = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i)

type Step =
  | { kind: 'commit' }
  | { kind: 'hear'; n: number }
  | { kind: 'ask' }
  | { kind: 'answer' }
  | { kind: 'older' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: 'commit' as const }) },
  // Any change that was committed, once, twice, late or never.
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('hear' as const), n: fc.nat({ max: 80 }) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'ask' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'answer' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'older' as const }) },
)

test('whatever is lost, doubled, late or out of order, what shows is a piece of the truth without gap, and whole after a synchronisation', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 0, max: 70 }), (steps, start) => {
      const timeline = createTimeline()
      let head = start
      let pending: ReturnType<typeof answer> | null = null
      for (const { kind, ...rest } of steps) {
        if (kind === 'commit') head++
        if (kind === 'hear' && 'n' in rest && rest.n >= 1 && rest.n <= head) timeline.receive(change(rest.n))
        // An answer is of the moment when it was asked for, and may come late.
        if (kind === 'ask') pending = answer(head, timeline.revision())
        if (kind === 'answer' && pending) {
          timeline.synchronise(pending)
          pending = null
        }
        const first = timeline.firstSeq()
        if (kind === 'older' && first !== undefined && first > 1) {
          timeline.prepend(
            range(Math.max(1, first - 7), first - 1)
              .reverse()
              .map(change),
            first,
          )
        }
        const shown = seqs(timeline)
        expect(shown).toEqual(range(shown[0] ?? 1, shown.at(-1) ?? 0))
        expect(shown.at(-1) ?? 0).toBeLessThanOrEqual(head)
      }
      timeline.synchronise(answer(head, timeline.revision()))
      expect(timeline.revision()).toBe(head)
      expect(seqs(timeline).at(-1) ?? 0).toBe(head)
    }),
    { numRuns: 500 },
  )
})

test('a change that was there before is not applied again, nor an answer that was overtaken', () => {
  const timeline = createTimeline()
  timeline.synchronise(answer(2, null))
  const late = answer(3, 2)
  expect(timeline.receive(change(3))).toBe('applied')
  expect(timeline.receive(change(4))).toBe('applied')
  expect(timeline.receive(change(3))).toBe('known')
  timeline.synchronise(late)
  expect(timeline.revision()).toBe(4)
  expect(seqs(timeline)).toEqual([1, 2, 3, 4])
})

test('far behind it starts anew from the newest page, and what was shown before is gone', () => {
  const timeline = createTimeline()
  timeline.synchronise(answer(60, null))
  expect(seqs(timeline)).toEqual(range(11, 60))
  timeline.synchronise(answer(2_000, 60))
  expect(seqs(timeline)).toEqual(range(1_951, 2_000))
  expect(timeline.hasOlder()).toBe(true)
  expect(timeline.has(change(60).message.id)).toBe(false)
})

test('a page that came too late to fit is not shown', () => {
  const timeline = createTimeline()
  timeline.synchronise(answer(60, null))
  const before = timeline.firstSeq() ?? 0
  timeline.synchronise(answer(2_000, 60))
  timeline.prepend(range(1, 10).reverse().map(change), before)
  expect(seqs(timeline)).toEqual(range(1_951, 2_000))
})
