import { query as querySchema } from '../../schemas/search.ts'
import { songFilters } from '../../schemas/songs.ts'
import { count, fold, matches } from './profiles.ts'
import { highlights } from './read-messages.ts'
import { check, refuse, toCamel } from './refusal.ts'
import type { Args, StoredSong } from './rows.ts'
import { addVersion, roleIn, sees, songOf, songRow } from './songs.ts'
import { type Account, type Call, page, type World } from './world.ts'

type Field = keyof StoredSong

function passes(song: StoredSong, filters: Args): boolean {
  const one = (name: string, field: Field) =>
    !filters[name] || filters[name].some((value: string) => fold(value) === fold(String(song[field] ?? '')))
  const within = (name: string, field: Field) => {
    const [least, most] = filters[name] ?? [null, null]
    const value = song[field] as number | null
    if (least === null && most === null) return true
    return value !== null && value >= (least ?? value) && value <= (most ?? value)
  }
  const tags = song.tags.map(({ label }) => fold(label))
  const has = (tag: string) => tags.includes(fold(tag))
  const chords = song.chords.map(({ name }) => name)
  const { any_tags, all_tags, playable, missing = 0 } = filters
  return (
    one('artist', 'artist') &&
    one('genre', 'genre') &&
    one('style', 'style') &&
    one('key', 'key') &&
    one('language', 'language') &&
    one('source', 'source_type') &&
    within('difficulty', 'difficulty_level') &&
    within('year', 'year') &&
    within('tempo', 'tempo') &&
    within('duration', 'duration_seconds') &&
    (!any_tags || any_tags.some(has)) &&
    (!all_tags || all_tags.every(has)) &&
    (!filters.chords || filters.chords.every((name: string) => chords.includes(name))) &&
    (!playable || chords.filter((name) => !playable.includes(name)).length <= missing)
  )
}

function find(world: World, me: Account, query: string, filters: Args): StoredSong[] {
  check('search songs', querySchema, query)
  check('search songs', songFilters, toCamel(filters))
  return [...world.songs.values()]
    .filter((song) => sees(world, song, me) && passes(song, filters))
    .filter((song) =>
      matches(query, [song.title, song.artist, song.lyrics, ...song.tags.map(({ label }) => label)]),
    )
    .sort(
      (a, b) =>
        +!matches(query, [a.title]) - +!matches(query, [b.title]) || (a.created_at < b.created_at ? 1 : -1),
    )
}

/** What comes last is beyond every letter. */
const last = '\u{10ffff}'
const orders: Record<string, (song: StoredSong) => string> = {
  popular: () => '',
  newest: () => '',
  title: ({ title }) => fold(title),
  artist: ({ artist, title }) => `${artist ? fold(artist) : last} ${fold(title)}`,
  difficulty: ({ difficulty_level: level }) => (level === null ? last : String(level)),
}

const search: Call = (world, me, { query, filters = {}, page_size: size = 50, after_id: after, sort }) => {
  const found = find(world, me, query, filters)
  const order = orders[sort]
  if (order) {
    found.sort((a, b) =>
      order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : a.created_at < b.created_at ? 1 : -1,
    )
  }
  const from = after ? found.findIndex(({ id }) => id === after) + 1 : 0
  const songs = found.slice(from, from + size).map((song) => {
    const line = song.lyrics.split('\n').find((one) => query.trim() && highlights(query, one).length > 0)
    return {
      ...songRow(song),
      highlights: {
        title: highlights(query, song.title),
        artist: highlights(query, song.artist ?? ''),
        excerpt: line ? { text: line, ranges: highlights(query, line) } : null,
      },
    }
  })
  return { songs, next: found.length > from + size ? [10, 0, 0, songs.at(-1)?.['id' as never], ''] : null }
}

const suggest: Call = (world, me, { prefix, page_size: size = 10 }) => {
  const values = [...world.songs.values()]
    .filter((song) => sees(world, song, me))
    .flatMap(({ title, artist }) => [
      { value: title, kind: 'title' },
      ...(artist ? [{ value: artist, kind: 'artist' }] : []),
    ])
  const shown = new Map(values.map((one) => [JSON.stringify(one), one]))
  return [...shown.values()].filter(({ value }) => prefix.trim() && matches(prefix, [value])).slice(0, size)
}

function editable(world: World, me: Account, id: string, task: string): StoredSong {
  return songOf(world, me, id, task, 'edit')
}

const versionOf = (song: StoredSong, version: number) =>
  song.versions.find((one) => one.version === version) ??
  refuse('version_not_found', 'unable to get the version; the song has none with that number')

const versionRow = ({
  version,
  change_type,
  change_summary,
  changed_fields,
  changed_by,
  created_at,
}: Args) => ({
  ...{ version, change_type, change_summary, changed_fields, changed_by, created_at },
})

/** The form that tags are compared in. */
const tagName = (label: string) => fold(label).trim().replace(/\s+/g, ' ')

function changeTags(world: World, me: Account, song: StoredSong, change: () => void): void {
  const before = JSON.stringify(song.tags)
  change()
  song.tags.sort((a, b) => (a.tag_name < b.tag_name ? -1 : 1))
  if (JSON.stringify(song.tags) === before) return
  song.version++
  addVersion(world, me, song, 'update', song.versions.at(-1) ?? {})
  Object.assign(song.versions.at(-1) ?? {}, { changed_fields: ['tags'] })
}

const tagRows = (song: StoredSong) =>
  song.tags.map(({ tag_category: category, ...tag }) => ({ ...tag, category, tag_category: category }))

export const findingCalls: Record<string, Call> = {
  search_songs: search,
  suggest_songs: suggest,
  count_songs(world, me, { query, filters = {} }) {
    const found = find(world, me, query, filters)
    const by = (field: Field) =>
      count(found.map((song) => (song[field] === null ? [] : [String(song[field])])))
    const facets = {
      artist: by('artist'),
      genre: by('genre'),
      style: by('style'),
      key: by('key'),
      difficulty: by('difficulty_level'),
      language: by('language'),
      decade: count(found.map(({ year }) => (year === null ? [] : [String(Math.floor(year / 10) * 10)]))),
      tag: count(found.map(({ tags }) => tags.map(({ tag_name: name }) => name))),
    }
    return { total: found.length, exact: true, facets }
  },
  list_song_versions: (world, me, args) =>
    page(
      [...editable(world, me, args.song_id, 'list the versions of').versions].reverse(),
      args,
      ({ version }) => version < (args.before_version ?? Number.POSITIVE_INFINITY),
    ).map(versionRow),
  get_song_version: (world, me, { song_id, version }) =>
    versionOf(editable(world, me, song_id, 'get the version of'), version),
  restore_song_version(world, me, { song_id, version }) {
    const song = editable(world, me, song_id, 'restore')
    const { visibility, tags, ...wanted } = versionOf(song, version)
    const before = { ...song }
    for (const name of Object.keys(wanted)) {
      if (name in song && !['version', 'created_at', 'change_type'].includes(name))
        song.given[name] = wanted[name]
      if (name in song && !['version', 'created_at'].includes(name))
        Object.assign(song, { [name]: wanted[name] })
    }
    Object.assign(song, { version: song.version + 1, updated_at: world.now() })
    addVersion(world, me, song, 'restore', before, `Version ${version}`)
    return songRow(song)
  },
  tag_song(world, me, { song_id, labels, category = null }) {
    const song = editable(world, me, song_id, 'tag')
    if (labels.some((label: string) => !/\S/.test(label) || [...label].length > 80)) {
      refuse('invalid_input', 'unable to tag the song; a tag has 1 to 80 characters', 'tags')
    }
    changeTags(world, me, song, () => {
      for (const label of labels.map((one: string) => one.trim().replace(/\s+/g, ' '))) {
        const known = song.tags.find((one) => one.tag_name === tagName(label))
        const tag = { tag_name: tagName(label), label, tag_category: category ?? known?.tag_category ?? null }
        song.tags = [...song.tags.filter((one) => one !== known), { ...tag, tag_type: 'user' }]
      }
    })
    return tagRows(song)
  },
  untag_song(world, me, { song_id, labels }) {
    const song = editable(world, me, song_id, 'untag')
    const names = labels.map(tagName)
    changeTags(world, me, song, () => {
      song.tags = song.tags.filter((one) => !names.includes(one.tag_name))
    })
  },
  list_song_tags(world, me, { song_id }) {
    const song = world.songs.get(song_id)
    return song && sees(world, song, me) ? tagRows(song) : []
  },
  watch_song(world, me, { song_id, known_version: known }) {
    const song = world.songs.get(song_id)
    const role = song && !song.deleted_at ? roleIn(world, song, me) : null
    if (!song || !role) {
      refuse('song_not_found', 'unable to watch the song; there is none with that id that you have a role in')
    }
    const { version, live_key } = song
    return { role, version, live_key, song: version === known ? null : songRow(song) }
  },
}
