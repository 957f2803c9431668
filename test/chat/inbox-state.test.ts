import { expect, test } from 'vitest'
import { createInboxState, inboxAnswer } from '../../src/chat/inbox/inbox-state.ts'
import type { Context } from '../../src/core/context.ts'
import { createRandom } from '../../src/testing/index.ts'

const me = crypto.randomUUID()
const other = crypto.randomUUID()
const at = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString()

interface Talk {
  id: string
  here: boolean
  changed: number
  ownChanged: boolean
  conversation: Record<string, unknown> & {
    last_seq: number
    last_revision: number
    deleted_unread: number[]
  }
  message: Record<string, unknown> | null
  /** How far the other user has read: what they sent. */
  otherRead: number
  own: Record<string, unknown> & { last_read_seq: number; own_revision: number }
}

const seat = (userId: string, read: number) => ({
  user_id: userId,
  handle: 'someone',
  display_name: 'Someone',
  avatar_path: null,
  role: 'member',
  joined_at: at(0),
  left_at: null,
  last_read_seq: read,
})

type Event = [name: string, payload: unknown]

/** The database as far as an inbox sees it: what it answers, and the events that each change sends. */
function createModel(random: () => number) {
  const talks: Talk[] = []
  let clock = 0
  const below = (n: number) => Math.floor(random() * n)
  const copy = <T>(value: T): T => structuredClone(value)

  function conversationEvent(talk: Talk): Event {
    return [
      'conversation',
      {
        conversation_id: talk.id,
        revision: talk.conversation.last_revision,
        // Too long for an event: it is asked for.
        changes: null,
      },
    ]
  }
  const mine = (talk: Talk): Event => ['mine', { conversation_id: talk.id, ...copy(talk.own) }]

  function say(talk: Talk, sender: string): Event {
    const { conversation } = talk
    conversation.last_seq++
    conversation.last_revision++
    conversation.last_message_at = at(clock)
    if (sender === me) talk.own.last_read_seq = conversation.last_seq
    else talk.otherRead = conversation.last_seq
    talk.message = {
      id: crypto.randomUUID(),
      conversation_id: talk.id,
      sender_id: sender,
      seq: conversation.last_seq,
      revision: conversation.last_revision,
      content: `${random()}`,
      metadata: {},
      created_at: at(clock),
      edited_at: null,
      deleted_at: null,
      reply_to: null,
      reply: null,
      mentions: [],
      attachments: [],
      song: null,
      reactions: [],
    }
    return ['message', copy(talk.message)]
  }

  const changes: ((talk: Talk) => Event[])[] = [
    (talk) => [say(talk, me)],
    (talk) => [say(talk, other)],
    (talk) => [say(talk, other)],
    (talk) => {
      if (!talk.message || talk.message.deleted_at) return []
      talk.message = { ...talk.message, content: `${random()}`, revision: ++talk.conversation.last_revision }
      return [['message', copy(talk.message)]]
    },
    // An older message: it takes a revision, or several, and the newest one stays.
    (talk) => {
      if (!talk.message || talk.conversation.last_seq < 2) return []
      talk.conversation.last_revision += 1 + below(2)
      const { last_revision: revision, last_seq } = talk.conversation
      return [
        [
          'message',
          { ...copy(talk.message), id: crypto.randomUUID(), deleted_at: null, seq: last_seq - 1, revision },
        ],
      ]
    },
    // A deletion, of the newest message or of an older one.
    (talk) => {
      const seq = talk.conversation.last_seq - below(3)
      if (!talk.message || seq < 1 || talk.conversation.deleted_unread.includes(seq)) return []
      talk.conversation.deleted_unread.push(seq)
      const newest = seq === talk.conversation.last_seq
      const revision = ++talk.conversation.last_revision
      const gone = { ...talk.message, content: '', deleted_at: at(clock), revision }
      if (newest) talk.message = gone
      return [['message', { ...copy(gone), ...(!newest && { id: crypto.randomUUID() }), seq }]]
    },
    (talk) => {
      talk.conversation.subject = `${random()}`
      talk.conversation.last_revision++
      return [conversationEvent(talk)]
    },
    (talk) => {
      talk.own[['muted', 'pinned', 'archived'][below(3)] ?? ''] = random() < 0.5
      talk.own.own_revision++
      return [mine(talk)]
    },
    (talk) => {
      const seq = below(talk.conversation.last_seq + 1)
      if (seq <= talk.own.last_read_seq) return []
      talk.own.last_read_seq = seq
      talk.own.own_revision++
      return [mine(talk)]
    },
    (talk) => {
      talk.here = false
      talk.conversation.last_revision++
      return [['removed', { conversation_id: talk.id }]]
    },
  ]

  return {
    change(): Event[] {
      clock++
      if (talks.length === 0 || random() < 0.05) {
        const id = crypto.randomUUID()
        const talk: Talk = {
          id,
          here: true,
          changed: clock,
          ownChanged: false,
          conversation: {
            id,
            kind: 'group',
            subject: null,
            last_seq: 0,
            last_revision: 1,
            last_message_at: null,
            deleted_unread: [],
            metadata: {},
            created_at: at(clock),
            writers: 'everyone',
            history: 'all',
          },
          message: null,
          otherRead: 0,
          own: { last_read_seq: 0, muted: false, pinned: false, archived: false, own_revision: 0 },
        }
        talks.push(talk)
        return [conversationEvent(talk)]
      }
      const talk = talks[below(talks.length)]!
      talk.changed = clock
      if (!talk.here) {
        // What happens while one is out of it goes unheard, or one comes back.
        talk.conversation.last_revision++
        if (random() < 0.5) return []
        talk.here = true
        Object.assign(talk.own, { muted: false, pinned: false, archived: false })
        talk.own.last_read_seq = talk.conversation.last_seq
        talk.own.own_revision++
        return [conversationEvent(talk)]
      }
      if (random() < 0.01) {
        talks.splice(talks.indexOf(talk), 1)
        return []
      }
      return changes[below(changes.length)]!(talk)
    },
    /** Answers as `sync_inbox` does; `early` says how much of what it knows already it answers again. */
    answer(since: number | null, early: number) {
      const here = talks.filter((talk) => talk.here)
      const news = (talk: Talk) => since === null || talk.changed > since
      return inboxAnswer(
        copy({
          anew: since === null,
          position: clock - early,
          total: here.length,
          items: here.filter(news).map((talk) => ({
            conversation: {
              ...talk.conversation,
              participants: [seat(me, talk.own.last_read_seq), seat(other, talk.otherRead)],
              deleted_unread: talk.conversation.deleted_unread
                .filter((seq) => seq > talk.own.last_read_seq)
                .sort((a, b) => a - b),
            },
            last_message: talk.message,
            ...talk.own,
          })),
          removed: since === null ? [] : talks.filter((talk) => !talk.here && news(talk)).map(({ id }) => id),
        }),
        '',
      )
    },
  }
}

/** An inbox whose events are lost, doubled and late, and whose answers are late too. */
function play(seed: number) {
  const random = createRandom(seed)
  const model = createModel(random)
  const state = createInboxState({} as Context, me)
  let late: Event[] = []
  let answer: ReturnType<typeof model.answer> | null = null
  let again = true
  const ask = () => {
    answer = model.answer(state.position(), Math.floor(random() * 2))
    again = false
  }
  const hear = ([name, payload]: Event) => {
    if (state.receive(name, payload) === 'gap') again = true
  }
  const take = () => {
    if (answer && state.synchronise(answer) === 'gap') again = true
    answer = null
  }
  for (let n = 0; n < 80; n++) {
    for (const event of model.change()) {
      const roll = random()
      if (roll < 0.4) hear(event)
      else if (roll < 0.7) late.push(event)
      if (roll > 0.3 && roll < 0.5) late.push(event)
    }
    if (random() < 0.3) {
      const passing = late.filter(() => random() < 0.5)
      late = late.filter((event) => !passing.includes(event))
      for (const event of passing.sort(() => random() - 0.5)) hear(event)
    }
    if (answer) {
      if (random() < 0.4) take()
    } else if (again && random() < 0.5) ask()
  }
  // It gets calm: what is late comes, in any order, and one check more asks.
  take()
  for (const event of late.sort(() => random() - 0.5)) hear(event)
  for (let round = 0; round < 4 && (round === 0 || again); round++) {
    ask()
    take()
  }
  // An event of a conversation that one is out of is in no answer, and waited for no longer than that.
  state.settle()
  ask()
  take()
  const fresh = createInboxState({} as Context, me)
  fresh.synchronise(model.answer(null, 0))
  return { shown: state.items(), there: fresh.items(), again }
}

test('whatever becomes of events and answers, one check later it shows what the database has', () => {
  for (let seed = 1; seed <= 400; seed++) {
    const { shown, there, again } = play(seed)
    expect(shown, `seed ${seed}`).toEqual(there)
    expect(again, `seed ${seed}`).toBe(false)
  }
})

test('without a loss every event is enough by itself, whatever was asked before it', () => {
  for (let seed = 1; seed <= 80; seed++) {
    const random = createRandom(seed)
    const model = createModel(random)
    const state = createInboxState({} as Context, me)
    const ask = () => state.synchronise(model.answer(state.position(), 0))
    let held: Event[] = []
    ask()
    for (let n = 0; n < 40; n++) {
      const overtaken = model.answer(state.position(), 0)
      for (const event of model.change()) {
        if (event[0] === 'mine' && random() < 0.4) held.push(event)
        else if (state.receive(...event) === 'gap') ask()
        else {
          expect(state.receive(...event)).toBe('known')
          // An answer from before takes nothing back.
          state.synchronise(overtaken)
        }
      }
      if (held.length === 0 || random() < 0.5) {
        // Nor does one's own side of an earlier moment.
        for (const event of held.sort(() => random() - 0.5)) if (state.receive(...event) === 'gap') ask()
        held = []
        const fresh = createInboxState({} as Context, me)
        fresh.synchronise(model.answer(null, 0))
        if (state.items().length !== fresh.items().length) break
        expect(state.items(), `seed ${seed}`).toEqual(fresh.items())
      }
    }
  }
})

test('what an event tells of is asked for until an answer holds it, for the database may show it a moment later', () => {
  const model = createModel(createRandom(1))
  const state = createInboxState({} as Context, me)
  const empty = model.answer(null, 0)
  state.synchronise(empty)
  let event = model.change()[0]
  while (event?.[0] !== 'conversation') event = model.change()[0]
  expect(state.receive(...event)).toBe('gap')
  expect(state.synchronise(empty)).toBe('gap')
  expect(state.synchronise(model.answer(state.position(), 0))).toBe('complete')
  expect(state.items().length).toBeGreaterThan(0)
})

test('an event that is of no known shape makes it ask', () => {
  const state = createInboxState({} as Context, me)
  for (const event of ['message', 'conversation', 'mine', 'removed']) {
    for (const payload of [null, 7, {}, { conversation_id: 'x' }]) {
      expect(state.receive(event, payload), event).toBe('gap')
    }
  }
})

test('marks that come before the messages that they mark count nothing below none, and nothing anew', () => {
  const model = createModel(createRandom(1))
  let said: Event | undefined
  while (!said) said = model.change().find(([name]) => name === 'message')
  const state = createInboxState({} as Context, me)
  state.synchronise(model.answer(null, 0))
  const raw = said[1] as { conversation_id: string }
  const shown = () => state.items().find((one) => one.conversation.id === raw.conversation_id)!
  const { conversation, muted, pinned, archived } = shown()
  const own = { muted, pinned, archived, last_read_seq: conversation.lastSeq + 2, own_revision: 1_000_000 }
  expect(state.receive('mine', { conversation_id: conversation.id, ...own })).toBe('applied')
  expect(shown()).toMatchObject({ unread: 0, lastReadSeq: conversation.lastSeq + 2 })
  const { revision } = model.answer(null, 0).items.find((one) => one.conversation.id === conversation.id)!
  const say = (n: number, sender_id: string) => {
    const place = { seq: conversation.lastSeq + n, revision: revision + n }
    return state.receive('message', { ...raw, id: crypto.randomUUID(), sender_id, ...place })
  }
  expect(say(1, me)).toBe('applied')
  expect(shown()).toMatchObject({ unread: 0, lastReadSeq: conversation.lastSeq + 2 })
  expect(say(2, other)).toBe('applied')
  expect(shown()).toMatchObject({ unread: 0 })
})
