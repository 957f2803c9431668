import { expect, test } from 'vitest'
import { connectToDatabase } from '../chat/sql/database.ts'

/** Pages through an owner's songs as a person sees them. */
async function pagesOf(sql: ReturnType<typeof connectToDatabase>['sql'], person: string, owner: string) {
  const ids: string[] = []
  for (let before: [string, string] = ['infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff']; ; ) {
    const page = await sql.begin(async (tx) => {
      await tx`select set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${JSON.stringify({ sub: person, role: 'authenticated' })}, true)`
      return tx<
        { id: string; created_at: string }[]
      >`select id, created_at from public.list_songs(${owner}, 7, ${before[0]}, ${before[1]})`
    })
    ids.push(...page.map(({ id }) => id))
    const last = page.at(-1)
    if (!last) return ids
    before = [last.created_at, last.id]
  }
}

test.each([
  // The database chooses among three ways by how many songs the owner has, and how many shares the caller.
  ['few songs', 40, 40],
  ['many songs, few of them shared', 360, 60],
  ['many songs, many of them shared', 360, 360],
])(
  'a person sees of an owner with %s what is shared in force, each once and in order',
  async (_name, count, shared) => {
    const { sql, people } = connectToDatabase(2)
    const [ana = '', ben = '', eve = ''] = await people(3)
    for (const owner of [ana, eve])
      await sql`
      insert into public.songs (title, content, created_by, visibility, created_at, deleted_at)
      select 'Song ' || n, 'la', ${owner}, (array['private', 'shared', 'public'])[1 + n % 3], now() - n * interval '1 minute',
        case when n % 11 = 0 then now() end
      from generate_series(1, ${count}::int) n`
    await sql`
    insert into private.share_links (target_kind, target_id, created_by, role, token_hash)
    select 'song', s.id, s.created_by, 'view', sha256(s.id::text::bytea) from public.songs s where s.created_by in (${ana}, ${eve})`
    // By a person, by a link, ended, expired, not accepted; every seventh by two ways.
    await sql`
    insert into public.shares (target_kind, target_id, kind, shared_by, recipient_id, role, target_created_at, accepted_at, ended_at, end_reason, expires_at, link_id)
    select 'song', s.id, w.kind, s.created_by, ${ben}, 'view', s.created_at, case when s.n % 5 <> 4 then now() end,
      case when s.n % 5 = 1 then now() end, case when s.n % 5 = 1 then 'revoked' end, case when s.n % 5 = 2 then now() - interval '1 hour' end,
      case when w.kind = 'link' then l.id end
    from (select x.*, substring(x.title from '[0-9]+')::int as n from public.songs x where x.created_by in (${ana}, ${eve})) as s
    cross join (values ('person'), ('link')) as w (kind)
    join private.share_links l on l.song_id = s.id
    where s.n > ${count - shared}::int and ((w.kind = 'person' and s.n % 2 = 0) or (w.kind = 'link' and s.n % 7 = 0))`
    const wanted = await sql<{ id: string }[]>`
    select s.id
    from public.songs s
    where s.created_by = ${ana} and s.deleted_at is null and (s.visibility = 'public' or exists (
      select from public.shares h
      where h.song_id = s.id and h.shared_with = ${ben} and h.accepted_at is not null and h.ended_at is null
        and (h.expires_at is null or h.expires_at > now()) and (h.kind <> 'link' or s.visibility <> 'private')))
    order by s.created_at desc, s.id desc`
    expect(wanted.length).toBeGreaterThan(count / 4)
    expect(await pagesOf(sql, ben, ana)).toEqual(wanted.map(({ id }) => id))
  },
)
