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
const code = (promise: PromiseLike<unknown>) =>
  Promise.resolve(promise).then(
    () => 'ok',
    (error) => error.code as string,
  )
const titles = ({ entries }: Setlist) => entries.map(({ title }) => title).join('')

/** Changes a setlist by several steps at once, as a caller of the database can. */
async function change({ supabase }: Member, setlistId: string, steps: unknown[]) {
  const { data, error } = await supabase.rpc('change_setlist', { setlist_id: setlistId, steps })
  const detail = JSON.parse(error?.details?.startsWith('{') ? error.details : '{}')
  return { code: error ? (detail.code ?? error.code) : 'ok', field: detail.field, data }
}

async function songsOf({ tertulia }: Member, letters: string) {
  const songs: { songId: string }[] = []
  for (const title of letters)
    songs.push({ songId: (await tertulia.songs.create({ title, content: `[C]${title}` })).id })
  return songs
}

function connection() {
  const sql = postgres(inject('stack').adminDbUrl, { max: 2, onnotice: () => {} })
  onTestFinished(() => sql.end())
  return sql
}

/** Runs `act` while a transaction has changed a song or removed it, and commits once `act` waits for it. */
async function beside<T>(songId: string, act: () => Promise<T>): Promise<[T, string]> {
  const sql = connection()
  const other = await sql.reserve()
  await other`begin`
  await other`select from public.songs where id = ${songId} for update`
  const [{ pid }] = await other<[{ pid: number }]>`select pg_backend_pid() as pid`
  const acting = act()
  await vi.waitFor(
    async () => {
      const waiting = await sql`select from pg_stat_activity where ${pid} = any (pg_blocking_pids(pid))`
      expect(waiting).not.toHaveLength(0)
    },
    { timeout: 15_000, interval: 10 },
  )
  const removed = await code(other`delete from public.songs where id = ${songId}`.then(() => other`commit`))
  if (removed !== 'ok') await other`rollback`
  other.release()
  return [await acting, removed]
}

test('a song that is removed for good at that moment is in a copy by its title, and cannot be added', async () => {
  const ana = await member('Ana')
  const [a, b, c] = await songsOf(ana, 'ABC')
  const list = await ana.setlists.create({ title: 'Set', entries: [a!, b!] })
  const [copy, removed] = await beside(a!.songId, () => ana.setlists.duplicate(list.id))
  expect(removed).toBe('ok')
  expect(copy.entries.map(({ title, songId }) => [title, songId])).toEqual([
    ['A', null],
    ['B', b!.songId],
  ])
  // Whatever was changed before in the same call: neither waits for what the other holds.
  const [added, removedB] = await beside(b!.songId, () =>
    change(ana, list.id, [
      { do: 'move', entry_id: list.entries[1]!.id, before_id: list.entries[0]!.id },
      { do: 'add', entries: [{ song_id: c!.songId }, { song_id: b!.songId }] },
    ]),
  )
  expect([removedB, added.code]).toEqual(['ok', 'song_not_found'])
  expect(titles(await ana.setlists.get(list.id))).toBe('AB')
})

test('a change that changes nothing is no version', async () => {
  const ana = await member('Ana')
  const songs = await songsOf(ana, 'AB')
  const list = await ana.setlists.create({ title: 'Set', note: 'x', entries: songs })
  const [first, last] = list.entries.map(({ id }) => id)
  const same = [
    await ana.setlists.update(list.id, {}),
    await ana.setlists.update(list.id, { title: ' Set ', note: 'x', visibility: 'private' }),
    await ana.setlists.move(list.id, last!, null),
    await ana.setlists.move(list.id, first!, last!),
    await ana.setlists.updateEntry(list.id, first!, { key: null, note: '' }),
    await ana.setlists.remove(list.id, [crypto.randomUUID()]),
    await ana.setlists.add(list.id, []),
    await ana.setlists.restoreVersion(list.id, 1),
  ]
  expect(same.map(({ version, updatedAt }) => [version, updatedAt])).toEqual(
    same.map(() => [1, list.updatedAt]),
  )
  // Who sees it counts, and so does what two changes left as it was in between.
  expect((await ana.setlists.update(list.id, { visibility: 'shared' })).version).toBe(2)
  expect((await ana.setlists.move(list.id, first!, null)).version).toBe(3)
  expect((await ana.setlists.move(list.id, last!, null)).version).toBe(4)
})

test('a step names what it does not take', async () => {
  const ana = await member('Ana')
  const [song] = await songsOf(ana, 'A')
  const { id, entries } = await ana.setlists.create({ title: 'Set', entries: [song!] })
  const entry_id = entries[0]!.id
  const cases: [object, string, string][] = [
    [{ do: 'add', entries: [{ song_id: song!.songId }], before_id: 5 }, 'invalid_input', 'before_id'],
    [{ do: 'add', entries: [{ song_id: song!.songId }], before: entry_id }, 'invalid_input', 'before'],
    [{ do: 'move', entry_id, before_id: 'first' }, 'invalid_input', 'before_id'],
    [{ do: 'move', entry_id: 'x', before_id: null }, 'invalid_input', 'entry_id'],
    [{ do: 'move', before_id: null }, 'invalid_input', 'entry_id'],
    [{ do: 'entry', entry_id, fields: { song_id: song!.songId } }, 'invalid_input', 'song_id'],
    [{ do: 'entry', entry_id, fields: { note: ' ' } }, 'invalid_input', 'note'],
    [{ do: 'entry', entry_id, fields: { note: 'a\u0007' } }, 'invalid_input', 'note'],
    [{ do: 'entry', entry_id, fields: { capo: 1.5 } }, 'invalid_input', 'capo'],
    [{ do: 'entry', entry_id, fields: { key: 'C\n' } }, 'invalid_input', 'key'],
    [{ do: 'remove', entry_ids: [5] }, 'invalid_input', 'entry_ids'],
    [{ do: 'fields', fields: { title: ' ' } }, 'invalid_input', 'title'],
    [{ do: 'fields', fields: { title: null } }, 'invalid_input', 'title'],
    [{ do: 'fields', fields: {}, expected_version: 1 }, 'invalid_input', 'expected_version'],
    [{ do: 'add', entries: [{ key: 'C' }] }, 'song_not_found', 'songId'],
  ]
  for (const [step, wanted, field] of cases) {
    const answer = await change(ana, id, [{ do: 'fields', fields: { note: 'half done' } }, step])
    expect([answer.code, answer.field], JSON.stringify(step)).toEqual([wanted, field])
  }
  expect(await ana.setlists.get(id)).toMatchObject({ version: 1, note: null })
})

test('the export of an account has what its owner wrote in setlists, and nothing that others wrote', async () => {
  const [ana, ben] = [await member('Ana'), await member('Ben')]
  const [song] = await songsOf(ana, 'A')
  const bens = await ben.setlists.create({ title: 'Bens' })
  const share = await ben.tertulia.sharing.share({ setlistId: bens.id }, { userId: ana.id, role: 'edit' })
  await ana.tertulia.sharing.accept(share.id)
  const { entries } = await ana.setlists.add(bens.id, [{ ...song!, note: 'by Ana' }])
  await ben.setlists.updateEntry(bens.id, entries[0]!.id, { note: 'by Ben', key: 'D' })
  const copy = await ben.setlists.duplicate(bens.id, { title: 'Copy' })
  await ben.tertulia.sharing.revoke(share.id)
  const exported = async ({ tertulia }: Member) => {
    const rows: { table: string; row: Record<string, unknown> }[] = []
    for await (const row of tertulia.profiles.exportAccount()) rows.push(row)
    return rows.filter(({ table }) => table.includes('setlist'))
  }
  const [anas, ours] = [await exported(ana), await exported(ben)]
  expect(JSON.stringify(anas)).not.toMatch(/by Ben|"D"|Copy/)
  // She added it, with its title; what the owner has of it is his, but not the id of a song that he may not see.
  expect(anas.map(({ row }) => row.title)).toContain('A')
  expect(anas.find(({ row }) => row.title === 'A')?.row).toMatchObject({
    song_id: song!.songId,
    setlist_id: bens.id,
  })
  const entriesOfBen = ours.map(({ row }) => row).filter(({ note }) => note === 'by Ben')
  expect(entriesOfBen.map(({ setlist_id }) => setlist_id).sort()).toEqual([bens.id, copy.id].sort())
  expect(JSON.stringify(ours)).not.toContain(song!.songId)
})

test('songs that were offered with a setlist are taken back with an offer that was not accepted', async () => {
  const [ana, ben] = [await member('Ana'), await member('Ben')]
  const songs = await songsOf(ana, 'AB')
  const list = await ana.setlists.create({ title: 'Set', entries: songs })
  const target = { setlistId: list.id }
  const offer = await ana.tertulia.sharing.share(target, { userId: ben.id, role: 'view', withSongs: true })
  const received = async () =>
    (await ben.tertulia.sharing.listReceived()).items.map(({ title }) => title).sort()
  expect(await received()).toEqual(['A', 'B', 'Set'])
  await ana.tertulia.sharing.revoke(offer.id)
  expect(await received()).toEqual([])
  const shares = await ana.tertulia.sharing.listShares(songs[0]!.songId)
  expect(shares.items.map(({ state }) => state)).toEqual(['revoked'])
  // One that was accepted by itself stays.
  const again = await ana.tertulia.sharing.share(target, { userId: ben.id, role: 'view', withSongs: true })
  const [ofSong] = (await ben.tertulia.sharing.listReceived()).items.filter(({ title }) => title === 'A')
  await ben.tertulia.sharing.accept(ofSong!.id)
  await ana.tertulia.sharing.revoke(again.id)
  expect([await received(), await ben.tertulia.sharing.getRole(songs[0]!.songId)]).toEqual([['A'], 'view'])
})
