import type { SearchProfilesOptions } from 'tertulia'
import { describe, expect, test } from 'vitest'
import { signUp } from '../support/people.ts'

/** A word that only this test's people have. */
const mark = () => `zq${crypto.randomUUID().replaceAll('-', '').slice(0, 10)}`
const ids = (items: { id: string }[]) => items.map(({ id }) => id)
const sorted = (items: { id: string }[]) => ids(items).sort()

async function community() {
  const word = mark()
  const [ana, ben, cleo, dora] = await Promise.all(
    ['Ana Ruiz', 'Ben Quispe', 'Cleo Núñez', 'Dora Silva'].map((name) => signUp(name)),
  )
  const people = { ana: ana!, ben: ben!, cleo: cleo!, dora: dora! }
  await ana!.tertulia.profiles.update({
    displayName: `Ana ${word}`,
    bio: 'Monto documentales en la montaña.',
    country: 'CL',
    professionalTypes: [`Editora ${word}`],
    experienceYears: 12,
    software: [`Resolve ${word}`, `Nuke ${word}`],
    tags: [`Color ${word}`],
    languages: ['es', 'pt-BR'],
    rates: { basic: { amount: 2500, currency: 'USD', unit: 'hour' } },
  })
  await ben!.tertulia.profiles.update({
    bio: `Toco el charango ${word}`,
    country: 'PE',
    professionalTypes: [`Videógrafo ${word}`],
    experienceYears: 3,
    software: [`Resolve ${word}`],
    tags: [`Color ${word}`, `Bodas ${word}`],
    languages: ['es'],
    rates: {
      basic: { amount: 1500, currency: 'USD', unit: 'day' },
      premium: { amount: 99, currency: 'EUR', unit: 'hour' },
    },
  })
  await cleo!.tertulia.profiles.update({
    professionalTypes: [`Editora ${word}`, `Videógrafo ${word}`],
    country: 'CL',
    tags: [`Bodas ${word}`],
    languages: ['pt'],
    rates: { basic: { amount: 4000, currency: 'USD', unit: 'hour' } },
  })
  // Dora says nothing that fits.
  const find = async (query: string, options?: SearchProfilesOptions) =>
    people.dora.tertulia.profiles.search(query, options)
  return { ...people, word, find }
}

describe('a search of the directory', () => {
  test('finds words of name, bio, types, software and tags, the name before the bio', async () => {
    const { ana, ben, cleo, word, find } = await community()
    const { items, counts } = await find(word)
    expect(sorted(items)).toEqual([ana.id, ben.id, cleo.id].sort())
    expect(items[0]).toEqual(await ben.tertulia.profiles.get(ana.id))
    expect(counts).toMatchObject({ total: 3, exact: true })
    expect(ids((await find(`charango ${word}`)).items)).toEqual([ben.id])
    expect(ids((await find(`nuke ${word}`)).items)).toEqual([ana.id])
    expect((await find(`charango nuke ${word}`)).items).toEqual([])
  })

  test('is blind to case and accents, finishes the last word, and forgives a slip', async () => {
    const { ana, ben, cleo, word, find } = await community()
    expect(sorted((await find(`${word} VIDEOGRÁF`)).items)).toEqual([ben.id, cleo.id].sort())
    expect(ids((await find(`${word} montana`)).items)).toEqual([ana.id])
    expect(ids((await find(word.slice(0, -2))).items)).toContain(ana.id)
    const slip = await find(`${word.slice(0, -1)}x`)
    expect(slip.similar).toBe(true)
    expect(sorted(slip.items)).toEqual([ana.id, ben.id, cleo.id].sort())
    const turned = await find(`${word} edtiora`)
    expect(turned.similar).toBe(true)
    expect(sorted(turned.items)).toEqual([ana.id, cleo.id].sort())
    expect((await find(word)).similar).toBe(false)
  })

  test('takes nothing in a query for an operator', async () => {
    const { ana, word, find } = await community()
    for (const query of [
      `ana & ${word}`,
      `!ana ${word}`,
      `ana:* | ${word}'`,
      `"ana" (${word})`,
      `ana\\ ${word}`,
    ])
      expect(ids((await find(query)).items), query).toContain(ana.id)
    expect((await find(`' ${word} \u0000`.replace('\u0000', ''))).items.length).toBe(3)
  })

  test('filters by country, types, software, tags, languages, rate and experience', async () => {
    const { ana, ben, cleo, word, find } = await community()
    const fitting = async (filters: object) => sorted((await find(word, { filters })).items)
    expect(await fitting({ countries: ['CL'] })).toEqual([ana.id, cleo.id].sort())
    expect(await fitting({ countries: ['CL', 'PE'], types: [`VIDEOGRAFO ${word}`] })).toEqual(
      [ben.id, cleo.id].sort(),
    )
    expect(await fitting({ anySoftware: [`Nuke ${word}`, 'Nothing'] })).toEqual([ana.id])
    expect(await fitting({ allSoftware: [`Nuke ${word}`, `resolve ${word}`] })).toEqual([ana.id])
    expect(await fitting({ anyTags: [`color ${word}`, `bodas ${word}`] })).toEqual(
      [ana.id, ben.id, cleo.id].sort(),
    )
    expect(await fitting({ allTags: [`color ${word}`, `bodas ${word}`] })).toEqual([ben.id])
    expect(await fitting({ languages: ['pt'] })).toEqual([ana.id, cleo.id].sort())
    expect(await fitting({ languages: ['pt-BR'] })).toEqual([ana.id])
    expect(await fitting({ minExperience: 3 })).toEqual([ana.id, ben.id].sort())
    expect(await fitting({ maxExperience: 3 })).toEqual([ben.id])
    expect(await fitting({ rate: { tier: 'basic', currency: 'USD', min: 1500, max: 2500 } })).toEqual(
      [ana.id, ben.id].sort(),
    )
    expect(await fitting({ rate: { tier: 'basic', currency: 'USD', unit: 'hour' } })).toEqual(
      [ana.id, cleo.id].sort(),
    )
    expect(await fitting({ rate: { tier: 'premium', currency: 'USD' } })).toEqual([])
  })

  test('counts how what it found is spread', async () => {
    const { word, find } = await community()
    const { counts } = await find(word)
    expect(counts?.facets).toEqual({
      countries: [
        { value: 'CL', count: 2 },
        { value: 'PE', count: 1 },
      ],
      types: [
        { value: `Editora ${word}`, count: 2 },
        { value: `Videógrafo ${word}`, count: 2 },
      ],
      openToWork: [],
      software: [
        { value: `Resolve ${word}`, count: 2 },
        { value: `Nuke ${word}`, count: 1 },
      ],
      tags: [
        { value: `Bodas ${word}`, count: 2 },
        { value: `Color ${word}`, count: 2 },
      ],
      languages: [
        { value: 'es', count: 2 },
        { value: 'pt', count: 2 },
        { value: 'pt-BR', count: 1 },
      ],
    })
    expect((await find(`${word} nothing`)).counts?.facets.tags).toEqual([])
  })

  test('sorts by rate, experience and age of the account', async () => {
    const { ana, ben, cleo, word, find } = await community()
    const rate = { tier: 'basic', currency: 'USD' } as const
    expect(ids((await find(word, { sort: 'rate', filters: { rate } })).items)).toEqual([
      ben.id,
      ana.id,
      cleo.id,
    ])
    expect(ids((await find(word, { sort: 'experience' })).items)).toEqual([ana.id, ben.id, cleo.id])
    const newest = await find(word, { sort: 'newest' })
    const byAge = newest.items.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
    expect(ids(newest.items)).toEqual(ids(byAge))
  })

  test('pages without repeating or skipping, in every order', async () => {
    const { word, find, dora } = await community()
    const more = await Promise.all(Array.from({ length: 6 }, () => signUp(word)))
    const rate = { tier: 'basic', currency: 'USD' } as const
    await Promise.all(
      more.map(({ tertulia }, at) =>
        tertulia.profiles.update({
          experienceYears: at % 2,
          rates: { basic: { amount: 100 + (at % 3), currency: 'USD', unit: 'hour' } },
        }),
      ),
    )
    for (const [query, sort] of [
      [word, 'relevance'],
      [word, 'newest'],
      [word, 'experience'],
      [word, 'rate'],
      [`${word.slice(0, -1)}x`, 'relevance'],
    ] as const) {
      const options = { sort, ...(sort === 'rate' && { filters: { rate } }) }
      const all = await find(query, options)
      expect(all.items).toHaveLength(9)
      const walked: string[] = []
      for await (const { id } of dora.tertulia.profiles.search(query, { ...options, limit: 2 }))
        walked.push(id)
      expect(walked, sort).toEqual(ids(all.items))
    }
    const first = await find(word, { limit: 2 })
    const second = await find(word, { limit: 2, cursor: first.nextCursor! })
    expect(second.counts).toBeNull()
  })

  test('finds everybody who fits the filters when there are no words, who says most first', async () => {
    const { ana, ben, cleo, word, find } = await community()
    const { items } = await find('', { filters: { anyTags: [`Bodas ${word}`] } })
    expect(ids(items)).toEqual([ben.id, cleo.id])
    const everybody: string[] = []
    for await (const { id } of ana.tertulia.profiles.search('', { limit: 200 })) everybody.push(id)
    expect(new Set(everybody).size).toBe(everybody.length)
    expect(everybody).toEqual(expect.arrayContaining([ana.id, ben.id]))
  })

  test('follows what people change, and forgets them with their account', async () => {
    const { ana, ben, word, find } = await community()
    await ben.tertulia.profiles.update({ bio: '', tags: [], software: [], professionalTypes: [] })
    expect(ids((await find(word)).items)).not.toContain(ben.id)
    await ana.supabase.rpc('delete_account')
    expect(ids((await find(word)).items)).not.toContain(ana.id)
    expect(ids((await find('', { filters: { anySoftware: [`Nuke ${word}`] } })).items)).toEqual([])
  })

  test.each([
    ['query', 'x'.repeat(201), {}],
    ['limit', 'x', { limit: 0 }],
    ['sort', 'x', { sort: 'rate' }],
    ['sort', 'x', { sort: 'height' }],
    ['filters.rate.currency', 'x', { filters: { rate: { tier: 'basic', currency: 'XXX' } } }],
    ['filters.rate.min', 'x', { filters: { rate: { tier: 'basic', currency: 'USD', min: -1 } } }],
    ['filters.minExperience', 'x', { filters: { minExperience: 99 } }],
    ['filters.anyTags', 'x', { filters: { anyTags: [] } }],
    ['filters.anyTags', 'x', { filters: { anyTags: Array.from({ length: 51 }, String) } }],
    ['filters.email', 'x', { filters: { email: 'ana@example.com' } }],
  ])('with a bad %s is refused by name', async (field, query, options) => {
    const ana = await signUp()
    await expect(ana.tertulia.profiles.search(query, options as never)).rejects.toMatchObject({
      code: 'invalid_input',
      field,
    })
  })

  test('takes no cursor but its own', async () => {
    const { word, find } = await community()
    const { nextCursor } = await find(word, { limit: 1 })
    for (const [query, options] of [
      [`${word}x`, {}],
      [word, { sort: 'newest' }],
      [word, { filters: { countries: ['CL'] } }],
    ] satisfies [string, SearchProfilesOptions][])
      await expect(find(query, { ...options, cursor: nextCursor! })).rejects.toMatchObject({
        code: 'invalid_cursor',
      })
    const ana = await signUp()
    const byHand = await ana.supabase.rpc('search_profiles', { query: 'x', after: { key: 'x', id: 'y' } })
    expect(byHand.error?.code).toBe('TT000')
  })
})
