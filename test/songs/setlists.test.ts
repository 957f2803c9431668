import postgres from 'postgres'
import { createContext, createSetlists, type Setlist, type Setlists } from 'tertulia/setlists'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { type Person, signUp } from '../support/people.ts'

interface Member extends Person {
  setlists: Setlists
}

async function member(name: string): Promise<Member> {
  const person = await signUp(name)
  return { ...person, setlists: createSetlists(createContext(person.supabase)) }
}
const members = <N extends string[]>(...names: N) =>
  Promise.all(names.map(member)) as Promise<{ [K in keyof N]: Member }>
const code = async (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error) => error.code as string,
  )
const titles = ({ entries }: Setlist) => entries.map(({ title }) => title).join('')

/** Songs of one letter each. */
async function songsOf({ tertulia }: Member, letters: string, visibility: 'private' | 'public' = 'private') {
  const songs: { songId: string }[] = []
  for (const title of letters) {
    const { id } = await tertulia.songs.create({ title, content: `[C]${title}`, visibility })
    songs.push({ songId: id })
  }
  return songs
}

async function give(owner: Member, setlistId: string, person: Member, role: 'view' | 'edit' | 'admin') {
  const { id } = await owner.tertulia.sharing.share({ setlistId }, { userId: person.id, role })
  await person.tertulia.sharing.accept(id)
  return id
}

test('entries keep their order, each with its own key, capo, tempo and note', async () => {
  const [ana] = await members('Ana')
  const songs = await songsOf(ana, 'ABCD')
  const id = crypto.randomUUID()
  const created = await ana.setlists.create({ id, title: 'Friday', entries: songs.slice(0, 3) })
  expect((await ana.setlists.create({ id, title: 'again' })).title).toBe('Friday')
  expect([titles(created), created.version, created.visibility]).toEqual(['ABC', 1, 'private'])
  const [a = '', , c = ''] = created.entries.map((entry) => entry.id)
  const set = await ana.setlists.updateEntry(id, a, { key: 'F#m', capo: 2, tempo: 90, note: 'slow' })
  expect(set.entries[0]).toMatchObject({
    key: 'F#m',
    capo: 2,
    tempo: 90,
    note: 'slow',
    song: { title: 'A', key: null },
  })
  expect((await ana.setlists.updateEntry(id, a, { note: null, capo: 0 })).entries[0]).toMatchObject({
    key: 'F#m',
    capo: 0,
    note: null,
  })
  expect(titles(await ana.setlists.add(id, [songs[3]!, songs[0]!], { before: c }))).toBe('ABDAC')
  expect(titles(await ana.setlists.move(id, c, a))).toBe('CABDA')
  expect(titles(await ana.setlists.move(id, c, null))).toBe('ABDAC')
  expect(titles(await ana.setlists.move(id, a, c))).toBe('BDAAC')
  expect(titles(await ana.setlists.remove(id, [c, a, crypto.randomUUID()]))).toBe('BDA')
  // What is to come before an entry that another user removed comes last.
  expect(titles(await ana.setlists.add(id, [songs[2]!], { before: c }))).toBe('BDAC')
  const whole = await ana.setlists.get(id, { withTexts: true })
  expect(whole.entries.map(({ song }) => song?.content)).toEqual(['[C]B', '[C]D', '[C]A', '[C]C'])
  expect((await ana.setlists.list()).items).toMatchObject([{ id, title: 'Friday', entryCount: 4 }])

  const sql = postgres(inject('stack').adminDbUrl, { max: 1 })
  onTestFinished(() => sql.end())
  expect(await sql`select position from public.setlist_entries where setlist_id = ${id} order by 1`).toEqual(
    [1, 2, 3, 4].map((position) => ({ position })),
  )
  // A song that is removed for good leaves its title.
  await ana.tertulia.songs.delete(songs[3]!.songId)
  await ana.tertulia.songs.purge(songs[3]!.songId)
  expect((await ana.setlists.get(id)).entries[1]).toMatchObject({ title: 'D', song: null, songId: null })

  const bad: [string, () => Promise<unknown>, string][] = [
    ['key', () => ana.setlists.updateEntry(id, whole.entries[0]!.id, { key: 'X' }), 'invalid_input'],
    ['capo', () => ana.setlists.updateEntry(id, whole.entries[0]!.id, { capo: 25 }), 'invalid_input'],
    [
      'note',
      () => ana.setlists.updateEntry(id, whole.entries[0]!.id, { note: 'x'.repeat(501) }),
      'invalid_input',
    ],
    ['title', () => ana.setlists.update(id, { title: '' }), 'invalid_input'],
    ['option', () => ana.setlists.update(id, { titel: 'x' } as never), 'invalid_input'],
    ['options', async () => await ana.setlists.list({ ownerId: id } as never), 'invalid_input'],
    ['entry', () => ana.setlists.move(id, crypto.randomUUID(), null), 'entry_not_found'],
    ['song', () => ana.setlists.add(id, [{ songId: crypto.randomUUID() }]), 'song_not_found'],
    ['setlist', () => ana.setlists.get(crypto.randomUUID()), 'setlist_not_found'],
    ['version', () => ana.setlists.update(id, { note: 'x' }, { expectedVersion: 1 }), 'version_conflict'],
  ]
  for (const [name, act, wanted] of bad) expect(await code(act()), name).toBe(wanted)
  const { version } = await ana.setlists.get(id)
  for (const steps of [
    [],
    5,
    [5],
    [{ do: 'x' }],
    [{ do: 'fields', fields: 5 }],
    [{ do: 'remove' }],
    [{ do: 'add', entries: [5] }],
  ]) {
    const { error } = await ana.supabase.rpc('change_setlist', { setlist_id: id, steps })
    expect(JSON.parse(error?.details ?? '{}').code, JSON.stringify(steps)).toBe('invalid_input')
  }
  expect((await ana.setlists.get(id)).version).toBe(version)
})

test('everybody does with a setlist what their role allows, at every state of a share', async () => {
  const [owner, other] = await members('Owner', 'Other')
  const [song] = await songsOf(owner, 'A', 'public')
  const states = [
    'none',
    'pending',
    'view',
    'edit',
    'admin',
    'revoked',
    'expired',
    'declined',
    'link',
    'closed link',
    'owner',
  ] as const
  const ranks: Record<string, number> = { view: 1, link: 1, edit: 2, admin: 3, owner: 4 }
  const sql = postgres(inject('stack').adminDbUrl, { max: 1 })
  onTestFinished(() => sql.end())
  let cells = 0
  for (const visibility of ['private', 'shared', 'public'] as const) {
    for (const state of states) {
      const list = await owner.setlists.create({ title: state, visibility, entries: [song!, song!] })
      const target = { setlistId: list.id }
      const person = state === 'owner' ? owner : await member(state)
      if (state.includes('link')) {
        const link = await owner.tertulia.sharing.createLink(target)
        const opened = await code(person.tertulia.sharing.openLink(link.token))
        expect(opened, visibility).toBe(visibility === 'private' ? 'link_not_found' : 'ok')
        if (state === 'closed link') await owner.tertulia.sharing.revokeLink(link.id)
      } else if (!['none', 'owner'].includes(state)) {
        const role = (ranks[state] ? state : 'edit') as 'edit'
        const { id } = await owner.tertulia.sharing.share(target, { userId: person.id, role })
        if (state === 'declined') await person.tertulia.sharing.decline(id)
        else if (state !== 'pending') await person.tertulia.sharing.accept(id)
        if (state === 'revoked') await owner.tertulia.sharing.revoke(id)
        if (state === 'expired') await sql`update public.shares set expires_at = now() where id = ${id}`
      }
      const rank = state === 'link' && visibility === 'private' ? 0 : (ranks[state] ?? 0)
      const { setlists, tertulia } = person
      const [entry] = list.entries
      const need = (least: number) => (rank >= least ? 'ok' : rank > 0 ? 'forbidden' : 'setlist_not_found')
      const actions: [string, () => Promise<unknown>, string][] = [
        [
          'get',
          () => setlists.get(list.id),
          rank > 0 || visibility === 'public' ? 'ok' : 'setlist_not_found',
        ],
        [
          'duplicate',
          () => setlists.duplicate(list.id),
          rank > 0 || visibility === 'public' ? 'ok' : 'setlist_not_found',
        ],
        [
          'role',
          () => tertulia.sharing.getRole(target).then((role) => expect(ranks[role ?? ''] ?? 0).toBe(rank)),
          'ok',
        ],
        [
          'list',
          () =>
            setlists
              .list()
              .then(({ items }) => expect(items.some(({ id }) => id === list.id)).toBe(rank > 0)),
          'ok',
        ],
        ['versions', () => setlists.listVersions(list.id), need(2)],
        ['update', () => setlists.update(list.id, { note: 'x' }), need(2)],
        ['add', () => setlists.add(list.id, [song!]), need(2)],
        ['entry', () => setlists.updateEntry(list.id, entry!.id, { capo: 1 }), need(2)],
        ['move', () => setlists.move(list.id, entry!.id, null), need(2)],
        ['restore', () => setlists.restoreVersion(list.id, 1), need(2)],
        ['remove', () => setlists.remove(list.id, [entry!.id]), need(2)],
        ['shares', () => Promise.resolve(tertulia.sharing.listShares(target)), need(3)],
        ['links', () => tertulia.sharing.listLinks(target), need(3)],
        ['share', () => tertulia.sharing.share(target, { userId: other.id, role: 'view' }), need(3)],
        ['admin', () => tertulia.sharing.share(target, { userId: other.id, role: 'admin' }), need(4)],
        ['link', () => tertulia.sharing.createLink(target), need(3)],
        [
          'show',
          () => setlists.update(list.id, { visibility: visibility === 'shared' ? 'public' : 'shared' }),
          need(4),
        ],
        ['transfer', () => tertulia.sharing.offerTransfer(target, other.id), need(4)],
        ['delete', () => setlists.delete(list.id), need(4)],
      ]
      for (const [name, act, wanted] of actions) {
        expect(await code(act()), `${state} of a ${visibility} setlist: ${name}`).toBe(wanted)
        cells++
      }
      await sql`delete from private.rate_limits where user_id = ${owner.id}`
    }
  }
  console.log(`${cells} cells of setlists`)
}, 300_000)

test('sharing a setlist opens the setlist alone, and offers on request the songs that the sharer may share', async () => {
  const [ana, ben, eve] = await members('Ana', 'Ben', 'Eve')
  const own = await songsOf(ana, 'AB')
  const [bens] = await songsOf(ben, 'X')
  const { id: view } = await ben.tertulia.sharing.share(bens!.songId, { userId: ana.id, role: 'view' })
  await ana.tertulia.sharing.accept(view)
  const list = await ana.setlists.create({ title: 'Set', entries: [...own, bens!] })
  const target = { setlistId: list.id }
  const share = await ana.tertulia.sharing.share(target, { userId: eve.id, role: 'edit' })
  expect((await eve.tertulia.sharing.listReceived()).items).toMatchObject([
    { id: share.id, targetKind: 'setlist', title: 'Set', songId: null, setlistId: null, state: 'pending' },
  ])
  expect(await eve.tertulia.sharing.accept(share.id)).toMatchObject({ setlistId: list.id, songId: null })
  expect(
    (await eve.setlists.get(list.id)).entries.map(({ title, songId, song }) => [title, songId, song]),
  ).toEqual(['A', 'B', 'X'].map((title) => [title, null, null]))
  for (const { songId } of [...own, bens!])
    expect(await code(eve.tertulia.songs.get(songId))).toBe('song_not_found')
  // Who may change the setlist puts in only what they see.
  expect(await code(eve.setlists.add(list.id, [own[0]!]))).toBe('song_not_found')

  // The title that was revealed is that of the moment.
  await ana.tertulia.songs.update(own[0]!.songId, { title: 'Secret' })
  expect(titles(await eve.setlists.get(list.id))).toBe('ABX')

  const carla = await member('Carla')
  const offer = await ana.tertulia.sharing.share(target, { userId: carla.id, role: 'view', withSongs: true })
  expect((await carla.tertulia.sharing.listReceived()).items.map(({ title }) => title).sort()).toEqual([
    'B',
    'Secret',
    'Set',
  ])
  expect(await code(carla.tertulia.songs.get(own[1]!.songId))).toBe('song_not_found')
  await carla.tertulia.sharing.accept(offer.id)
  const seen = await carla.setlists.get(list.id)
  expect(seen.entries.map(({ title, song }) => [title, song !== null])).toEqual([
    ['Secret', true],
    ['B', true],
    ['X', false],
  ])
  expect(await carla.tertulia.sharing.getRole(own[0]!.songId)).toBe('view')
  expect(await carla.tertulia.sharing.getRole(bens!.songId)).toBeNull()
  // They are ordinary grants: each ends by itself.
  await ana.tertulia.sharing.revoke(offer.id)
  expect(await code(carla.setlists.get(list.id))).toBe('setlist_not_found')
  expect(await carla.tertulia.sharing.getRole(own[0]!.songId)).toBe('view')

  const dora = await member('Dora')
  const declined = await ana.tertulia.sharing.share(target, {
    userId: dora.id,
    role: 'view',
    withSongs: true,
  })
  await dora.tertulia.sharing.decline(declined.id)
  expect((await dora.tertulia.sharing.listReceived()).items).toEqual([])
  expect(await dora.tertulia.sharing.getRole(own[1]!.songId)).toBeNull()
})

test('users who reorder, add and remove at once lose nothing', async () => {
  const [ana, ben] = await members('Ana', 'Ben')
  const songs = await songsOf(ana, 'ABCDEF', 'public')
  const list = await ana.setlists.create({ title: 'Set', entries: songs })
  await give(ana, list.id, ben, 'edit')
  const ids = list.entries.map(({ id }) => id)
  const results = await Promise.all([
    ...ids.flatMap((id, at) => [
      code(ana.setlists.move(list.id, id, ids[(at + 2) % 6] ?? null)),
      code(ben.setlists.move(list.id, id, null)),
      code(ben.setlists.updateEntry(list.id, id, { capo: at })),
    ]),
    code(ana.setlists.add(list.id, [songs[0]!], { before: ids[3]! })),
    code(ben.setlists.add(list.id, [songs[1]!])),
  ])
  expect(new Set(results)).toEqual(new Set(['ok']))
  const after = await ana.setlists.get(list.id)
  // A move to where an entry already is makes no version.
  expect(after.version).toBeGreaterThan(list.version + 8)
  expect(after.entries).toHaveLength(8)
  for (const [at, id] of ids.entries()) expect(after.entries.find((entry) => entry.id === id)?.capo).toBe(at)
  const sql = postgres(inject('stack').adminDbUrl, { max: 1 })
  onTestFinished(() => sql.end())
  const rows = await sql`select position from public.setlist_entries where setlist_id = ${list.id} order by 1`
  expect(rows.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  const versions = await ben.setlists.listVersions(list.id, { limit: 200 })
  expect(versions.items.map(({ version }) => version)).toEqual(
    Array.from({ length: after.version }, (_, n) => after.version - n),
  )
})

test('a setlist has at most 200 entries, however many are added at once', async () => {
  const [ana] = await members('Ana')
  const [song] = await songsOf(ana, 'A')
  const many = (count: number) => Array.from({ length: count }, () => song!)
  expect(await code(ana.setlists.create({ title: 'Set', entries: many(201) }))).toBe('too_many_entries')
  const { id } = await ana.setlists.create({ title: 'Set', entries: many(190) })
  const results = await Promise.all(Array.from({ length: 5 }, () => code(ana.setlists.add(id, many(4)))))
  expect(results.sort()).toEqual(['ok', 'ok', 'too_many_entries', 'too_many_entries', 'too_many_entries'])
  expect((await ana.setlists.get(id)).entries).toHaveLength(198)
})

test('those with a role see each change of a setlist live, and nothing after they lost it', async () => {
  const [ana, ben] = await members('Ana', 'Ben')
  const songs = await songsOf(ana, 'AB', 'public')
  const list = await ana.setlists.create({ title: 'Set', entries: songs })
  const shareId = await give(ana, list.id, ben, 'view')
  const [anas, bens] = [ana, ben].map(({ setlists }) => setlists.watch(list.id))
  onTestFinished(() => {
    anas?.close()
    bens?.close()
  })
  const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 10 })
  await until(() => expect(anas?.getSnapshot().others).toEqual([ben.id]))
  expect(bens?.getSnapshot()).toMatchObject({ role: 'view', setlist: { title: 'Set' } })
  await ana.setlists.move(list.id, list.entries[1]!.id, list.entries[0]!.id)
  await until(() => expect(titles(bens!.getSnapshot().setlist!)).toBe('BA'))
  await ana.tertulia.sharing.revoke(shareId)
  await until(() =>
    expect(bens?.getSnapshot()).toMatchObject({ status: 'closed', closeReason: 'removed', setlist: null }),
  )
  await ana.setlists.delete(list.id)
  await until(() => expect(anas?.getSnapshot().closeReason).toBe('removed'))
})

test('versions come back, a setlist is handed over, and it goes with the account of its owner', async () => {
  const [ana, ben] = await members('Ana', 'Ben')
  const songs = await songsOf(ana, 'ABC', 'public')
  const list = await ana.setlists.create({ title: 'Set', note: 'Bring capo', entries: songs })
  await ana.setlists.remove(list.id, [list.entries[0]!.id])
  await ana.setlists.update(list.id, { title: 'Other', note: null, visibility: 'shared' })
  const restored = await ana.setlists.restoreVersion(list.id, 1)
  expect([restored.title, restored.note, restored.visibility, restored.version, titles(restored)]).toEqual([
    'Set',
    'Bring capo',
    'shared',
    4,
    'ABC',
  ])
  expect(restored.entries.map(({ id }) => id)).toEqual(list.entries.map(({ id }) => id))
  expect(await code(ana.setlists.restoreVersion(list.id, 9))).toBe('version_not_found')

  const transfer = await ana.tertulia.sharing.offerTransfer({ setlistId: list.id }, ben.id)
  expect(await ben.tertulia.sharing.acceptTransfer(transfer.id)).toBe(list.id)
  expect(await ana.tertulia.sharing.getRole({ setlistId: list.id })).toBe('admin')
  expect((await ben.setlists.listVersions(list.id)).items.map(({ changeType }) => changeType)).toEqual([
    'transfer',
    'restore',
    'update',
    'update',
    'create',
  ])
  const copy = await ana.setlists.duplicate(list.id, { title: 'Next week' })
  expect([copy.title, titles(copy), copy.createdBy, copy.visibility]).toEqual([
    'Next week',
    'ABC',
    ana.id,
    'private',
  ])

  // What she added to his setlist keeps its title; her own setlist and songs go.
  await ana.tertulia.profiles.deleteAccount()
  const left = await ben.setlists.get(list.id)
  expect([titles(left), left.entries.map(({ song }) => song)]).toEqual(['ABC', [null, null, null]])
  expect(await code(ben.setlists.get(copy.id))).toBe('setlist_not_found')
})
