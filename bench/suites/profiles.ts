import postgres from 'postgres'
import { startStack } from '../../local/src/index.ts'
import { type Measure, measure, percentile, type Scale } from '../measure.ts'
import { makePeople } from '../people.ts'

interface Search {
  query?: string
  filters?: postgres.JSONValue
  sort?: string
  after?: postgres.JSONValue
}

const pick = <T>(list: T[], at: number): T => list[at % list.length]!
const countries = ['MX', 'CL', 'BR', 'IE']
const types = ['Editor', 'Colorista', 'Traductor', 'videografo']
const software = ['Adobe Premiere Pro', 'Blender', 'Frame.io', 'Program c4ca42', 'davinci resolve']
const tags = ['documental', 'boda', 'HDR', 'animacion 2d', 'foley']
const rate = (at: number) => ({
  tier: pick(['basic', 'standard', 'premium'], at),
  currency: pick(['USD', 'EUR', 'COP'], at),
})

/** One way of using the directory, with an input for each round. */
const classes: Record<string, (round: number) => Search> = {
  'everybody, first page': () => ({}),
  'a name': (at) => ({ query: pick(['ana ruiz', 'Iñigo Zanetti', 'clara whit', 'jose nunez'], at) }),
  'a rare word': (at) => ({ query: `palabra${20_000 + at}` }),
  'a word that half of them have': (at) => ({ query: pick(['historias', 'edición', 'cámara'], at) }),
  'two common words': (at) => ({ query: pick(['editor premiere', 'documental musica', 'boda calma'], at) }),
  'the start of a word': (at) => ({ query: pick(['ed', 'prem', 'doc', 'c', 'anim'], at) }),
  'a misspelt word': (at) => ({ query: pick(['premierre', 'colorisat', 'whitfeild', 'documentall'], at) }),
  'a word and filters': (at) => ({
    query: pick(['calma', 'teatro', 'radio'], at),
    filters: { countries: [pick(countries, at)], types: [pick(types, at + 1)] },
  }),
  'a country': (at) => ({ filters: { countries: [pick(countries, at)] } }),
  'country and type': (at) => ({ filters: { countries: [pick(countries, at)], types: [pick(types, at)] } }),
  'any software, all tags': (at) => ({
    filters: { any_software: [pick(software, at), pick(software, at + 1)], all_tags: [pick(tags, at)] },
  }),
  'all tags': (at) => ({ filters: { all_tags: [pick(tags, at), pick(tags, at + 1)] } }),
  'language and experience': (at) => ({
    filters: { languages: [pick(['pt', 'fr', 'de'], at)], min_experience: 5 + (at % 10) },
  }),
  'a rate range, cheapest first': (at) => ({
    filters: { rate: { ...rate(at), min: 2000, max: 6000 } },
    sort: 'rate',
  }),
  'a rate range and a type': (at) => ({
    filters: { rate: { ...rate(at), min: 1000, max: 20_000 }, types: [pick(types, at)] },
  }),
  'newest of a type': (at) => ({ filters: { types: [pick(types, at)] }, sort: 'newest' }),
  'most experienced of a country': (at) => ({
    filters: { countries: [pick(countries, at)] },
    sort: 'experience',
  }),
  'newest with a word': (at) => ({ query: pick(['teatro', 'historias', 'palabra7'], at), sort: 'newest' }),
}

/** The directory straight on PostgreSQL, as the role and with the claims of a signed-in person, facets included. */
export async function run(scale: Scale): Promise<Measure[]> {
  const people = scale === 'full' ? 200_000 : 5_000
  const rounds = scale === 'full' ? 60 : 10
  const stack = await startStack({ seed: false })
  const admin = postgres(stack.adminDbUrl, { max: 1, onnotice: () => {} })
  const sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} })
  try {
    const startedAt = performance.now()
    await makePeople(admin, people)
    const made = (performance.now() - startedAt) / 1000
    const [me] = await admin`select id from public.profiles limit 1`

    const claims = JSON.stringify({ sub: me?.id, role: 'authenticated' })
    const asUser = <T>(call: (tx: postgres.TransactionSql) => Promise<T>) =>
      sql.begin(async (tx) => {
        await tx`select set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${claims}, true),
          set_config('statement_timeout', '8s', true)`
        const from = performance.now()
        const value = await call(tx)
        return { value, ms: performance.now() - from }
      })
    const search = ({ query = '', filters = {}, sort = 'relevance', after = null }: Search) =>
      asUser(async (tx) => {
        const [row] = await tx`
          select public.search_profiles(${query}, ${tx.json(filters)}, ${sort}, 20, ${after === null ? null : tx.json(after)}) as page`
        return row?.page
      })

    const measures = [measure(`${people} profiles generated`, made, 's')]
    const deep: number[] = []
    for (const [name, input] of Object.entries(classes)) {
      const samples: number[] = []
      let found = 0
      for (let round = -5; round < rounds; round++) {
        const wanted = input(Math.abs(round))
        const { value: page, ms } = await search(wanted)
        if (round < 0) continue
        samples.push(ms)
        found += page.profiles.length
        if (page.next) deep.push((await search({ ...wanted, after: page.next })).ms)
      }
      measures.push(
        measure(`${name}, p95 (${Math.round(found / rounds)} on a page)`, percentile(samples, 0.95), 'ms', [
          '<=',
          60,
        ]),
      )
    }
    measures.push(measure('the next page of any of these, p95', percentile(deep, 0.95), 'ms', ['<=', 60]))

    const suggest: number[] = []
    const reads: number[] = []
    const saves: number[] = []
    const ids = await admin`select id from public.profiles tablesample system (1) limit 200`
    for (let round = 0; round < rounds; round++) {
      const typed = pick(['p', 'pre', 'effec', 'davinvi', 'program 4'], round)
      suggest.push((await asUser((tx) => tx`select public.suggest_software(${typed})`)).ms)
      const id = pick([...ids], round)?.id
      reads.push((await asUser((tx) => tx`select * from public.profile_details where id = ${id}`)).ms)
      const changes = {
        software: [pick(software, round), pick(software, round + 1)],
        tags: [pick(tags, round)],
        bio: `${round}`,
      }
      saves.push((await asUser((tx) => tx`select public.update_profile(${tx.json(changes)})`)).ms)
    }
    return [
      ...measures,
      measure('suggestions while typing, p95', percentile(suggest, 0.95), 'ms', ['<=', 60]),
      measure('a whole profile read, p95', percentile(reads, 0.95), 'ms'),
      measure('a whole profile saved, p95', percentile(saves, 0.95), 'ms'),
    ]
  } finally {
    await Promise.all([admin.end(), sql.end()])
    await stack.stop()
  }
}
