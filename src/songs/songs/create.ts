import { type Operation, operation } from '../../core/call.ts'
import { oneSong, type Song, songColumns } from '../schema.ts'
import { type NewSong, newSong, toFields } from './fields.ts'

export const createSong: Operation<[song: NewSong], Song> = operation(
  'songs.create',
  'create_song',
  { song: (value: unknown, path: string) => toFields(newSong(value, path)) },
  oneSong,
  {},
  { columns: songColumns },
)
