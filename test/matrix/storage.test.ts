import type { SupabaseClient } from '@supabase/supabase-js'
import postgres from 'postgres'
import { expect, inject, onTestFinished, test } from 'vitest'
import { takeFreshStack } from '../support/fresh-stack.ts'
import { connect, connectAsService } from '../support/people.ts'
import { type Actor, actors, type Cast, setCast } from './actors.ts'

await takeFreshStack()

const png = new Blob([new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])], {
  type: 'image/png',
})
const text = new Blob(['x'], { type: 'text/plain' })
const inGroup: Actor[] = ['participant', 'owner', 'service']

interface Action {
  why: string
  /** Who may; the service may everything. */
  may: Actor[]
  try(client: SupabaseClient, cast: Cast, actor: Actor): Promise<unknown>
}

const failed = ({ data, error }: { data: unknown; error: unknown }) =>
  error !== null || data === null || (Array.isArray(data) && data.length === 0)

/** What each caller may do in each bucket: nothing that is not here. */
const buckets: Record<string, Record<string, Action>> = {
  chat: {
    'read a file of a message': {
      why: 'participants, and moderators of a report',
      may: ['moderator', ...inGroup],
      try: (client, { scene }) => client.storage.from('chat').download(scene.path).then(failed),
    },
    'sign a URL of it': {
      why: 'as reading it',
      may: ['moderator', ...inGroup],
      try: (client, { scene }) => client.storage.from('chat').createSignedUrl(scene.path, 60).then(failed),
    },
    'list the folder of its sender': {
      why: 'as reading it',
      may: ['moderator', ...inGroup],
      try: (client, { scene }) =>
        client.storage.from('chat').list(scene.path.split('/').slice(0, 3).join('/')).then(failed),
    },
    'upload into the own folder of the group': {
      why: 'participants',
      may: inGroup,
      try: (client, { scene, idOf }, actor) =>
        client.storage
          .from('chat')
          .upload(`${scene.group}/${idOf(actor)}/${crypto.randomUUID()}/x.txt`, text)
          .then(failed),
    },
    'upload into the folder of the owner': {
      why: 'its owner',
      may: ['owner', 'service'],
      try: (client, { scene, idOf }) =>
        client.storage
          .from('chat')
          .upload(`${scene.group}/${idOf('owner')}/${crypto.randomUUID()}/x.txt`, text)
          .then(failed),
    },
    'upload into a folder of no conversation': {
      why: 'nobody',
      may: ['service'],
      try: (client, _cast, actor) => client.storage.from('chat').upload(`${actor}/x.txt`, text).then(failed),
    },
    'put another file in the place of what was sent': {
      why: 'what was sent is fixed',
      may: [],
      try: (client, { scene }, actor) =>
        actor === 'service'
          ? Promise.resolve(true)
          : client.storage.from('chat').upload(scene.path, text, { upsert: true }).then(failed),
    },
    'move what was sent': {
      why: 'what was sent is fixed',
      may: [],
      try: (client, { scene, idOf }, actor) =>
        actor === 'service'
          ? Promise.resolve(true)
          : client.storage
              .from('chat')
              .move(scene.path, `${scene.group}/${idOf(actor)}/${crypto.randomUUID()}/y.pdf`)
              .then(failed),
    },
  },
  'tertulia-portfolio': {
    'upload into the own folder': {
      why: 'accounts',
      may: actors.filter((actor) => actor !== 'visitor' && actor !== 'deleted'),
      try: (client, { idOf }, actor) =>
        client.storage
          .from('tertulia-portfolio')
          .upload(`${idOf(actor)}/${crypto.randomUUID()}.png`, png)
          .then(failed),
    },
    'upload into the folder of the owner': {
      why: 'its owner',
      may: ['owner', 'service'],
      try: (client, { idOf }) =>
        client.storage
          .from('tertulia-portfolio')
          .upload(`${idOf('owner')}/${crypto.randomUUID()}.png`, png)
          .then(failed),
    },
    'list the folder of the owner': {
      why: 'its owner; a file is public by its address alone',
      may: ['owner', 'service'],
      try: (client, { idOf }) => client.storage.from('tertulia-portfolio').list(idOf('owner')).then(failed),
    },
  },
  'tertulia-avatars': {
    'upload into the own folder': {
      why: 'accounts',
      may: actors.filter((actor) => actor !== 'visitor' && actor !== 'deleted'),
      try: (client, { idOf }, actor) =>
        client.storage
          .from('tertulia-avatars')
          .upload(`${idOf(actor)}/${crypto.randomUUID()}.png`, png)
          .then(failed),
    },
    'upload into the folder of the owner': {
      why: 'its owner',
      may: ['owner', 'service'],
      try: (client, { idOf }) =>
        client.storage
          .from('tertulia-avatars')
          .upload(`${idOf('owner')}/${crypto.randomUUID()}.png`, png)
          .then(failed),
    },
    'list the folder of the owner': {
      why: 'its owner; a picture is public by its address alone',
      may: ['owner', 'service'],
      try: (client, { idOf }) => client.storage.from('tertulia-avatars').list(idOf('owner')).then(failed),
    },
  },
}

test('every bucket does for each caller what is declared, and there is no other of ours', async () => {
  const cast = await setCast()
  const sql = postgres(inject('stack').adminDbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(() => sql.end())
  const known = await sql`select id from storage.buckets order by id`
  expect(known.map(({ id }) => id)).toEqual(Object.keys(buckets).sort())
  const clients = new Map<Actor, SupabaseClient>([
    ['visitor', connect()],
    ['service', connectAsService()],
  ])
  for (const actor of actors) {
    const person = Object.values(cast.scene.people).find(({ id }) => id === cast.idOf(actor))
    if (person) clients.set(actor, person.supabase)
  }
  const wrong: string[] = []
  let cells = 0
  for (const [bucket, declared] of Object.entries(buckets)) {
    for (const [name, action] of Object.entries(declared)) {
      for (const actor of actors) {
        cells++
        const isRefused = await action.try(clients.get(actor)!, cast, actor)
        if (isRefused === action.may.includes(actor))
          wrong.push(`${bucket}: ${name} by ${actor}: ${isRefused ? 'refused' : 'done'}`)
      }
    }
  }
  for (const actor of actors) {
    cells++
    const { data } = await clients.get(actor)!.storage.createBucket(`of-${actor}`)
    if (data && actor !== 'service') wrong.push(`a bucket made by ${actor}`)
  }
  console.log(`${cells} cells of ${known.length} buckets, ${wrong.length} unlisted`)
  expect(wrong.join('\n')).toBe('')
}, 300_000)
