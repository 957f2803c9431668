import postgres from 'postgres'
import { createTertulia, type SongHit } from 'tertulia'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { takeFreshStack } from '../support/fresh-stack.ts'
import { connect } from '../support/people.ts'
import { beginnings, searches, songs } from './fixtures/typed-searches.ts'

await takeFreshStack()
const sql = postgres(inject('stack').dbUrl, { max: 2 })
afterAll(() => sql.end())

const titles = (found: SongHit[]) => found.map(({ title }) => title)
const visitor = () => createTertulia(connect()).songs

beforeAll(async () => {
  const owner = crypto.randomUUID()
  await sql`insert into auth.users (id, email, aud, role) values (${owner}, 'ana@example.com', 'authenticated', 'authenticated')`
  await sql`
    insert into public.songs ${sql(songs.map((song) => ({ ...song, created_by: owner, visibility: 'public' })))}`
})

describe('what people type finds the song that they mean', () => {
  test.each(searches)('%j finds %s', async (typed, title) => {
    expect(titles((await visitor().search(typed, { limit: 3 })).items)).toContain(title)
  })
})

describe('what people have typed so far suggests the name that they mean', () => {
  test.each(beginnings)('%j suggests %s', async (typed, suggested) => {
    const found = await visitor().suggest(typed)
    expect(found.map(({ value }) => value)).toContain(suggested)
  })
})

describe('words that are added to the name of a song', () => {
  test('are left out only where they find nothing, of pages and counts alike', async () => {
    const songs = visitor()
    const found = await songs.search('la lyrics', { limit: 2 })
    const plain = await songs.search('la', { limit: 2 })
    expect(titles(found.items)).toEqual(titles(plain.items))
    const next = await songs.search('la lyrics', { limit: 2, cursor: found.nextCursor ?? '' })
    const after = await songs.search('la', { limit: 2, cursor: plain.nextCursor ?? '' })
    expect(next.items).toHaveLength(2)
    expect(titles(next.items)).toEqual(titles(after.items))
    expect((await songs.facets('wonderwall chords')).total).toBe(1)
    expect(titles((await songs.search('chords truth')).items)).toEqual(['Three Chords and the Truth'])
    expect((await songs.facets('chords truth')).total).toBe(1)
    expect((await songs.facets('truth chords zzz')).total).toBe(0)
    expect(titles((await songs.search('chords')).items)).toEqual(['Three Chords and the Truth'])
  })
})
