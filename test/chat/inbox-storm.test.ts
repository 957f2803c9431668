import { isTertuliaError } from 'tertulia'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { createRandom, type FaultRates, openFaults } from '../../src/testing/index.ts'
import { createClock, createLifecycle } from '../chaos/clock.ts'
import { closingInbox, expectDatabase } from '../support/live-inbox.ts'
import { type Person, signInAgain, signUp } from '../support/people.ts'

const storm: FaultRates = {
  drop: 0.2,
  duplicate: 0.1,
  reorder: 0.15,
  delay: 0.1,
  cut: 0.01,
  expire: 0.01,
  loseAnswer: 0.1,
  slow: 0.2,
  unavailable: 0.1,
}

interface Scene {
  people: Person[]
  groups: string[]
  random(): number
}

const oneOf = <T>(random: () => number, list: readonly T[]) => list[Math.floor(random() * list.length)]!

/** Something that moves an inbox; what is refused, for somebody is not in it at the moment, moves nothing. */
async function act({ people, groups, random }: Scene): Promise<void> {
  const [owner, ...others] = people as [Person, ...Person[]]
  const actor = oneOf(random, people)
  const other = oneOf(random, others)
  const id = oneOf(random, groups)
  const { chat } = actor.tertulia
  const newest = async () => (await chat.listMessages(id, { limit: 1 })).items[0]?.id ?? crypto.randomUUID()
  const operations = [
    () => chat.send(id, { content: `${random()}` }),
    () => chat.send(id, { content: `${random()}` }),
    () => chat.markRead(id, Math.floor(random() * 40)),
    () => chat.setFlags(id, { [oneOf(random, ['muted', 'pinned', 'archived'])]: random() < 0.5 }),
    () => owner.tertulia.chat.removeParticipant(id, other.id),
    () => owner.tertulia.chat.addParticipants(id, [other.id]),
    () => owner.tertulia.chat.updateGroup(id, { subject: `${random()}` }),
    async () => chat.editMessage(await newest(), `${random()}`),
    async () => chat.react(await newest(), '👍', random() < 0.7),
    async () => chat.deleteMessage(await newest()),
    async () => groups.push((await chat.createGroup({ memberIds: others.map((one) => one.id) })).id),
    async () => chat.send((await chat.getDirect(owner.id)).id, { content: 'directly' }),
  ]
  await oneOf(random, operations)().catch((error: unknown) => {
    if (!isTertuliaError(error) || error.retryable) throw error
  })
}

test.each([1, 2, 3])(
  'after a storm of faults everybody’s inbox equals the database (seed %i)',
  async (seed) => {
    const random = createRandom(seed)
    const people = await Promise.all(['Ana', 'Ben', 'Eve'].map((name) => signUp(name)))
    const everyone = people.slice(1).map(({ id }) => id)
    const groups: string[] = []
    for (let n = 0; n < 3; n++)
      groups.push((await people[0]!.tertulia.chat.createGroup({ memberIds: everyone })).id)
    const watchers = await Promise.all(
      people.map(async (person, n) => {
        const faults = await openFaults({ target: inject('stack').apiUrl, seed: seed * 10 + n })
        onTestFinished(() => faults.close())
        const [clock, lifecycle] = [createClock(), createLifecycle()]
        const device = await signInAgain(person, { apiUrl: faults.url, clock, lifecycle })
        faults.update(storm)
        return { person, faults, clock, lifecycle, inbox: closingInbox(device.tertulia.chat.watchInbox()) }
      }),
    )
    // Their time runs fast, as that of somebody who has the app open for long.
    const ticking = setInterval(() => {
      for (const { clock } of watchers) clock.advance(50)
    }, 5)
    onTestFinished(() => clearInterval(ticking))
    await Promise.all(
      [0, 1].map(async () => {
        for (let n = 0; n < 60; n++) {
          await act({ people, groups, random })
          if (random() < 0.05) oneOf(random, watchers).lifecycle.wake()
          if (random() < 0.03) oneOf(random, watchers).faults.cut()
        }
      }),
    )
    clearInterval(ticking)
    const total = watchers.reduce(
      (sum, { faults }) => sum + Object.values(faults.counts).reduce((a, b) => a + b),
      0,
    )
    expect(total).toBeGreaterThan(20)
    for (const { faults } of watchers) faults.calm()
    // Nothing more is lost; what was is found by the next check, or on joining again.
    await vi.waitFor(
      async () => {
        for (const { clock } of watchers) clock.advance(1_000)
        for (const { inbox, person } of watchers) await expectDatabase(inbox, person)
      },
      { timeout: 30_000, interval: 50 },
    )
  },
  90_000,
)
