import { type ListOperation, listOperation, nothing, type Operation, operation } from '../../core/call.ts'
import { id, timestamp } from '../../core/parse.ts'
import { nullable, type Reader, row, text } from '../../core/shape.ts'
import { oneSong, type Song, songColumns } from '../schema.ts'

/** A song in the trash. */
export interface DeletedSong {
  id: string
  title: string
  artist: string | null
  deletedAt: Date
}

const deletedSong: Reader<DeletedSong> = row({
  id,
  title: text(),
  artist: nullable(text()),
  deletedAt: timestamp,
})

export const listTrash: ListOperation<[], DeletedSong> = listOperation(
  'songs.listTrash',
  'list_trash',
  {},
  deletedSong,
  [
    ['deleted_at', 'beforeDeletedAt', text()],
    ['id', 'beforeId', id],
  ],
)

export const restoreSong: Operation<[songId: string], Song> = operation(
  'songs.restore',
  'restore_song',
  { songId: id },
  oneSong,
  {},
  { columns: songColumns },
)

export const purgeSong: Operation<[songId: string], void> = operation(
  'songs.purge',
  'purge_song',
  { songId: id },
  nothing,
)
