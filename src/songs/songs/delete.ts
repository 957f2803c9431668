import { nothing, type Operation, operation } from '../../core/call.ts'
import { id } from '../../core/parse.ts'

export const deleteSong: Operation<[songId: string], void> = operation(
  'songs.delete',
  'delete_song',
  { songId: id },
  nothing,
)
