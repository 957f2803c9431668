import { setTimeout } from 'node:timers/promises'
import { describeSong, extractLyrics, parseChordPro } from '../../chordpro/index.ts'
import { isTertuliaError } from '../../core/error.ts'
import type { ImportedSong, NewSong } from '../../songs/index.ts'
import type { CliContext } from '../context.ts'
import { isEncoding, Unreadable } from '../import-songs/decode.ts'
import { findSongFiles, songExtensions } from '../import-songs/find-files.ts'
import { type ReadSong, readSongs } from '../import-songs/read-songs.ts'
import { createReport } from '../import-songs/report.ts'
import { saveSongs } from '../import-songs/save-songs.ts'
import { type SignedIn, signIn } from '../import-songs/sign-in.ts'
import { songId } from '../import-songs/song-id.ts'
import { describe, Refusal } from '../refusal.ts'

/** How a folder of songs is to be imported. */
export interface ImportOptions {
  url?: string
  key?: string
  email?: string
  /** For files that are not UTF-8, such as `windows-1252`. */
  encoding?: string
  public?: boolean
  'dry-run'?: boolean
}

/** How often one text can be imported again after it was removed for good. */
const mostRounds = 20
/** Songs in one request: few enough to be told of often, many enough to be quick. */
const batchSize = 50
const batchBytes = 400_000

/**
 * `tertulia import-songs`: saves the songs of files and folders as one person's own, in their order. The same text again is the
 * same song, so a broken run is simply run again. It reports what cannot be read or is refused, and continues with the rest.
 */
export async function importSongs(
  context: CliContext,
  paths: readonly string[],
  options: ImportOptions,
): Promise<number> {
  const { encoding } = options
  if (encoding !== undefined && !isEncoding(encoding)) {
    throw new Refusal(
      `unable to import songs; there is no encoding ${encoding}`,
      'Try windows-1252 or iso-8859-15.',
    )
  }
  const found = findSongFiles(paths, context.cwd)
  if (found.files.length === 0 && found.problems.length === 0) {
    throw new Refusal(
      `unable to import songs; there is no file of songs in ${paths.join(', ')}`,
      `They end with ${songExtensions.map((extension) => `.${extension}`).join(' ')}`,
    )
  }
  const person = options['dry-run'] ? null : await signIn(context, options)
  const report = createReport(context)
  for (const { name, reason } of found.problems) report.failed(name, reason)
  try {
    await saveFiles()
  } catch (error) {
    if (!isTertuliaError(error)) throw error
    report.end(found.others)
    throw new Refusal(
      `the import has stopped; ${error.message}`,
      `${error.hint} Then run it again: nothing is added twice.`,
      error,
    )
  } finally {
    await person?.signOut()
  }
  return report.end(found.others)

  async function saveFiles(): Promise<void> {
    let waiting: { file: string; song: ReadSong }[] = []
    let bytes = 0
    for (const file of found.files) {
      const songs = readFile(file)
      for (const song of songs) {
        const size = Buffer.byteLength(song.content)
        if (waiting.length === batchSize || bytes + size > batchBytes) {
          await save(waiting)
          waiting = []
          bytes = 0
        }
        waiting.push({ file: file.name, song })
        bytes += size
      }
    }
    await save(waiting)
  }

  function readFile(file: { path: string; name: string }): ReadSong[] {
    try {
      const { songs, refused } = readSongs(file, encoding)
      for (const reason of refused) report.failed(file.name, reason)
      return songs
    } catch (error) {
      report.failed(file.name, error instanceof Unreadable ? error.message : describe(error))
      return []
    }
  }

  async function save(batch: { file: string; song: ReadSong }[]): Promise<void> {
    if (batch.length === 0) return
    if (!person) {
      for (const { file, song } of batch) report.read(file, titleOf(song))
      return
    }
    const { songs } = person.tertulia
    const wait = context.wait ?? setTimeout
    const outcomes = await saveSongs(
      songs,
      batch.map(({ song }) => toNewSong(person, song, 0)),
      wait,
    )
    for (const [place, { file, song }] of batch.entries()) {
      let outcome = outcomes[place]
      for (let round = 1; wasPurged(outcome) && round <= mostRounds; round += 1) {
        ;[outcome] = await saveSongs(songs, [toNewSong(person, song, round)], wait)
      }
      if (outcome?.error === null) report.saved(file, outcome.title, outcome.added)
      else report.failed(file, outcome?.error.message ?? 'the database does not say what became of it')
    }
  }

  function toNewSong({ userId }: SignedIn, { content, title }: ReadSong, round: number): NewSong {
    const visibility = options.public ? 'public' : 'private'
    return { id: songId(userId, content, round), content, ...(title && { title }), visibility }
  }
}

/** Whether the id was that of a song that was removed for good: no other song takes it. */
const wasPurged = (outcome: ImportedSong | undefined) =>
  outcome?.error?.field === 'id' && outcome.error.message.includes('removed for good')

function titleOf({ content, title }: ReadSong): string {
  const song = parseChordPro(content)
  return title ?? describeSong(song).title ?? /\S.*/.exec(extractLyrics(song))?.[0] ?? 'a song without words'
}
