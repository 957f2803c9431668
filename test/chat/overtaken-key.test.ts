import { expect, test } from 'vitest'
import { signInAgain, signUp } from '../support/people.ts'
import { closing, live, until } from '../support/watching.ts'

test('an answer that a removal overtook does not bring typing back to where the removed user listens', async () => {
  const [ben, ana, eve] = await Promise.all([signUp('Ben'), signUp('Ana'), signUp('Eve')])
  const { id } = await ben.tertulia.chat.createGroup({ memberIds: [ana.id, eve.id], subject: 'Trío' })

  let release = () => {}
  let held: Promise<void> | null = null
  let asked = () => {}
  const holding: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    if (held && String(input instanceof Request ? input.url : input).includes('/sync_conversation')) {
      const wait = held
      held = null
      asked()
      await wait
    }
    return response
  }
  const wakes = new Set<() => void>()
  const hers = await signInAgain(ana, {
    fetch: holding,
    lifecycle: {
      onWake(wake) {
        wakes.add(wake)
        return () => wakes.delete(wake)
      },
    },
  })
  const topics: string[] = []
  const channel = hers.supabase.channel.bind(hers.supabase)
  hers.supabase.channel = (name, options) => {
    topics.push(name)
    return channel(name, options)
  }
  const ofConversation = () => topics.filter((topic) => topic.includes('conversation:'))
  const conversation = closing(hers.tertulia.chat.openConversation(id))
  await live(conversation)
  await expect.poll(ofConversation).toHaveLength(1)
  const [old] = ofConversation()

  // An answer of before the removal is on its way.
  const answered = new Promise<void>((done) => {
    asked = done
  })
  held = new Promise((done) => {
    release = done
  })
  for (const wake of wakes) wake()
  await answered
  await ben.tertulia.chat.removeParticipant(id, eve.id)
  await until(conversation, (shown) => shown.conversation?.participants.length === 2)
  topics.length = 0
  release()
  await expect.poll(() => ofConversation().some((topic) => topic !== old), { timeout: 15_000 }).toBe(true)
  expect(ofConversation()).not.toContain(old)
})
