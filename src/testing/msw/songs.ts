import { describeSong } from '../../chordpro/describe.ts'
import { extractChords, extractLyrics } from '../../chordpro/extract.ts'
import { parseChordPro } from '../../chordpro/parse.ts'
import { newSong, songChanges } from '../../schemas/songs.ts'
import { check, Refusal, refuse, toCamel } from './refusal.ts'
import type { Args, StoredSong } from './rows.ts'
import { type Account, type Call, isBefore, latestFirst, page, person, type World } from './world.ts'

const columns = { capo_fret: 'capo', difficulty_level: 'difficulty' }
const fillable = ['title', 'artist', 'album', 'key', 'tempo', 'genre', 'style', 'language', 'year']

/** What follows from a text and from what its writer gave. */
function derive(given: Args): Args {
  const content = given.content.replace(/\r\n?/g, '\n')
  const song = parseChordPro(content)
  const lyrics = extractLyrics(song)
  const { timeSignature, capo, durationSeconds, ...rest } = describeSong(song)
  const described: Args = { ...rest, time_signature: timeSignature, capo_fret: capo }
  described.duration_seconds = durationSeconds
  described.title ??= [...(lyrics.split('\n')[0] ?? '')].slice(0, 80).join('') || 'Untitled'
  const fields = Object.fromEntries(
    [...fillable, 'time_signature', 'capo_fret', 'duration_seconds'].map((name) => {
      const own = typeof given[name] === 'string' ? given[name].trim() || null : given[name]
      return [name, own ?? described[name] ?? null]
    }),
  )
  const chords = extractChords(song).map(({ positions, ...chord }) => ({
    ...chord,
    uses: positions.length,
    positions: positions.slice(0, 1000),
  }))
  return { ...fields, content, lyrics, chords, chordpro_metadata: Object.fromEntries(song.metadata) }
}

const written = ['source_url', 'source_type', 'visibility', 'metadata', 'difficulty_level']
export const snapshotOf = (song: StoredSong): Args =>
  Object.fromEntries(
    [...fillable, ...written, 'content', 'time_signature', 'capo_fret', 'duration_seconds'].map((name) => [
      name,
      song[name as keyof StoredSong],
    ]),
  )

export function addVersion(
  world: World,
  me: Account,
  song: StoredSong,
  type: string,
  before: Args,
  note?: string,
) {
  const snapshot = snapshotOf(song)
  const changed = Object.keys(snapshot).filter(
    (name) => type === 'create' || JSON.stringify(snapshot[name]) !== JSON.stringify(before[name]),
  )
  song.versions.push({
    ...snapshot,
    version: song.version,
    change_type: type,
    change_summary: note ?? null,
    changed_fields: type === 'create' ? [] : changed.sort(),
    changed_by: person(me),
    created_at: world.now(),
    tags: song.tags.map(({ label }) => label),
  })
  tellWatchers(world, song)
}

/** Tells those who may watch a song that it has changed. */
export function tellWatchers(world: World, song: StoredSong): void {
  for (const account of world.accounts.values()) {
    const payload = { song_id: song.id, version: song.version }
    if (roleIn(world, song, account)) world.deliver(account.id, 'song', payload)
  }
}

const ranks = ['view', 'edit', 'admin', 'owner']
export const rank = (role: string | null) => ranks.indexOf(role ?? '')

/** The role of a user in a song; null also where it is public. */
export function roleIn(world: World, song: StoredSong, { id }: Account): string | null {
  if (song.created_by === id) return 'owner'
  const now = new Date().toISOString()
  const roles = [...world.shares.values()]
    .filter((one) => one.song_id === song.id && one.shared_with === id && one.accepted_at && !one.ended_at)
    .filter((one) => !one.expires_at || one.expires_at > now)
    .filter((one) => one.kind !== 'link' || song.visibility !== 'private')
    .map(({ role }) => role)
  return roles.sort((a, b) => rank(b) - rank(a))[0] ?? null
}

export const sees = (world: World, song: StoredSong, me: Account) =>
  !song.deleted_at && (song.visibility === 'public' || roleIn(world, song, me) !== null)

/** A song in which the user has at least this role. */
export function songOf(world: World, me: Account, id: string, task: string, least: string): StoredSong {
  const song = world.songs.get(id)
  const role = song && !song.deleted_at ? roleIn(world, song, me) : null
  if (!song || (role === null && !sees(world, song, me))) {
    refuse('song_not_found', `unable to ${task} the song; there is none with that id`)
  }
  if (rank(role) < rank(least))
    refuse('forbidden', `unable to ${task} the song; that takes the role ${least}`)
  return song
}

export function songRow(song: StoredSong): Args {
  const { given, deleted_at, live_key, tags, versions, ...row } = song
  return structuredClone(row)
}

export const summary = (song: StoredSong) => {
  const { content, lyrics, chords, chordpro_metadata, metadata, source_url, source_type, ...row } =
    songRow(song)
  return row
}

export function createSong(world: World, me: Account, fields: Args): StoredSong {
  check('create the song', newSong, toCamel(fields, columns))
  const id = (fields.id ?? crypto.randomUUID()).toLowerCase()
  const known = world.songs.get(id)
  if (known && known.created_by === me.id && !known.deleted_at) return known
  if (known) refuse('invalid_input', 'unable to create the song; its id belongs to another song', 'id')
  const now = world.now()
  const { id: _, ...given } = fields
  const song = {
    difficulty_level: null,
    source_url: null,
    source_type: 'manual',
    visibility: 'private',
    metadata: {},
    ...given,
    ...derive(given),
    id,
    given,
    created_by: me.id,
    version: 1,
    created_at: now,
    updated_at: now,
    deleted_at: null,
    live_key: crypto.randomUUID(),
    tags: [],
    versions: [],
  } as unknown as StoredSong
  world.songs.set(id, song)
  addVersion(world, me, song, 'create', {})
  return song
}

const save: Call = (world, me, { song_id, changes, expected_version: expected, summary: note }) => {
  check('update the song', songChanges, toCamel(changes, columns))
  const song = songOf(world, me, song_id, 'update', 'edit')
  if (changes.visibility && changes.visibility !== song.visibility && song.created_by !== me.id) {
    refuse('forbidden', 'unable to update the song; its visibility is for its owner', 'visibility')
  }
  if (expected && expected !== song.version) {
    const base = song.versions.find(({ version }) => version === expected) ?? null
    return { conflict: { base, theirs: songRow(song) } }
  }
  const before = snapshotOf(song)
  Object.assign(song.given, changes)
  const { content, title, ...own } = changes
  Object.assign(song, own, derive(song.given))
  if (JSON.stringify(snapshotOf(song)) === JSON.stringify(before)) return { song: songRow(song) }
  Object.assign(song, { version: song.version + 1, updated_at: world.now() })
  addVersion(world, me, song, 'update', before, note)
  return { song: songRow(song) }
}

const time = (song: StoredSong): [string, string] => [song.created_at, song.id]

export const songCalls: Record<string, Call> = {
  create_song: (world, me, { song }) => [songRow(createSong(world, me, song))],
  get_song(world, me, { song_id: id }) {
    const song = world.songs.get(id)
    return song && sees(world, song, me) ? [songRow(song)] : []
  },
  save_song: save,
  import_songs: (world, me, { songs }) =>
    songs.map((fields: Args, place: number) => {
      try {
        const isNew = !world.songs.has(fields.id)
        const { id, title } = createSong(world, me, { source_type: 'import', ...fields })
        return { place, id, title, added: isNew, code: null, message: null, field: null }
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        const { code, message, fields: about } = error
        return { place, id: null, title: null, added: null, code, message, field: about.field ?? null }
      }
    }),
  list_songs: (world, me, args) =>
    page(
      latestFirst(
        [...world.songs.values()].filter(
          (song) => sees(world, song, me) && (!args.owner_id || song.created_by === args.owner_id),
        ),
        time,
      ),
      args,
      (song) => isBefore(time(song), args.before_created_at, args.before_id),
    ).map(summary),
}
