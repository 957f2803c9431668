import { readFileSync, statSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { extractChords, isChordPro, parseChordPro, splitSongs, toChordPro } from '../../chordpro/index.ts'
import { decode, Unreadable } from './decode.ts'
import type { SongFile } from './find-files.ts'
import { fromOnSong } from './on-song.ts'
import { readXmlSong } from './xml-songs.ts'

/** One song of a file, ready to be saved. */
export interface ReadSong {
  content: string
  /** From the file's name, for a file with one song that has no title. */
  title?: string
}

/** A songbook may hold hundreds of songs, each of at most 128 KiB. */
const maxFileBytes = 16 * 1024 * 1024
const maxSongBytes = 128 * 1024

/**
 * The songs of a file, in their order, as ChordPro; `refused` says why others of it are none. Throws {@link Unreadable} for a
 * file without any.
 */
export function readSongs(file: SongFile, encoding?: string): { songs: ReadSong[]; refused: string[] } {
  const { size } = statSync(file.path)
  if (size > maxFileBytes) throw new Unreadable(`too long: ${mebibytes(size)}, and a file may have 16 MiB`)
  const bytes = readFileSync(file.path)
  const extension = extname(file.path).toLowerCase()
  const converted = readXmlSong(bytes, extension, encoding)
  const contents =
    converted === null
      ? splitSongs(decode(bytes, { encoding })).map(extension === '.onsong' ? fromOnSong : toChordPro)
      : [converted]
  if (contents.length === 0) throw new Unreadable('empty')
  if (converted === null && ['.txt', '.tab'].includes(extension) && !contents.some(isSong)) {
    throw new Unreadable('plain text: there is no directive and no chord in it')
  }
  const songs: ReadSong[] = []
  const refused: string[] = []
  for (const [place, content] of contents.entries()) {
    const length = Buffer.byteLength(content)
    if (length <= maxSongBytes) songs.push({ content })
    else refused.push(`song ${place + 1} is too long: ${kibibytes(length)}, and a song may have 128 KiB`)
  }
  const [song] = songs
  if (song && contents.length === 1 && !parseChordPro(song.content).metadata.has('title')) {
    song.title = titleOf(file.path)
  }
  return { songs, refused }
}

/** Anything can be in a file of text: a song has a chord, a directive or a tablature. */
function isSong(content: string): boolean {
  return isChordPro(content) || extractChords(parseChordPro(content)).length > 0
}

function titleOf(path: string): string {
  const words = basename(path, extname(path))
    .normalize('NFC')
    .replace(/[_\s]+/g, ' ')
    .trim()
  return Array.from(words).slice(0, 255).join('')
}

const mebibytes = (bytes: number) => `${Math.ceil(bytes / 1024 / 1024)} MiB`
const kibibytes = (bytes: number) => `${Math.ceil(bytes / 1024)} KiB`
