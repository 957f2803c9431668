import postgres, { type Sql, type TransactionSql } from 'postgres'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { becomeReader } from '../support/readers.ts'

/**
 * Each test asks one question of our schema and of a small rewrite of the seed's: ours must give the right answer, and the
 * seed's another one, or the test would show nothing.
 */

type Ask = (tx: TransactionSql) => Promise<unknown>

const seedSchema = `
  create schema seed;
  create table seed.people (id uuid primary key, email text, password_hash text);
  create table seed.songs (
    id uuid primary key default gen_random_uuid(), title text, content text, visibility text default 'private',
    created_by uuid references seed.people on delete cascade
  );
  create table seed.shares (
    id uuid primary key default gen_random_uuid(),
    song_id uuid not null references seed.songs on delete cascade,
    shared_by uuid not null references seed.people on delete cascade,
    shared_with uuid not null references seed.people on delete cascade,
    permission_level text default 'view',
    accepted_at timestamptz,
    expires_at timestamptz,
    unique (song_id, shared_with)
  );
  create table seed.history (song_id uuid references seed.songs on delete cascade, version_number integer not null,
    title text, content text, change_type text, unique (song_id, version_number));
  create function seed.can_see(song uuid, person uuid) returns boolean language sql as $$
    select exists (select from seed.songs s where s.id = song and (s.visibility = 'public' or s.created_by = person))
      or exists (select from seed.shares h where h.song_id = song and h.shared_with = person) $$;
  create function seed.purge() returns void language plpgsql as $$
    begin delete from seed.shares where expires_at < now(); end $$;
  grant usage on schema seed to authenticated;
  grant select, insert, update, delete on all tables in schema seed to authenticated;`

const sql = postgres(inject('stack').dbUrl, { max: 1, onnotice: () => {} })
const [ana = '', ben = '', carla = ''] = Array.from({ length: 3 }, () => crypto.randomUUID())
beforeAll(
  () =>
    sql`insert into auth.users (id, email) select p.id::uuid, p.id || '@example.com' from unnest(${[ana, ben, carla]}::text[]) as p (id)`,
)
const held: string[] = []
afterAll(async () => {
  console.info(held.join('\n'))
  await sql.end()
})

/** Runs in a transaction that leaves nothing; a failure is answered as its SQLSTATE, or the code of an error of ours. */
async function ask(run: Ask): Promise<unknown> {
  let answer: unknown
  const done = Symbol('done')
  await sql
    .begin(async (tx) => {
      await tx.unsafe(seedSchema)
      await tx`insert into seed.people select unnest(${[ana, ben, carla]}::uuid[]), 'x@example.com', 'secret'`
      answer = await run(tx)
      throw done
    })
    .catch((thrown) => {
      if (thrown === done) return
      if (!(thrown instanceof postgres.PostgresError)) throw thrown
      answer = thrown.code === 'TT000' ? JSON.parse(thrown.detail ?? '{}').code : thrown.code
    })
  return answer
}

const erratum = (number: number, title: string, right: unknown, ours: Ask, seed: Ask) =>
  test(`erratum ${number}: ${title}`, async () => {
    expect(await ask(ours)).toEqual(right)
    const wrong = await ask(seed)
    expect(wrong).not.toEqual(right)
    held.push(`erratum ${number}: ${title} (the seed: ${JSON.stringify(wrong)})`)
  })

// The tables are read as in an app that opened them, so that the policies are asked as well.
const become = (tx: TransactionSql, person: string) => becomeReader(tx as unknown as Sql, person)
async function create(tx: TransactionSql, fields: postgres.JSONValue = { content: 'la' }): Promise<string> {
  await become(tx, ana)
  const [song] = await tx`select id from public.create_song(${tx.json(fields)})`
  return song?.id
}
async function share(
  tx: TransactionSql,
  song: string,
  person: string,
  role = 'view',
  accept = true,
): Promise<string> {
  await become(tx, ana)
  const [row] = await tx`select public.share_song(${song}, ${role}, ${person}) ->> 'id' as id`
  await become(tx, person)
  if (accept) await tx`select public.accept_song_share(${row?.id})`
  return row?.id
}
const sees = async (tx: TransactionSql, song: string, person: string) => {
  await become(tx, person)
  return (await tx`select from public.songs where id = ${song}`).length === 1
}
const seedSong = async (tx: TransactionSql): Promise<string> =>
  (await tx`insert into seed.songs (title, content, created_by) values ('x', 'la', ${ana}) returning id`)[0]
    ?.id
const seedShare = (tx: TransactionSql, song: string, fields: object = {}) =>
  tx`insert into seed.shares ${tx({ song_id: song, shared_by: ana, shared_with: ben, ...fields })}`

erratum(
  21,
  'nobody shares with themselves',
  'invalid_input',
  async (tx) => {
    const song = await create(tx)
    await tx`select public.share_song(${song}, 'view', ${ana})`
  },
  async (tx) => seedShare(tx, await seedSong(tx), { shared_with: ana }).then(() => 'shared'),
)

erratum(
  25,
  'a song that is shared shows nobody’s address to whom it is shared with',
  { songs: 1, addresses: 0 },
  async (tx) => {
    const song = await create(tx)
    await share(tx, song, ben)
    await become(tx, ben)
    const rows = await tx`select * from public.song_list_view where id = ${song}`
    const told = await tx`select public.list_shares_received() as share`
    return { songs: rows.length, addresses: JSON.stringify([rows, told]).match(/@example/g)?.length ?? 0 }
  },
  async (tx) => {
    const song = await seedSong(tx)
    const rows =
      await tx`select s.*, p.email from seed.songs s join seed.people p on p.id = s.created_by where s.id = ${song}`
    return { songs: rows.length, addresses: JSON.stringify(rows).match(/@example/g)?.length ?? 0 }
  },
)

erratum(
  28,
  'no client writes owner, counter or role',
  ['42501', '42501', '42501'],
  async (tx) => {
    const song = await create(tx)
    await share(tx, song, ben, 'admin')
    await become(tx, ben)
    const codes: unknown[] = []
    for (const statement of [
      `update public.songs set created_by = '${ben}' where id = '${song}'`,
      `update public.song_shares set role = 'admin'`,
      `update public.songs set version = 1 where id = '${song}'`,
    ])
      codes.push(await tx.savepoint((point) => point.unsafe(statement)).catch((error) => error.code))
    return codes
  },
  async (tx) => {
    const song = await seedSong(tx)
    await become(tx, ben)
    const taken = await tx`update seed.songs set created_by = ${ben} where id = ${song}`
    return [taken.count, 'taken over']
  },
)

erratum(
  29,
  'every function of sharing and history has an empty search path',
  0,
  async (tx) =>
    (
      await tx`select from pg_proc p where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
        and p.proname ~ 'share|song_link|transfer|version|notice|watch|song_role'
        and not 'search_path=""' = any (coalesce(p.proconfig, '{}'))`
    ).length,
  async (tx) =>
    (
      await tx`select from pg_proc p where p.pronamespace = 'seed'::regnamespace
        and not 'search_path=""' = any (coalesce(p.proconfig, '{}'))`
    ).length,
)

erratum(
  30,
  'a share counts when it was accepted and has not run out; shared means: by link',
  { pending: false, accepted: true, expired: false, sharedWithoutLink: false, byLink: true },
  async (tx) => {
    const song = await create(tx)
    const id = await share(tx, song, ben, 'view', false)
    const pending = await sees(tx, song, ben)
    await tx`select public.accept_song_share(${id})`
    const accepted = await sees(tx, song, ben)
    await tx`set local role postgres`
    await tx`update public.song_shares set expires_at = now() where id = ${id}`
    const expired = await sees(tx, song, ben)
    await become(tx, ana)
    await tx`select public.update_song(${song}, '{"visibility": "shared"}')`
    const [link] = await tx`select public.create_song_link(${song}) ->> 'token' as token`
    const sharedWithoutLink = await sees(tx, song, carla)
    await tx`select public.open_song_link(${link?.token})`
    return { pending, accepted, expired, sharedWithoutLink, byLink: await sees(tx, song, carla) }
  },
  async (tx) => {
    const song = await seedSong(tx)
    const seen = async () => (await tx`select seed.can_see(${song}, ${ben}) as seen`)[0]?.seen
    await seedShare(tx, song)
    const pending = await seen()
    await tx`update seed.shares set accepted_at = now(), expires_at = now() - interval '1 day'`
    return { pending, expired: await seen() }
  },
)

erratum(
  31,
  'an admin is below the owner: cannot take the song, raise anybody to admin, or put the owner out',
  ['forbidden', 'forbidden', 'invalid_input', 'forbidden'],
  async (tx) => {
    const song = await create(tx)
    await share(tx, song, ben, 'admin')
    await become(tx, ben)
    const codes: unknown[] = []
    for (const call of [
      `public.offer_song_transfer('${song}', '${carla}')`,
      `public.share_song('${song}', 'admin', '${carla}')`,
      `public.share_song('${song}', 'view', '${ana}')`,
      `public.delete_song('${song}')`,
    ])
      codes.push(
        await tx
          .savepoint((point) => point.unsafe(`select ${call}`))
          .then(() => 'done')
          .catch((error) => JSON.parse(error.detail).code),
      )
    return codes
  },
  async (tx) => {
    const song = await seedSong(tx)
    await seedShare(tx, song, { permission_level: 'admin', accepted_at: new Date() })
    await become(tx, ben)
    await tx`update seed.shares set permission_level = 'admin'`
    return (await tx`delete from seed.songs where id = ${song}`).count
  },
)

erratum(
  32,
  'deleting an account leaves the shares that it made of others’ songs, and the songs that it handed over',
  { share: 1, song: 1 },
  async (tx) => {
    const song = await create(tx)
    await share(tx, song, ben, 'admin')
    const [given] = await tx`select public.share_song(${song}, 'view', ${carla}) ->> 'id' as id`
    const [own] = await tx`select id from public.create_song('{"content": "Ben’s"}')`
    const [transfer] = await tx`select public.offer_song_transfer(${own?.id}, ${carla}) ->> 'id' as id`
    await become(tx, carla)
    await tx`select public.accept_song_share(${given?.id}), public.accept_song_transfer(${transfer?.id})`
    await tx`set local role postgres`
    await tx`delete from auth.users where id = ${ben}`
    const shares = await tx`select from private.song_grants where song_id = ${song} and user_id = ${carla}`
    return { share: shares.length, song: (await tx`select from public.songs where id = ${own?.id}`).length }
  },
  async (tx) => {
    const song = await seedSong(tx)
    await seedShare(tx, song, { shared_by: ben, shared_with: carla })
    await tx`insert into seed.songs (title, created_by) values ('Ben’s', ${ben})`
    await tx`delete from seed.people where id = ${ben}`
    return {
      share: (await tx`select from seed.shares`).length,
      song: (await tx`select from seed.songs where title = 'Ben’s'`).length,
    }
  },
)

erratum(
  33,
  'history has every field and every change, a deletion too, numbered without gap',
  ['1 create la null', '2 update la vals', '3 delete la vals'],
  async (tx) => {
    const song = await create(tx)
    await tx`select public.update_song(${song}, '{"genre": "vals"}')`
    await tx`select public.delete_song(${song})`
    await tx`set local role postgres`
    const rows =
      await tx`select version_number, change_type, content, genre from public.song_history where song_id = ${song} order by 1`
    return rows.map(
      ({ version_number, change_type, content, genre }) =>
        `${version_number} ${change_type} ${content} ${genre}`,
    )
  },
  async (tx) => {
    const song = await seedSong(tx)
    await tx`update seed.songs set content = 'la la' where id = ${song}`
    return tx`select * from seed.history`.then((rows) => rows.length)
  },
)

erratum(
  34,
  'an address can be invited, an expired share is in nobody’s way, and the trail stays',
  ['pending', 'pending', 'expired'],
  async (tx) => {
    const song = await create(tx)
    const id = await share(tx, song, ben)
    await tx`set local role postgres`
    await tx`update public.song_shares set expires_at = now() where id = ${id}`
    await become(tx, ana)
    await tx`select public.share_song(${song}, 'view', ${ben})`
    await tx`select public.share_song(${song}, 'view', email => 'nora@example.com')`
    return (await tx`select public.list_song_shares(${song}) ->> 'state' as state`).map(({ state }) => state)
  },
  async (tx) => {
    const song = await seedSong(tx)
    await seedShare(tx, song, { expires_at: new Date(0) })
    await tx`select seed.purge()`
    const trail = (await tx`select from seed.shares`).length
    return tx
      .savepoint((point) => seedShare(point, song, { shared_with: null }))
      .then(() => trail)
      .catch((error) => error.code)
  },
)
