import { createHash } from 'node:crypto'
import { isTertuliaError, type Song, type Tertulia } from 'tertulia'

export interface Imported {
  song: Song
  /** Whether it was there before. */
  known: boolean
}

/** Adds a song under an id that follows from its owner and its text, so that the same text is never added twice. */
export async function importSong(
  songs: Tertulia['songs'],
  { userId, content, visibility }: { userId: string; content: string; visibility: 'public' | 'private' },
): Promise<Imported> {
  const id = idOf(`${userId}\n${content}`)
  const there = await songs.get(id).catch((error) => {
    if (isTertuliaError(error) && error.code === 'song_not_found') return null
    throw error
  })
  if (there) return { song: there, known: true }
  return { song: await songs.create({ id, content, visibility, sourceType: 'import' }), known: false }
}

/** A UUID (version 8: made by a rule of one's own) from the hash of a text. */
function idOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-')
}
