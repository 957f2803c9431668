import postgres from 'postgres'
import { startStack } from '../../local/src/index.ts'
import { raiseRateLimits } from '../../test/support/rate-limits.ts'
import { type Measure, measure, percentile, type Scale } from '../measure.ts'
import { makePeople } from '../people.ts'
import { classes, pick, type Search, software, tags } from '../profile-cases.ts'

/** A database with that many people: a new one that goes at the end, or the one that the environment names. */
async function openDatabase(people: number) {
  const given = process.env.BENCH_PROFILES_DATABASE
  if (given) return { url: given, measures: [], stop: async () => {} }
  const stack = await startStack({ seed: false })
  const admin = postgres(stack.adminDbUrl, { max: 1, onnotice: () => {} })
  const startedAt = performance.now()
  await makePeople(admin, people)
  const made = (performance.now() - startedAt) / 1000
  await admin.end()
  // One person searches here as often as a thousand.
  await raiseRateLimits(stack.adminDbUrl)
  return {
    url: stack.dbUrl,
    measures: [measure(`${people} profiles generated`, made, 's')],
    stop: () => stack.stop(),
  }
}

/** The directory straight on PostgreSQL, as the role and with the claims of a signed-in person, facets included. */
export async function run(scale: Scale): Promise<Measure[]> {
  const rounds = scale === 'full' ? 60 : 10
  const { url, measures, stop } = await openDatabase(scale === 'full' ? 200_000 : 5_000)
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    const [me] = await sql`select id from public.profiles limit 1`

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

    const deep: number[] = []
    for (const [name, input] of Object.entries(classes)) {
      const samples: number[] = []
      let found = 0
      // Once without the clock: what is measured is a directory in memory, not the disk.
      for (let round = 0; round < rounds; round++) await search(input(round))
      for (let round = 0; round < rounds; round++) {
        const wanted = input(round)
        const { value: page, ms } = await search(wanted)
        samples.push(ms)
        found += page.profiles.length
        if (page.next) deep.push((await search({ ...wanted, after: page.next })).ms)
      }
      measures.push(
        measure(`${name}, p50`, percentile(samples, 0.5), 'ms'),
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
    const ids = await sql`select id from public.profiles tablesample system (1) limit 200`
    for (let round = 0; round < rounds; round++) {
      const typed = pick(['p', 'pre', 'effec', 'davinvi', 'program 4'], round)
      suggest.push((await asUser((tx) => tx`select public.suggest_software(${typed})`)).ms)
      const id = pick([...ids], round)?.id
      reads.push((await asUser((tx) => tx`select * from public.get_profile(${id})`)).ms)
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
    await sql.end()
    await stop()
  }
}
