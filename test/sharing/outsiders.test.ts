import { describe, expect, test } from 'vitest'
import { connect, type Person, signUp } from '../support/people.ts'
import { readAs } from '../support/readers.ts'
import { openSeed } from './fixtures/against-seed.ts'

/** What a hand-written request to PostgREST comes to: rows, or the SQLSTATE. */
async function by(person: Person | null) {
  const supabase = person?.supabase ?? connect()
  return {
    supabase,
    call: async (name: string, input: object) => {
      const { data, error } = await supabase.rpc(name, input)
      return error ? (error.code === 'TT000' ? JSON.parse(error.details ?? '{}').code : error.code) : data
    },
  }
}

test('by hand nobody writes shares, notices, versions or owners, nor reads those of others', async () => {
  const [ana, ben, eve] = (await Promise.all([signUp('Ana'), signUp('Ben'), signUp('Eve')])) as [
    Person,
    Person,
    Person,
  ]
  const song = await ana.tertulia.songs.create({ content: 'la', visibility: 'shared' })
  const { id: shareId } = await ana.tertulia.sharing.share(song.id, {
    userId: ben.id,
    role: 'view',
    message: 'hi',
  })
  await ben.tertulia.sharing.accept(shareId)
  const pending = await ana.tertulia.sharing.share(song.id, { email: eve.email, role: 'view' })

  const writes: [string, object][] = [
    [
      'shares',
      {
        target_kind: 'song',
        target_id: song.id,
        kind: 'person',
        shared_by: ana.id,
        recipient_id: eve.id,
        role: 'admin',
        accepted_at: new Date(),
        target_created_at: new Date(),
      },
    ],
    ['notices', { user_id: ana.id, kind: 'x' }],
    ['song_history', { song_id: song.id, version_number: 9, snapshot: {}, change_type: 'update' }],
  ]
  for (const person of [ben, eve, ana, null]) {
    const { supabase } = await by(person)
    for (const [table, row] of writes) {
      expect((await supabase.from(table).insert(row)).error?.code, table).toBe('42501')
      expect((await supabase.from(table).delete().neq('id', song.id)).error?.code, table).toBe('42501')
    }
    expect((await supabase.from('shares').update({ role: 'admin' }).eq('id', shareId)).error?.code).toBe(
      '42501',
    )
    expect((await supabase.from('shares').update({ expires_at: null }).eq('id', shareId)).error?.code).toBe(
      '42501',
    )
    expect((await supabase.from('notices').update({ read_at: null }).neq('id', song.id)).error?.code).toBe(
      '42501',
    )
    expect(
      (await supabase.from('song_history').update({ change_summary: 'x' }).neq('id', song.id)).error?.code,
    ).toBe('42501')
    expect((await supabase.from('songs').update({ created_by: eve.id }).eq('id', song.id)).error?.code).toBe(
      '42501',
    )
    for (const column of [
      'invited_email',
      'shared_with',
      'shared_by',
      'song_id',
      'target_id',
      'recipient_id',
      'message',
    ])
      expect((await supabase.from('shares').select(column)).error?.code, column).toBe('42501')
    for (const table of [
      'share_links',
      'transfers',
      'song_grants',
      'targets',
      'visible_songs',
      'rate_limits',
    ])
      expect((await supabase.schema('private').from(table).select()).error?.code, table).toBe('PGRST106')
  }
  const columns = 'id, kind, role, created_at, accepted_at, expires_at, ended_at, end_reason'
  const rows = async (person: Person) =>
    (await readAs(person.id, `select ${columns} from public.shares`)).map(({ id }) => id)
  expect((await rows(ana)).sort()).toEqual([shareId, pending.id].sort())
  expect(await rows(ben)).toEqual([shareId])
  const history = 'select version_number from public.song_history'
  for (const outsider of [eve.id, ben.id, undefined]) expect(await readAs(outsider, history)).toEqual([])
  expect(await readAs(ana.id, history)).toEqual([{ version_number: 1 }])
  for (const { supabase } of [ana, ben, eve, { supabase: connect() }])
    for (const table of ['song_history', 'shares', 'notices'])
      expect((await supabase.from(table).select('id')).error?.code, table).toBe('42501')
})

test('with ids of others nothing is accepted, revoked, handed over, read or marked', async () => {
  const [ana, ben, eve] = (await Promise.all([signUp('Ana'), signUp('Ben'), signUp('Eve')])) as [
    Person,
    Person,
    Person,
  ]
  const song = await ana.tertulia.songs.create({ content: 'la', visibility: 'shared' })
  const share = await ana.tertulia.sharing.share(song.id, { userId: ben.id, role: 'admin' })
  const link = await ana.tertulia.sharing.createLink(song.id)
  const transfer = await ana.tertulia.sharing.offerTransfer(song.id, ben.id)
  const [notice] = (await ben.tertulia.sharing.listNotices()).items
  const attempts: [string, object, unknown][] = [
    ['accept_share', { share_id: share.id }, 'share_not_found'],
    ['decline_share', { share_id: share.id }, 'share_not_found'],
    ['revoke_share', { share_id: share.id }, 'share_not_found'],
    ['revoke_link', { link_id: link.id }, 'link_not_found'],
    ['accept_transfer', { transfer_id: transfer.id }, 'transfer_not_found'],
    ['end_transfer', { transfer_id: transfer.id }, 'transfer_not_found'],
    ['offer_transfer', { target_id: song.id, user_id: ben.id }, 'song_not_found'],
    ['offer_share', { target_id: song.id, user_id: ben.id, role: 'view' }, 'song_not_found'],
    ['list_shares', { target_id: song.id }, 'song_not_found'],
    ['list_links', { target_id: song.id }, 'song_not_found'],
    ['list_song_versions', { song_id: song.id }, 'song_not_found'],
    ['get_song_version', { song_id: song.id, version: 1 }, 'song_not_found'],
    ['restore_song_version', { song_id: song.id, version: 1 }, 'song_not_found'],
    ['save_song', { song_id: song.id, changes: { title: 'mine' } }, 'song_not_found'],
    ['update_song', { song_id: song.id, changes: { title: 'mine' } }, 'song_not_found'],
    ['watch_song', { song_id: song.id }, 'song_not_found'],
    ['tag_song', { song_id: song.id, labels: ['x'] }, 'song_not_found'],
    ['read_notices', { notice_ids: [notice?.id] }, 0],
    ['role_in', { target_id: song.id }, null],
    ['list_shares_received', {}, []],
    ['list_shares_sent', {}, []],
    ['list_transfers', {}, []],
    ['open_link', { token: link.id }, null],
  ]
  const { call } = await by(eve)
  for (const [name, input, outcome] of attempts) expect(await call(name, input), name).toEqual(outcome)
  const visitor = await by(null)
  for (const [name, input] of attempts) expect(await visitor.call(name, input), name).toBe('42501')
  // What is not exposed is not there, whoever asks.
  for (const name of [
    'lock_song',
    'role_of',
    'claim_shares',
    'notify',
    'add_song_version',
    'deliver_target_change',
  ])
    expect(await call(name, {}), name).toBe('PGRST202')
  expect((await ben.tertulia.sharing.listReceived()).items).toMatchObject([{ state: 'pending' }])
  expect((await ana.tertulia.songs.get(song.id)).version).toBe(1)
})

test('wrong values by hand are told with the field and change nothing', async () => {
  const [ana, ben] = (await Promise.all([signUp('Ana'), signUp('Ben')])) as [Person, Person]
  const song = await ana.tertulia.songs.create({ content: 'la' })
  const { call } = await by(ana)
  const base = { target_id: song.id, user_id: ben.id, role: 'view' }
  const cases: [string, object, string][] = [
    ['offer_share', { ...base, role: 'root' }, 'invalid_input'],
    ['offer_share', { ...base, role: null }, 'invalid_input'],
    ['offer_share', { ...base, message: 'x'.repeat(1001) }, 'invalid_input'],
    ['offer_share', { ...base, expires_at: '2001-01-01' }, 'invalid_input'],
    ['offer_share', { ...base, expires_at: 'infinity' }, 'invalid_input'],
    [
      'offer_share',
      { target_id: song.id, role: 'view', email: `${'x'.repeat(400)}@example.com` },
      'invalid_input',
    ],
    ['offer_share', { target_id: song.id, role: 'view', email: 'a@b.c\nd@e.f' }, 'invalid_input'],
    ['offer_share', { target_id: null, user_id: ben.id, role: 'view' }, 'song_not_found'],
    ['create_link', { target_id: song.id, role: 'admin' }, 'invalid_input'],
    ['create_link', { target_id: song.id, max_uses: 0 }, 'invalid_input'],
    ['create_link', { target_id: song.id, role: null }, 'invalid_input'],
    ['save_song', { song_id: song.id, changes: [] }, 'invalid_input'],
    ['save_song', { song_id: song.id, changes: { created_by: ben.id } }, 'invalid_input'],
    ['save_song', { song_id: song.id, changes: { version: 7 } }, 'invalid_input'],
    ['save_song', { song_id: song.id, changes: {}, summary: 'x'.repeat(501) }, 'invalid_input'],
    ['list_song_versions', { song_id: song.id, page_size: 0 }, 'invalid_input'],
    ['list_shares', { target_id: song.id, page_size: 100000 }, 'invalid_input'],
    ['list_notices', { page_size: 999 }, 'invalid_input'],
    ['read_notices', { notice_ids: Array.from({ length: 201 }, () => song.id) }, 'invalid_input'],
    ['restore_song_version', { song_id: song.id, version: 0 }, 'version_not_found'],
    ['accept_share', { share_id: null }, 'share_not_found'],
    ['revoke_share', { share_id: null }, 'share_not_found'],
    ['accept_transfer', { transfer_id: null }, 'transfer_not_found'],
    ['watch_song', { song_id: null }, 'song_not_found'],
  ]
  for (const [name, input, code] of cases)
    expect(await call(name, input), `${name} ${JSON.stringify(input).slice(0, 100)}`).toBe(code)
  expect((await ana.tertulia.songs.get(song.id)).version).toBe(1)
  expect((await ana.tertulia.sharing.listSent()).items).toEqual([])
})

describe('what the seed gets wrong', () => {
  const { become, ben, create, erratum, seedSong, share } = openSeed()

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
        `update public.shares set role = 'admin'`,
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
        and p.proname ~ 'share|link|transfer|version|notice|watch|role|target'
        and not 'search_path=""' = any (coalesce(p.proconfig, '{}'))`
      ).length,
    async (tx) =>
      (
        await tx`select from pg_proc p where p.pronamespace = 'seed'::regnamespace
        and not 'search_path=""' = any (coalesce(p.proconfig, '{}'))`
      ).length,
  )
})
