import type { Dirent } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { extractChords, parseChordPro, splitSongs } from 'tertulia/chordpro'

const extensions = /\.(?:cho|crd|chopro|chordpro|pro|txt)$/i
const maxFileBytes = 4 * 1024 * 1024

/** The ChordPro files of a folder and the folders in it, in the order of their names. */
export async function findFiles(folder: string): Promise<string[]> {
  const entries: Dirent[] = await readdir(folder, { recursive: true, withFileTypes: true })
  return (
    entries
      // A link is followed, to a file only.
      .filter(
        (entry) =>
          (entry.isFile() || entry.isSymbolicLink()) &&
          extensions.test(entry.name) &&
          !entry.name.startsWith('.'),
      )
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
      .sort()
  )
}

/** The songs of one file; most have one. Throws a word that says why it holds none. */
export async function readSongs(path: string): Promise<string[]> {
  const entry = await stat(path)
  if (!entry.isFile()) throw new Error('not a file')
  if (entry.size > maxFileBytes) throw new Error(`too long: ${Math.ceil(entry.size / 1024 / 1024)} MiB`)
  const bytes = await readFile(path)
  if (bytes.includes(0)) throw new Error('not text: it has zero bytes')
  const text = decode(bytes)
  if (/\.txt$/i.test(path) && !hasChordPro(text))
    throw new Error('plain text: no directive and no chord in it')
  const songs = splitSongs(text).filter((song) => song.trim() !== '')
  if (songs.length === 0) throw new Error('empty')
  return songs
}

/** Whether a text has a directive or a chord: anything can be in a .txt file. */
function hasChordPro(text: string): boolean {
  return /^\s*\{\s*[a-z][\w-]*(:.*)?\}/im.test(text) || extractChords(parseChordPro(text)).length > 0
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Error('not UTF-8; convert it first')
  }
}
