import { call } from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import { type ErrorCode, readCode } from '../../core/error-codes.ts'
import { calledWith, id, parseInput } from '../../core/parse.ts'
import type { CallOptions } from '../../core/run.ts'
import { flag, integer, list, nullable, type Reader, row, text } from '../../core/shape.ts'
import { type NewSong, newSong, toFields } from './fields.ts'

/** The result of one song of an import. */
export type ImportedSong =
  | {
      id: string
      title: string
      /** False when the song was there already, under the same id. */
      added: boolean
      /** The error of a refused song; null when the song was saved. */
      error: null
    }
  /** A song that was refused. It does not affect the others. */
  | {
      id: null
      title: null
      /** False, because the song was not added. */
      added: false
      /** Why the database refused the song. */
      error: { code: ErrorCode; message: string; field: string | undefined }
    }

const importedRow = row({
  place: integer(),
  id: nullable(id),
  title: nullable(text()),
  added: nullable(flag),
  code: nullable(text()),
  message: nullable(text()),
  field: nullable(text()),
})
const importedSong: Reader<ImportedSong> = (value, path) => {
  const { id, title, added, code, message, field } = importedRow(value, path)
  if (id !== null && title !== null) return { id, title, added: added === true, error: null }
  const error = { code: readCode(code), message: message ?? '', field: field ?? undefined }
  return { id: null, title: null, added: false, error }
}

const operation = 'songs.import'
// A song's fields are named with its place alone: `0.title`.
const input = calledWith({ songs: (value) => list(newSong)(value, '') })
const maxSongs = 100
/** Half of what the database takes at once: JSON and non-ASCII text make it longer. */
const maxBytes = 400_000

export async function importSongs(
  context: Context,
  songs: NewSong[],
  options?: CallOptions,
): Promise<ImportedSong[]> {
  const all = parseInput(operation, input, [songs, options]).songs.map(toFields)
  const results: ImportedSong[] = []
  for (const songs of inBatches(all)) {
    const batch = await call(context, operation, options, 'import_songs', { songs }, list(importedSong))
    results.push(...batch)
  }
  return results
}

type Fields = ReturnType<typeof toFields>

function inBatches(songs: Fields[]): Fields[][] {
  const batches: Fields[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const song of songs) {
    const size = new TextEncoder().encode(JSON.stringify(song)).length
    if (bytes + size > maxBytes || batches.at(-1)?.length === maxSongs) {
      batches.push([])
      bytes = 0
    }
    batches.at(-1)?.push(song)
    bytes += size
  }
  return batches
}
