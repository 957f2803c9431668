import { expect, test } from 'vitest'
import { connect } from '../support/people.ts'
import { type Actor, actors, type Cast, setCast } from './actors.ts'

interface Topic {
  why: string
  name(cast: Cast): string
  hears: Actor[]
  says: Actor[]
}

/** Who joins a private channel, and whose broadcast is taken. The service is not asked: policies do not bind it. */
const topics: Record<string, Topic> = {
  'a user channel': {
    why: 'its user hears, and only the database says',
    name: ({ idOf }) => `user:${idOf('owner')}`,
    hears: ['owner'],
    says: [],
  },
  'the topic of a conversation': {
    why: 'typing and presence of participants',
    name: ({ scene }) => `conversation:${scene.group}:${scene.key}`,
    hears: ['participant', 'owner'],
    says: ['participant', 'owner'],
  },
  'the topic of a song': {
    why: 'presence of those with a role; only the database says',
    name: ({ scene }) => `song:${scene.song}:${scene.songKey}`,
    hears: ['viewer', 'editor', 'admin', 'owner'],
    says: [],
  },
  'the topic of a setlist': {
    why: 'as that of a song',
    name: ({ scene }) => `setlist:${scene.setlist}:${scene.setlistKey}`,
    hears: ['viewer', 'editor', 'admin', 'owner'],
    says: [],
  },
  'a setlist without its key': {
    why: 'nobody',
    name: ({ scene }) => `setlist:${scene.setlist}`,
    hears: [],
    says: [],
  },
  'a conversation without its key': {
    why: 'nobody',
    name: ({ scene }) => `conversation:${scene.group}`,
    hears: [],
    says: [],
  },
  'a song without its key': { why: 'nobody', name: ({ scene }) => `song:${scene.song}`, hears: [], says: [] },
  'a topic that we know nothing of': {
    why: 'no policy of ours opens it',
    name: () => 'room:1',
    hears: [],
    says: [],
  },
}

test('every topic is open to the callers that are declared, and to nobody else', async () => {
  const cast = await setCast()
  const wrong: string[] = []
  let cells = 0
  for (const [title, topic] of Object.entries(topics)) {
    await Promise.all(
      actors.map(async (actor) => {
        if (actor === 'service') return
        cells += 2
        const supabase = connect()
        const person = Object.values(cast.scene.people).find(({ id }) => id === cast.idOf(actor))
        const token = (await person?.supabase.auth.getSession())?.data.session?.access_token
        if (token) await supabase.realtime.setAuth(token)
        const channel = supabase.channel(topic.name(cast), {
          config: { private: true, broadcast: { ack: true } },
        })
        const status = await new Promise<string>((resolve) => {
          channel.subscribe((state) => state !== 'CLOSED' && resolve(state))
        })
        const hears = status === 'SUBSCRIBED'
        const says = hears && (await channel.send({ type: 'broadcast', event: 'x', payload: {} })) === 'ok'
        if (hears !== topic.hears.includes(actor))
          wrong.push(`${title}: ${actor} ${hears ? 'hears' : 'does not hear'}`)
        if (says !== topic.says.includes(actor))
          wrong.push(`${title}: ${actor} ${says ? 'says' : 'does not say'}`)
      }),
    )
  }
  console.log(`${cells} cells of ${Object.keys(topics).length} topics, ${wrong.length} unlisted`)
  expect(wrong.join('\n')).toBe('')
}, 300_000)
