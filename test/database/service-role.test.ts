import { createTertulia } from 'tertulia'
import { expect, test } from 'vitest'
import { connectAsService, type Person, signUp } from '../support/people.ts'

test('a server with the secret key reads any song and profile through the SDK', async () => {
  const ana: Person = await signUp('Ana')
  await ana.tertulia.profiles.update({ paymentMethods: ['oxxo'] })
  const song = await ana.tertulia.songs.create({ content: '{title: Private}' })
  const { songs, profiles } = createTertulia(connectAsService())
  expect(await songs.get(song.id)).toEqual(song)
  expect(await profiles.get(ana.id)).toMatchObject({ id: ana.id, paymentMethods: ['oxxo'] })
  for await (const profile of profiles.list({ limit: 200 })) if (profile.id === ana.id) return
  throw new Error('the list does not have her')
})

test('a user reads of a song what the SDK shows, and no column that it is found by', async () => {
  const ana = await signUp('Ana')
  const song = await ana.tertulia.songs.create({ content: '{title: Mine}' })
  const { data } = await ana.supabase.rpc('get_song', { song_id: song.id }).single()
  const columns = Object.keys(data as object)
  expect(columns).toHaveLength(26)
  for (const hidden of ['search_vector', 'search_terms', 'popularity', 'deleted_at', 'derived_fields'])
    expect(columns).not.toContain(hidden)
})
