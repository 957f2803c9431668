import { QueryClient } from '@tanstack/query-core'
import { createTertulia, type SongSearchPage } from 'tertulia'
import { createQueries } from 'tertulia/query'
import { expect, expectTypeOf, onTestFinished, test, vi } from 'vitest'
import { connect, signUp } from '../support/people.ts'

function createQueryClient() {
  const client = new QueryClient()
  client.mount()
  onTestFinished(() => {
    client.clear()
    client.unmount()
  })
  return client
}

test('a query reads through its method, is cached by its arguments and read again once it is invalid', async () => {
  const ana = await signUp('Ana')
  const queries = createQueries(ana.tertulia)
  const client = createQueryClient()
  const song = await ana.tertulia.songs.create({ title: 'Luna', content: 'la' })
  const options = queries.songs.get(song.id)
  expect(options.queryKey).toEqual(['tertulia', 'songs', 'get', song.id, {}])
  expect((await client.fetchQuery({ ...options, staleTime: Infinity })).title).toBe('Luna')
  await ana.tertulia.songs.update(song.id, { title: 'Sol' })
  expect((await client.fetchQuery({ ...options, staleTime: Infinity })).title).toBe('Luna')
  await client.invalidateQueries({ queryKey: ['tertulia', 'songs'] })
  expect((await client.fetchQuery({ ...options, staleTime: Infinity })).title).toBe('Sol')
  // Without its optional argument it reads the user's own profile.
  expect((await client.fetchQuery(queries.profiles.get())).id).toBe(ana.id)
})

test('a list gives its pages with what they have beside items, each item once', async () => {
  const ana = await signUp('Ana')
  const queries = createQueries(ana.tertulia)
  const client = createQueryClient()
  const genre = crypto.randomUUID()
  for (const title of ['Uno', 'Dos', 'Tres', 'Cuatro', 'Cinco'])
    await ana.tertulia.songs.create({ title, genre, content: 'la' })
  const options = queries.songs.search('', { filters: { genre: [genre] }, limit: 2 })
  expect(options.queryKey).toEqual([
    'tertulia',
    'songs',
    'search',
    '',
    { filters: { genre: [genre] }, limit: 2 },
  ])
  const { pages } = await client.fetchInfiniteQuery({ ...options, pages: 9 })
  expectTypeOf(pages).toEqualTypeOf<SongSearchPage[]>()
  expect(pages.map(({ items }) => items.length)).toEqual([2, 2, 1])
  expect(new Set(pages.flatMap(({ items }) => items.map(({ title }) => title))).size).toBe(5)
  expect(pages[0]?.didYouMean).toBeNull()
})

test('a cancelled query cancels its request', async () => {
  const ana = await signUp('Ana')
  const onOperation = vi.fn()
  const queries = createQueries(createTertulia(ana.supabase, { onOperation }))
  const client = createQueryClient()
  const { queryKey } = queries.songs.search('luna')
  const asked = client.fetchInfiniteQuery(queries.songs.search('luna')).catch(() => 'cancelled')
  await client.cancelQueries({ queryKey })
  expect(await asked).toBe('cancelled')
  await vi.waitFor(() =>
    expect(onOperation).toHaveBeenCalledWith(expect.objectContaining({ code: 'aborted' })),
  )
})

test('what cannot pass is asked once, what can is asked again', async () => {
  const ana = await signUp('Ana')
  const client = createQueryClient()
  const onOperation = vi.fn()
  const queries = createQueries(createTertulia(ana.supabase, { onOperation }))
  await expect(client.fetchQuery(queries.songs.get(crypto.randomUUID()))).rejects.toMatchObject({
    code: 'song_not_found',
  })
  expect(onOperation).toHaveBeenCalledTimes(1)
  onOperation.mockClear()
  const offline = connect(undefined, () => Promise.reject(new TypeError('fetch failed')))
  const unreachable = createQueries(createTertulia(offline, { onOperation }))
  await expect(client.fetchQuery({ ...unreachable.songs.facets(''), retryDelay: 1 })).rejects.toMatchObject({
    code: 'unreachable',
  })
  expect(onOperation).toHaveBeenCalledTimes(3)
})

test('every reading method of a client is a query, and a domain that the app leaves out has none', async () => {
  const ana = await signUp('Ana')
  const queries = createQueries(ana.tertulia)
  for (const [domain, methods] of Object.entries(queries))
    for (const name of Object.keys(methods))
      expect(
        typeof (ana.tertulia as unknown as Record<string, Record<string, unknown>>)[domain]?.[name],
        name,
      ).toBe('function')
  const { songs } = ana.tertulia
  expect(Object.keys(createQueries({ songs }))).toEqual(['songs'])
  // @ts-expect-error there is no chat
  expect(createQueries({ songs }).chat).toBeUndefined()
})
