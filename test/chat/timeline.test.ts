import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTimeline, type Timeline } from '../../src/chat/conversation/timeline.ts'
import type { Conversation, RevisedMessage } from '../../src/chat/schema.ts'

/** A conversation as the database has it: each change is a new message, or an edit of an older one. */
class Truth {
  readonly changes: RevisedMessage[] = []

  constructor(messages: number) {
    for (let n = 1; n <= messages; n++) this.add()
  }

  get head() {
    return this.changes.length
  }

  get lastSeq() {
    return Math.max(0, ...this.changes.map(({ message }) => message.seq))
  }

  #change(seq: number): void {
    const revision = this.head + 1
    this.changes.push({
      revision,
      message: {
        id: `00000000-0000-4000-8000-${String(seq).padStart(12, '0')}`,
        conversationId: 'c',
        senderId: 's',
        seq,
        content: `message ${seq} as of change ${revision}`,
        metadata: {},
        createdAt: new Date(seq),
        editedAt: null,
        deletedAt: null,
        pinnedAt: null,
        reply: null,
        mentions: [],
        attachments: [],
        song: null,
        reactions: [],
        system: null,
      },
    })
  }

  add(): void {
    this.#change(this.lastSeq + 1)
  }

  edit(seq: number): void {
    if (seq >= 1 && seq <= this.lastSeq) this.#change(seq)
  }

  /** Every message as of a change, in order of `seq`. */
  at(head = this.head): RevisedMessage[] {
    const rows: RevisedMessage[] = []
    for (const change of this.changes.slice(0, head)) rows[change.message.seq - 1] = change
    return rows
  }

  page(from: number, to: number): RevisedMessage[] {
    return this.at()
      .filter(({ message }) => message.seq >= from && message.seq <= to)
      .reverse()
  }

  answer(since: number | null, pageSize = 50) {
    const anew = since === null || since > this.head || this.head - since > 1_000
    const rows = this.at()
    const conversation: Conversation = {
      id: 'c',
      kind: 'direct',
      subject: null,
      lastSeq: this.lastSeq,
      lastMessageAt: null,
      deletedUnread: [],
      mentionedUnread: [],
      pinnedSeqs: [],
      metadata: {},
      createdAt: new Date(0),
      writers: 'everyone',
      history: 'all',
      participants: [],
      formerParticipants: [],
    }
    return {
      anew,
      conversation: { revision: this.head, conversation },
      people: [],
      marks: {},
      messages: anew
        ? rows.slice(-pageSize).reverse()
        : rows.filter(({ revision }) => revision > since).sort((a, b) => a.revision - b.revision),
    }
  }
}

const seqs = (timeline: Timeline) => timeline.messages().map(({ seq }) => seq)
const range = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i)

function deferred<T>() {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

type Step =
  | { kind: 'add' | 'ask' | 'answer' | 'older' | 'newer' | 'read page' | 'page arrives' | 'to newest' }
  | { kind: 'hear' | 'edit' | 'jump'; n: number }

const plain = (weight: number, kind: Exclude<Step['kind'], 'hear' | 'edit' | 'jump'>) => ({
  weight,
  arbitrary: fc.constant<Step>({ kind }),
})
const numbered = (weight: number, kind: 'hear' | 'edit' | 'jump', max: number) => ({
  weight,
  arbitrary: fc.nat({ max }).map<Step>((n) => ({ kind, n })),
})

const step: fc.Arbitrary<Step> = fc.oneof(
  plain(4, 'add'),
  numbered(3, 'edit', 80),
  // Any change that was committed, once, twice, late or never.
  numbered(4, 'hear', 160),
  // The next one, as it comes when all is well.
  plain(2, 'ask'),
  plain(2, 'answer'),
  plain(2, 'older'),
  plain(2, 'newer'),
  numbered(2, 'jump', 80),
  plain(4, 'read page'),
  plain(4, 'page arrives'),
  plain(1, 'to newest'),
)

/** What shows is a piece of the truth without gap, each message at least as new as what is known to be there. */
function check(timeline: Timeline, truth: Truth): void {
  const shown = timeline.messages()
  expect(seqs(timeline)).toEqual(range(shown[0]?.seq ?? 1, shown.at(-1)?.seq ?? 0))
  const known = truth.at(timeline.revision() ?? 0)
  for (const { seq, content } of shown) {
    const versions = truth.changes.filter(({ message }) => message.seq === seq)
    const version = versions.find(({ message }) => message.content === content)
    expect(version?.revision ?? -1).toBeGreaterThanOrEqual(known[seq - 1]?.revision ?? 0)
  }
  expect(timeline.hasOlder()).toBe((shown[0]?.seq ?? 1) > 1)
  if (!timeline.hasNewer()) expect(shown.at(-1)?.seq ?? 0).toBe(timeline.conversation()?.lastSeq ?? 0)
}

test('whatever is lost, doubled, late or out of order, what shows is a piece of the truth without gap, and whole after a synchronisation', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 200 }),
      fc.integer({ min: 0, max: 70 }),
      async (steps, start) => {
        const timeline = createTimeline()
        const truth = new Truth(start)
        let answer: ReturnType<Truth['answer']> | null = null
        let page: { read(): void; arrive(): Promise<void> } | null = null
        /** Asks for a page, which is read later, and arrives later still. */
        const ask = (from: number, to: number, apart: boolean) => {
          let rows: RevisedMessage[] | null = null
          const { promise, resolve } = deferred<RevisedMessage[]>()
          const loaded = timeline.load(promise, apart)
          const read = () => {
            rows ??= truth.page(from, to)
          }
          page = {
            read,
            arrive() {
              read()
              resolve(rows ?? [])
              return loaded
            },
          }
        }
        for (const one of steps) {
          const shown = seqs(timeline)
          if (one.kind === 'add') truth.add()
          if (one.kind === 'edit') truth.edit(one.n)
          if (one.kind === 'hear') {
            const change = truth.changes[one.n - 1] ?? truth.changes[timeline.revision() ?? 0]
            if (change) timeline.receive(change)
          }
          // An answer is of the moment when it was asked for, and may come late.
          if (one.kind === 'ask') answer = truth.answer(timeline.revision())
          if (one.kind === 'answer' && answer) {
            timeline.synchronise(answer)
            answer = null
          }
          if (one.kind === 'older' && !page && shown[0] !== undefined) ask(shown[0] - 7, shown[0] - 1, false)
          if (one.kind === 'newer' && !page && timeline.hasNewer()) {
            const last = shown.at(-1) ?? 0
            ask(last + 1, last + 7, false)
          }
          if (one.kind === 'jump' && !page && !timeline.show(one.n)) ask(one.n - 3, one.n + 3, true)
          if (one.kind === 'read page') (page as { read(): void } | null)?.read()
          if (one.kind === 'page arrives') {
            await (page as { arrive(): Promise<void> } | null)?.arrive()
            page = null
          }
          if (one.kind === 'to newest') timeline.show(timeline.conversation()?.lastSeq ?? 0)
          check(timeline, truth)
        }
        timeline.synchronise(truth.answer(timeline.revision()))
        check(timeline, truth)
        expect(timeline.revision()).toBe(truth.head)
        const [first] = seqs(timeline)
        const there = truth.at().slice((first ?? 1) - 1)
        expect(timeline.messages()).toEqual(
          there.slice(0, timeline.messages().length).map(({ message }) => message),
        )
      },
    ),
    { numRuns: 1_000 },
  )
})

test('a change that was there before is not applied again, nor an answer that was overtaken', () => {
  const timeline = createTimeline()
  const truth = new Truth(2)
  timeline.synchronise(truth.answer(null))
  truth.add()
  const late = truth.answer(2)
  truth.add()
  expect(timeline.receive(truth.changes[2]!)).toBe('applied')
  expect(timeline.receive(truth.changes[3]!)).toBe('applied')
  expect(timeline.receive(truth.changes[2]!)).toBe('known')
  timeline.synchronise(late)
  expect(timeline.revision()).toBe(4)
  expect(seqs(timeline)).toEqual([1, 2, 3, 4])
})

test('far behind it starts anew from the newest page, and what was shown before is gone', async () => {
  const timeline = createTimeline()
  timeline.synchronise(new Truth(60).answer(null))
  expect(seqs(timeline)).toEqual(range(11, 60))
  await timeline.load(Promise.resolve(new Truth(60).page(1, 5)), true)
  expect(seqs(timeline)).toEqual(range(1, 5))
  timeline.synchronise(new Truth(2_000).answer(60))
  expect(seqs(timeline)).toEqual(range(1_951, 2_000))
  expect(timeline.hasOlder()).toBe(true)
  expect(timeline.hasNewer()).toBe(false)
  expect(timeline.has(new Truth(60).changes[59]!.message.id)).toBe(false)
})

test('a page that came too late to fit is not shown', async () => {
  const timeline = createTimeline()
  timeline.synchronise(new Truth(60).answer(null))
  const { promise, resolve } = deferred<RevisedMessage[]>()
  const loaded = timeline.load(promise, false)
  timeline.synchronise(new Truth(2_000).answer(60))
  resolve(new Truth(60).page(1, 10))
  await loaded
  expect(seqs(timeline)).toEqual(range(1_951, 2_000))
})

test('a page of before the changes that a new beginning left out is not shown', async () => {
  const timeline = createTimeline()
  const truth = new Truth(60)
  timeline.synchronise(truth.answer(null))
  const { promise, resolve } = deferred<RevisedMessage[]>()
  const loaded = timeline.load(promise, true)
  const stale = truth.page(1, 10)
  // The newest page begins where it did, and yet the older one has changed.
  for (let n = 0; n < 1_001; n++) truth.edit(5)
  timeline.synchronise(truth.answer(60))
  resolve(stale)
  await loaded
  expect(seqs(timeline)).toEqual(range(11, 60))
})

test('a page that was read before an edit shows the edit', async () => {
  const timeline = createTimeline()
  const truth = new Truth(60)
  timeline.synchronise(truth.answer(null))
  const { promise, resolve } = deferred<RevisedMessage[]>()
  const loaded = timeline.load(promise, false)
  const stale = truth.page(1, 10)
  truth.edit(5)
  expect(timeline.receive(truth.changes[60]!)).toBe('applied')
  resolve(stale)
  await loaded
  expect(timeline.messages()[4]?.content).toBe('message 5 as of change 61')
})

test('a window far back grows until it meets the newest one, and a change reaches both', async () => {
  const timeline = createTimeline()
  const truth = new Truth(200)
  timeline.synchronise(truth.answer(null))
  const jump = (from: number, to: number, apart = true) =>
    timeline.load(Promise.resolve(truth.page(from, to)), apart)
  await jump(50, 60)
  expect([seqs(timeline), timeline.hasNewer(), timeline.hasOlder()]).toEqual([range(50, 60), true, true])
  truth.add()
  truth.edit(55)
  truth.edit(180)
  for (const change of truth.changes.slice(200)) expect(timeline.receive(change)).toBe('applied')
  expect(timeline.messages()[5]?.content).toBe('message 55 as of change 202')
  await jump(61, 120, false)
  await jump(121, 149, false)
  expect(timeline.hasNewer()).toBe(true)
  await jump(145, 151, false)
  expect(timeline.hasNewer()).toBe(false)
  expect(seqs(timeline)).toEqual(range(50, 201))
  expect(timeline.messages().map(({ content }) => content)).toEqual(
    truth
      .at()
      .slice(49)
      .map(({ message }) => message.content),
  )
})
