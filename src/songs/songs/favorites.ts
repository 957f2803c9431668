import { type ListOperation, listOperation, nothing, type Operation, operation } from '../../core/call.ts'
import { id } from '../../core/parse.ts'
import { text } from '../../core/shape.ts'
import { type SongSummary, songSummary } from '../schema.ts'

export const favoriteSong: Operation<[songId: string], void> = operation(
  'songs.favorite',
  'favorite_song',
  { songId: id },
  nothing,
)

export const unfavoriteSong: Operation<[songId: string], void> = operation(
  'songs.unfavorite',
  'unfavorite_song',
  { songId: id },
  nothing,
)

export const listFavorites: ListOperation<[], SongSummary> = listOperation(
  'songs.listFavorites',
  'list_favorite_songs',
  {},
  songSummary,
  [
    ['favorite_at', 'beforeCreatedAt', text()],
    ['id', 'beforeId', id],
  ],
)
