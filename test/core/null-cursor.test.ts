import { expect, test } from 'vitest'
import { signUp } from '../support/people.ts'

test('a cursor of null is the first page, in every list', async () => {
  const { tertulia } = await signUp()
  const { chat, songs, profiles, sharing } = tertulia
  await songs.create({ content: '{title: Luna}\n[Am]Sube' })
  const first = { cursor: null }
  expect(await songs.list(first)).toEqual(await songs.list())
  expect(await songs.search('luna', first)).toEqual(await songs.search('luna'))
  expect(await songs.listFavorites(first)).toEqual(await songs.listFavorites())
  expect(await songs.listTrash(first)).toEqual(await songs.listTrash())
  expect(await profiles.list(first)).toEqual(await profiles.list())
  expect(await profiles.search('ana', first)).toEqual(await profiles.search('ana'))
  expect(await profiles.exportAccount(first)).toEqual(await profiles.exportAccount())
  expect(await chat.inbox(first)).toEqual(await chat.inbox())
  expect(await chat.searchMessages('luna', first)).toEqual(await chat.searchMessages('luna'))
  expect(await sharing.listSent(first)).toEqual(await sharing.listSent())
})

test('the next page is asked for with what the page before answered, at its end too', async () => {
  const { id: createdBy, tertulia } = await signUp()
  for (const title of ['Uno', 'Dos', 'Tres']) await tertulia.songs.create({ content: `{title: ${title}}` })
  const titles: string[] = []
  let page = await tertulia.songs.list({ createdBy, limit: 2 })
  titles.push(...page.items.map(({ title }) => title))
  page = await tertulia.songs.list({ createdBy, limit: 2, cursor: page.nextCursor })
  titles.push(...page.items.map(({ title }) => title))
  expect(page.nextCursor).toBeNull()
  expect(titles.sort()).toEqual(['Dos', 'Tres', 'Uno'])
})
