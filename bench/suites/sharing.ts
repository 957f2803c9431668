import postgres from 'postgres'
import { startStack } from '../../local/src/index.ts'
import { alternate, type Measure, measure, percentile, type Scale } from '../measure.ts'

const columns = 'id, title, artist, key, visibility, created_by, version, created_at'

/** A way of reading songs: the function that clients call, the same past the policies, and what both are asked for in a round. */
interface Reading {
  name: string
  ours: string
  theirs: string
  parameters: (round: number, shared: string[]) => unknown[]
}

const pick = <T>(list: T[], at: number): T => list[at % list.length]!

const byId = {
  ours: `select ${columns}, content from public.get_song($1)`,
  theirs: `select ${columns}, content from public.songs where id = $1`,
}
const page = `select ${columns} from public.songs where deleted_at is null and`
const newest = 'order by created_at desc, id desc limit 50'
const readings: Reading[] = [
  { name: 'a shared song by id', ...byId, parameters: (round, shared) => [pick(shared, round * 7)] },
  {
    name: 'a song that as many others share, by id',
    ...byId,
    parameters: (_round, shared) => [shared[0]],
  },
  {
    name: 'fifty songs of an owner, all shared, newest first',
    ours: `select ${columns} from public.list_songs($1, 50)`,
    theirs: `${page} created_by = $1 ${newest}`,
    parameters: () => ['owner'],
  },
  {
    name: 'the newest fifty songs of everybody',
    ours: `select ${columns} from public.list_songs(null, 50)`,
    theirs: `${page} (visibility = 'public' or created_by = (select auth.uid()) or id in (
      select song_id from private.song_grants where user_id = (select auth.uid()))) ${newest}`,
    parameters: () => [],
  },
]

/** Songs, and a person with so many shares among as many of others; without triggers, for only reading is measured. */
async function makeShares(admin: postgres.Sql, songs: number, shares: number) {
  await admin`set session_replication_role = replica`
  await admin`truncate public.songs, public.profiles cascade`
  await admin`
    insert into public.profiles (id, user_id, handle)
    select md5('person ' || i)::uuid, md5('person ' || i)::uuid, 'p' || lpad(i::text, 6, '0') from generate_series(1, 1000) i`
  await admin`
    insert into public.songs (id, title, artist, content, visibility, created_by, created_at)
    select md5('song ' || i)::uuid, 'Song ' || i, 'Artist ' || i % 500, repeat('[Am]la la la [C]la ', 80),
      case when i % 2 = 0 then 'public' else 'private' end, md5('person ' || 2 + i % 900)::uuid, now() - i * interval '1 minute'
    from generate_series(1, ${songs}::int) i`
  // One's shares: private songs, fifty of them of one owner.
  await admin`
    update public.songs set created_by = md5('person 950')::uuid
    where visibility = 'private' and id in (select md5('song ' || i)::uuid from generate_series(1, 99) i)`
  await admin`
    insert into public.shares (target_kind, target_id, kind, shared_by, recipient_id, role, target_created_at, accepted_at)
    select 'song', s.id, 'person', s.created_by, md5('person 1')::uuid, 'view', s.created_at, now()
    from public.songs s where s.visibility = 'private' order by s.created_at desc limit ${shares}`
  // As many of everybody else, on the same songs and on others.
  await admin`
    insert into public.shares (target_kind, target_id, kind, shared_by, recipient_id, role, target_created_at, accepted_at)
    select 'song', s.id, 'person', s.created_by, md5('person ' || 951 + n)::uuid, 'edit', s.created_at, now()
    from (select * from public.songs where visibility = 'private' order by created_at desc limit greatest(${shares}::int / 10, 1)) s, generate_series(1, 10) n`
  // And one song that all of them share with others.
  await admin`
    insert into public.shares (target_kind, target_id, kind, shared_by, recipient_id, role, target_created_at, accepted_at)
    select 'song', s.id, 'person', s.created_by, md5('holder ' || n)::uuid, 'view', s.created_at, now()
    from public.songs s, generate_series(1, ${shares}::int) n
    where s.id = (select song_id from public.shares where shared_with = md5('person 1')::uuid order by target_created_at desc limit 1)`
  await admin`set session_replication_role = origin`
  await admin`vacuum (analyze)`
  const rows = await admin<{ song_id: string }[]>`
    select song_id from public.shares where shared_with = md5('person 1')::uuid order by target_created_at desc`
  return rows.map(({ song_id }) => song_id)
}

/** A circle of so many members, the person among them, with a hundred songs that are shared with it alone. Answers the songs. */
async function makeCircle(admin: postgres.Sql, members: number): Promise<string[]> {
  await admin`set session_replication_role = replica`
  await admin`delete from public.shares where kind = 'circle'`
  await admin`delete from public.circle_members`
  await admin`delete from public.circles`
  // Each other member is in a circle of their own besides.
  await admin`
    insert into public.circles (id, name, created_by)
    select md5('circle ' || i)::uuid, 'Circle ' || i, md5('person ' || i)::uuid from generate_series(1, 250) i`
  await admin`
    insert into public.circle_members (circle_id, user_id, role)
    select md5('circle ' || i)::uuid, md5('person ' || i)::uuid, 'owner' from generate_series(1, 250) i`
  await admin`
    insert into public.circle_members (circle_id, user_id)
    select md5('circle 1')::uuid, md5('person ' || i)::uuid from generate_series(2, ${members}::int) i`
  await admin`
    insert into public.shares (target_kind, target_id, kind, shared_by, recipient_kind, recipient_id, role, target_created_at, accepted_at)
    select 'song', s.id, 'circle', s.created_by, 'circle', md5('circle ' || i)::uuid, 'view', s.created_at, now()
    from generate_series(1, 250) i
    cross join lateral (
      select * from public.songs o
      where o.visibility = 'private' and not exists (select from public.shares h where h.target_id = o.id and h.shared_with = md5('person 1')::uuid)
      order by o.created_at offset i * 10 limit 100
    ) s`
  await admin`set session_replication_role = origin`
  await admin`vacuum (analyze) public.shares, public.circles, public.circle_members`
  const rows = await admin<{ song_id: string }[]>`
    select song_id from public.shares where circle_id = md5('circle 1')::uuid order by target_created_at desc`
  return rows.map(({ song_id }) => song_id)
}

/** Reading songs as clients do against the same rows past every check, straight on PostgreSQL. */
export async function run(scale: Scale): Promise<Measure[]> {
  const songs = scale === 'full' ? 200_000 : 30_000
  const rounds = scale === 'full' ? 400 : 100
  const stack = await startStack({ seed: false })
  const admin = postgres(stack.adminDbUrl, { max: 1, onnotice: () => {} })
  // A connection for each role: with another role a prepared statement is planned anew.
  const connections = {
    authenticated: postgres(stack.dbUrl, { max: 1, onnotice: () => {} }),
    postgres: postgres(stack.dbUrl, { max: 1, onnotice: () => {} }),
  }
  const measures: Measure[] = []
  try {
    const [me, owner] = ['person 1', 'person 950']
    const ids = await admin`select md5(${me!})::uuid as me, md5(${owner!})::uuid as owner`
    const claims = JSON.stringify({ sub: ids[0]?.me, role: 'authenticated' })
    const timeAs = async (
      role: keyof typeof connections,
      text: string,
      parameters: unknown[],
      prepare = true,
    ) => {
      let ms = 0
      await connections[role].begin(async (tx) => {
        await tx`select set_config('role', ${role}, true), set_config('request.jwt.claims', ${claims}, true)`
        const from = performance.now()
        // Without `simple` a statement that takes nothing would never be prepared.
        await tx.unsafe(text, parameters as never[], { prepare, simple: false } as object)
        ms = performance.now() - from
      })
      return ms
    }
    const compare = async (what: string, shared: string[], some: Reading[]) => {
      // Prepared, as PostgREST keeps its statements, and with planning: the first time, and after another role on a connection.
      for (const prepare of [true, false]) {
        for (const { name, ours, theirs, parameters } of some) {
          const ask = (at: number) =>
            parameters(at, shared).map((value) => (value === 'owner' ? ids[0]?.owner : value))
          // Timed within: the round trips that set the role are not part of the query.
          const samples = { ours: [] as number[], theirs: [] as number[] }
          let round = 0
          await alternate(
            rounds,
            async () => samples.ours.push(await timeAs('authenticated', ours, ask(round++), prepare)),
            async () => samples.theirs.push(await timeAs('postgres', theirs, ask(round), prepare)),
          )
          const warm = rounds / 10
          const title = `${what}: ${name}, ${prepare ? 'prepared' : 'planned anew'}`
          measures.push(verdict(title, samples.ours.slice(warm), samples.theirs.slice(warm)))
        }
      }
    }
    for (const shares of [1, 100, 10_000]) {
      const shared = await makeShares(admin, songs, shares)
      await compare(`${shares} shares`, shared, readings)
      // Lists and searches choose by shares first: their work must not grow with them.
      for (const [name, text] of [
        ['list_songs', 'select * from public.list_songs(null, 50)'],
        ['search_songs', "select public.search_songs('song artist', '{}', 20)"],
        ['list_shares_received', 'select * from public.list_shares_received(50)'],
      ] as const) {
        const samples: number[] = []
        for (let at = 0; at < rounds / 4; at++) samples.push(await timeAs('authenticated', text, []))
        measures.push(
          measure(`${shares} shares: ${name}, p95`, percentile(samples.slice(rounds / 40), 0.95), 'ms', [
            '<=',
            50,
          ]),
        )
      }
    }
    // Among the last 10,000 shares.
    for (const members of [3, 30, 250]) {
      const shared = await makeCircle(admin, members)
      await compare(`a circle of ${members}`, shared, [readings[0]!, readings[3]!])
    }
    return measures
  } finally {
    await Promise.all([admin.end(), connections.authenticated.end(), connections.postgres.end()])
    await stack.stop()
  }
}

/** Met by either: at most 1.2 times as long, or at most 0.3 ms longer, by the medians; the least of all rounds is beside them. */
function verdict(name: string, ours: number[], theirs: number[]): Measure {
  const [under, past] = [percentile(ours, 0.5), percentile(theirs, 0.5)]
  const least = Math.min(...ours) - Math.min(...theirs)
  const more = measure(
    `${name} (past the policies ${past.toPrecision(3)} ms; least +${least.toFixed(3)})`,
    under - past,
    'ms more',
    ['<=', 0.3],
  )
  return { ...more, target: '<= 0.3 or <= 1.2 times', met: more.met || under / past <= 1.2 }
}
