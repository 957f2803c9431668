import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makePeople } from '../../bench/people.ts'
import { classes, type Search } from '../../bench/profile-cases.ts'
import type { Stack } from '../../local/src/index.ts'
import { startFreshStack } from '../support/fresh-stack.ts'

// What the directory does where very many fit, on a directory of its own of 2,000: find_profiles is told to take few for many.

interface Limits {
  most_ranked: number
  most_listed: number
  fewest_sampled: number
  most_walked: number
}
interface Place {
  id: string
  key: number
  walk: boolean
  forms: string[][] | null
}
interface Found {
  found: { id: string; key: number }[]
  next: Place | null
  similar: boolean
  total?: number
  exact?: boolean
  facets?: Record<string, { value: string; count: number }[]>
}

const everything: Limits = { most_ranked: 5000, most_listed: 1e6, fewest_sampled: 60, most_walked: 10_000 }
/** Nearly nothing may be ranked: whatever fits more than 40 is walked to, and counted by one in 8. */
const walked: Limits = { ...everything, most_ranked: 40, fewest_sampled: 1e6 }
/** Nothing is even listed; the sample of one in 128 is believed. */
const sampled: Limits = { ...everything, most_ranked: 40, most_listed: 0, fewest_sampled: 1 }
/** A walk reads only 30 rows. */
const cut: Limits = { ...walked, most_walked: 30 }

let stack: Stack
let sql: postgres.Sql
beforeAll(async () => {
  stack = await startFreshStack()
  sql = postgres(stack.adminDbUrl, { max: 4, onnotice: () => {} })
  const one = postgres(stack.adminDbUrl, { max: 1, onnotice: () => {} })
  await makePeople(one, 2000)
  await one.end()
}, 120_000)
afterAll(async () => {
  await sql?.end()
  await stack?.stop()
})

async function find(search: Search, limits: Limits, pageSize = 70): Promise<Found> {
  const { query = '', filters = {}, sort = 'relevance', after = null } = search
  const [row] = await sql`
    select private.find_profiles(${query}, ${sql.json(filters)}, ${sort}, ${pageSize}, ${after === null ? null : sql.json(after)},
      ${limits.most_ranked}, ${limits.most_listed}, ${limits.fewest_sampled}, ${limits.most_walked}) as page`
  return row?.page
}

async function findAll(
  search: Search,
  limits: Limits,
  pageSize = 70,
  between: () => Promise<unknown> = async () => {},
) {
  const pages = [await find(search, limits, pageSize)]
  for (let next = pages[0]?.next; next; next = pages.at(-1)?.next) {
    await between()
    pages.push(await find({ ...search, after: next as never }, limits, pageSize))
  }
  return { first: pages[0]!, pages, found: pages.flatMap((page) => page.found) }
}

/** Who fits, and by which key, told from the tables that people write, profile by profile: no index, no row of the directory. */
async function bruteForce({ query = '', filters = {}, sort = 'relevance' }: Search) {
  const wanted = filters as Record<string, never>
  const rate = (wanted.rate ?? null) as {
    tier: string
    currency: string
    min?: number
    max?: number
  } | null
  const keys = (name: string) => (wanted[name] ? (wanted[name] as string[]) : null)
  return await sql<
    { id: string; key: number; country: string | null; sampled8: boolean; sampled128: boolean }[]
  >`
    with words as (
      select string_agg(w, ' & ') as query
      from (
        select quote_literal(word) || case when place = max(place) over () then ':*' else '' end as w
        from regexp_split_to_table(nullif(private.directory_words(${query}), ''), ' ') with ordinality as typed (word, place)
      ) w
    )
    select p.id, p.country, right(p.id::text, 2) < '20' as sampled8, right(p.id::text, 2) < '02' as sampled128, (case ${sort}
      when 'newest' then (extract(epoch from p.created_at) * 1000000)::bigint
      when 'experience' then coalesce(p.experience_years, -1)
      when 'rate' then r.amount
      else s.standing end)::float8 as key
    from public.profiles p
    join private.profile_search s on s.profile_id = p.id
    cross join words
    left join public.profile_rates r on r.profile_id = p.id and r.tier = ${rate?.tier ?? ''} and r.currency = ${rate?.currency ?? ''}
    cross join lateral (
      select array(
        select c.key from public.profile_software x join public.software c on c.id = x.software_id where x.profile_id = p.id
      ) as software, array(
        select t.key from public.profile_tags x join public.tags t on t.id = x.tag_id where x.profile_id = p.id
      ) as tags, array(
        select t.key from public.profile_types x join public.tags t on t.id = x.tag_id where x.profile_id = p.id
      ) as types, array(
        select l.language from public.profile_languages l where l.profile_id = p.id
      ) as languages
    ) has
    where p.handle is not null
      and (words.query is null or to_tsvector('simple', private.directory_words(concat_ws(' ', p.display_name, p.handle, p.bio,
        array_to_string(has.software, ' '), array_to_string(has.tags, ' '), array_to_string(has.types, ' ')))) @@ words.query::tsquery)
      and (${keys('countries')}::text[] is null or p.country = any (${keys('countries')}))
      and (${keys('types')}::text[] is null or has.types && (select array_agg(private.catalogue_key(n)) from unnest(${keys('types')}::text[]) n))
      and (${keys('any_software')}::text[] is null
        or has.software && (select array_agg(private.catalogue_key(n)) from unnest(${keys('any_software')}::text[]) n))
      and (${keys('all_tags')}::text[] is null
        or has.tags @> (select array_agg(private.catalogue_key(n)) from unnest(${keys('all_tags')}::text[]) n))
      and (${keys('languages')}::text[] is null
        or exists (select from unnest(has.languages) l where l = any (${keys('languages')}) or split_part(l, '-', 1) = any (${keys('languages')})))
      and (${(wanted.min_experience as number | undefined) ?? null}::int is null or p.experience_years >= ${(wanted.min_experience as number | undefined) ?? 0})
      and (${rate === null} or (r.amount >= ${rate?.min ?? 0} and r.amount <= ${rate?.max ?? 1e12}))`
}
const byKey =
  (sort = 'relevance') =>
  (a: { id: string; key: number }, b: { id: string; key: number }) => {
    const up = a.key === b.key ? (a.id < b.id ? -1 : 1) : a.key - b.key
    return sort === 'rate' ? up : -up
  }
const ids = (list: { id: string }[]) => list.map(({ id }) => id)

describe.each(Object.entries(classes))('%s', (_name, input) => {
  test('finds who fits, each once, whether listed or walked to', async () => {
    for (const round of [0, 1]) {
      const search = input(round)
      const truth = await bruteForce(search)
      const exact = await findAll(search, everything)
      if (exact.first.similar) continue
      expect(ids(exact.found).sort()).toEqual(ids(truth).sort())
      expect(exact.first).toMatchObject({ total: truth.length, exact: true })

      const inOrder = ids(truth.toSorted(byKey(search.sort)))
      for (const limits of [walked, sampled, cut]) {
        const many = await findAll(search, limits)
        const wasWalked = many.first.exact === false
        if (truth.length > limits.most_ranked) expect(wasWalked, JSON.stringify(search)).toBe(true)
        if (wasWalked) expect(ids(many.found)).toEqual(inOrder)
        else expect(ids(many.found)).toEqual(ids(exact.found))
        if (!wasWalked) continue
        // One in 128 is believed where it has somebody.
        const one = limits === sampled && truth.some((person) => person.sampled128) ? 128 : 8
        const sample = truth.filter((person) => (one === 8 ? person.sampled8 : person.sampled128))
        expect(many.first.total).toBe(sample.length * one)
        const countries = new Map<string, number>()
        for (const { country } of sample)
          if (country) countries.set(country, (countries.get(country) ?? 0) + one)
        expect(new Map(many.first.facets?.country?.map(({ value, count }) => [value, count]))).toEqual(
          countries,
        )
      }
    }
  })
})

describe('what is paged through', () => {
  /** Somebody's changes, as update_profile makes them. */
  const change = async (id: string, changes: postgres.JSONValue) =>
    sql.begin(async (tx) => {
      await tx`select set_config('request.jwt.claims', ${JSON.stringify({ role: 'authenticated', sub: id })}, true)`
      await tx`select private.update_profile(${tx.json(changes)})`
    })

  /** The people of this directory have no accounts, and a change of a name looks for one. */
  const giveAccount = (id: string) =>
    sql.begin(async (tx) => {
      await tx`set local session_replication_role = replica`
      await tx`insert into auth.users (id, email) values (${id}, ${`${id}@example.com`}) on conflict do nothing`
    })

  test.each<[string, Search, Limits]>([
    ['ranked', { query: 'teatro' }, everything],
    ['ranked by rate', { filters: { rate: { tier: 'basic', currency: 'USD' } }, sort: 'rate' }, everything],
    ['walked', { filters: { countries: ['MX'] } }, walked],
    ['walked by rate', { filters: { rate: { tier: 'basic', currency: 'USD' } }, sort: 'rate' }, walked],
    ['walked by age', { query: 'historias', sort: 'newest' }, sampled],
    ['walked by experience in pieces', { query: 'historias', sort: 'experience' }, cut],
  ])(
    'neither skips nor repeats who stays as they are while others come, go and change: %s',
    async (_mode, search, limits) => {
      const truth = await bruteForce(search)
      const restless = ids(truth.filter((_, at) => at % 5 === 0))
      const steady = new Set(ids(truth).filter((id) => !restless.includes(id)))
      const before = (await findAll(search, limits)).found.filter(({ id }) => steady.has(id))
      expect(before).toHaveLength(steady.size)

      let round = 0
      const storm = async () => {
        round++
        const turn = restless.filter((_, at) => at % 7 === round % 7).slice(0, 6)
        await Promise.all(
          turn.map((id, at) =>
            change(id, {
              bio: `historias teatro ${'calma '.repeat((at * round) % 40)}`,
              country: round % 2 ? 'MX' : 'CL',
              experience_years: (round * 7 + at) % 30,
              rates: { basic: { amount: 500 * (round + at), currency: 'USD', unit: 'hour' } },
              languages: at % 2 ? ['es'] : [],
            }),
          ),
        )
      }
      const during = await findAll(search, limits, 17, storm)
      expect(round).toBeGreaterThan(3)
      expect(ids(during.found.filter(({ id }) => steady.has(id)))).toEqual(ids(before))
      expect(during.pages.some(({ found, next }) => found.length < 17 && next !== null)).toBe(limits === cut)
    },
  )

  test('keeps to the words that were taken for a misspelt one, whoever adds others that look more alike', async () => {
    const search = { query: 'documentall' }
    for (const limits of [everything, walked]) {
      const first = await find(search, limits, 10)
      expect(first).toMatchObject({ similar: true, next: { forms: [['documental']] } })
      const before = ids((await findAll(search, limits, 10)).found)
      const [somebody = { id: '' }] = await sql<{ id: string }[]>`
        select id from public.profiles where handle is not null order by id limit 1`
      await giveAccount(somebody.id)
      const during = await findAll(search, limits, 10, () =>
        change(somebody.id, {
          display_name: `Documentalla documentalli documentallo documentallu documentalle`,
        }),
      )
      await change(somebody.id, { display_name: 'Ana' })
      const steady = (list: string[]) => list.filter((id) => id !== somebody.id)
      expect(steady(ids(during.found))).toEqual(steady(before))
    }
  })

  test('has who wrote the very word alone, where very many wrote a similar one', async () => {
    const [{ id } = { id: '' }] = await sql<{ id: string }[]>`
      select id from public.profiles where handle is not null order by id desc limit 1`
    await change(id, { bio: 'premierre' })
    expect(await find({ query: 'premierre' }, walked)).toMatchObject({
      found: [{ id }],
      similar: false,
      total: 1,
      exact: true,
    })
    const both = await find({ query: 'premierre' }, everything)
    expect(both.similar).toBe(true)
    expect(both.found.length).toBeGreaterThan(40)
    expect(both.found[0]?.id).toBe(id)
    await change(id, { bio: '' })
  })

  test('takes no cursor that would make it work without end, or that is none', async () => {
    const { next } = await find({ query: 'teatro' }, everything, 5)
    const place = { ...next, walk: false } as Place
    for (const after of [
      { ...place, id: 'x' },
      { ...place, key: '1' },
      { ...place, key: 1e300 },
      { ...place, walk: 'yes' },
      { ...place, forms: 'teatro' },
      { ...place, forms: [] },
      { ...place, forms: [['a', 'b', 'c', 'd', 'e', 'f']] },
      { ...place, forms: [["x' | 'y"]] },
      { ...place, forms: [['\\']] },
      { ...place, forms: [['x'.repeat(41)]] },
      {},
      'x',
    ])
      await expect(
        find({ query: 'teatro', after: after as never }, everything),
        JSON.stringify(after),
      ).rejects.toMatchObject({ code: 'TT000', detail: expect.stringContaining('invalid_cursor') })
    // Made up to have everybody ranked, who were never ranked.
    await expect(find({ after: { ...place, key: 1e9 } as never }, walked)).rejects.toMatchObject({
      detail: expect.stringContaining('invalid_cursor'),
    })
  })
})
