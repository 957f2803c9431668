import type { KeptSummary } from './schema.ts'

const fold = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
const wordsOf = (text: string) => fold(text).match(/[\p{L}\p{N}]+/gu) ?? []

/** The songs whose title or artist has each word of a query, or a word that begins so; those whose title begins so first. */
export function findKept(songs: readonly KeptSummary[], query: string): KeptSummary[] {
  const asked = wordsOf(query)
  const start = fold(query).trim()
  if (asked.length === 0) return query.trim() === '' ? [...songs] : []
  return songs
    .filter(({ title, artist }) => {
      const words = wordsOf(`${title} ${artist ?? ''}`)
      return asked.every((word) => words.some((one) => one.startsWith(word)))
    })
    .sort((a, b) => +fold(b.title).startsWith(start) - +fold(a.title).startsWith(start))
}
