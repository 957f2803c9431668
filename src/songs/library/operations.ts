import { type ListOperation, listOperation, type Operation, operation } from '../../core/call.ts'
import type { PageOptions } from '../../core/page.ts'
import { id } from '../../core/parse.ts'
import type { CallOptions } from '../../core/run.ts'
import {
  list,
  nullable,
  number,
  object,
  oneOf,
  optional,
  text,
  toColumns,
  withDefault,
} from '../../core/shape.ts'
import { type Song, type SongSummary, songSummary, wholeSong } from '../schema.ts'
import {
  type ListedSongWay,
  listedSongWay,
  type SongOrigin,
  type SongPlays,
  type SongWay,
  songOrigin,
  songPlays,
  songWay,
  type WayFields,
  wayChanges,
} from './schema.ts'

/** In which order your library is listed. */
export interface ListLibraryOptions extends PageOptions {
  /** By default `title`. `played`: what you played most, `recent`: what you played last, as you record it with `recordPlay`. */
  sort?: 'title' | 'artist' | 'newest' | 'popular' | 'played' | 'recent' | undefined
  /** The language whose alphabet orders titles and artists, BCP 47, such as `es`; by default the order of all languages. */
  language?: string | undefined
}

/** Which public songs are listed from A to Z. */
export interface BrowseSongsOptions extends PageOptions {
  /** Only titles or artists that begin with this, in any case and without accents; `#` for those that begin with a digit or sign. */
  prefix?: string | undefined
}

export const setWay: Operation<[songId: string, changes: WayFields], SongWay | null> = operation(
  'library.setWay',
  'set_song_way',
  { songId: id, changes: wayChanges },
  nullable(songWay),
  {},
  { toArguments: ({ songId, changes }) => ({ songId, changes: toColumns(changes) as never }) },
)

const ids = list(id)
export const getWays: Operation<[songIds: string[]], SongWay[]> = operation(
  'library.getWays',
  'get_song_ways',
  { songIds: ids },
  list(songWay),
  {},
  { toArguments: ({ songIds }) => ({ songIds }) },
)

export const listWays: ListOperation<[], ListedSongWay> = listOperation(
  'library.listWays',
  'list_song_ways',
  {},
  listedSongWay,
  [
    ['changed_at', 'beforeChangedAt', text()],
    ['song_id', 'beforeSongId', id],
  ],
)

export const copySong: Operation<
  [songId: string, copy?: { id?: string | undefined; title?: string | undefined }],
  Song
> = operation(
  'library.copySong',
  'copy_song',
  { songId: id, copy: withDefault(object({ id: optional(id), title: optional(text()) }), {}) },
  wholeSong,
  {},
  { toArguments: ({ songId, copy }) => ({ songId, newId: copy.id, title: copy.title }) },
)

export const recordPlay: Operation<[songId: string], SongPlays> = operation(
  'library.recordPlay',
  'record_song_play',
  { songId: id },
  songPlays,
)

export const findOrigin: Operation<[songId: string], SongOrigin | null> = operation(
  'library.findOrigin',
  'get_song_origin',
  { songId: id },
  nullable(songOrigin),
)

export const listLibrary: ListOperation<[], SongSummary, ListLibraryOptions & CallOptions> = listOperation(
  'library.list',
  'list_library',
  {},
  songSummary,
  [
    ['place', 'afterPlace', number],
    ['sort_name', 'afterName', text()],
    ['sort_title', 'afterTitle', text()],
    ['id', 'afterId', id],
  ],
  {
    sort: optional(oneOf('title', 'artist', 'newest', 'popular', 'played', 'recent')),
    language: optional(text()),
  },
)

export const browseSongs: ListOperation<
  [by: 'title' | 'artist'],
  SongSummary,
  BrowseSongsOptions & CallOptions
> = listOperation(
  'library.browseSongs',
  'browse_songs',
  { by: oneOf('title', 'artist') },
  songSummary,
  [
    ['sort_words', 'afterWords', text()],
    ['sort_popularity', 'afterPopularity', number],
    ['id', 'afterId', id],
  ],
  { prefix: optional(text()) },
  ({ by, prefix }) => ({ byArtist: by === 'artist', prefix }),
)
