import type { Comment } from './schema.ts'

/** Of a longer line a comment keeps the beginning. */
const longQuote = 400

/**
 * Finds the line that a comment is about in the song as it is now: the line that says what the comment quotes, nearest to where it was.
 *
 * @param comment - A comment with `line` and `quote`.
 * @param content - The song's content.
 * @returns The line from 1, or null when the comment is about the whole song or its line is no longer there.
 * @example
 * ```ts
 * const { items } = await comments.list(song.id)
 * const onFirstLine = items.filter((comment) => lineOf(comment, song.content) === 1)
 * ```
 */
export function lineOf(comment: Pick<Comment, 'line' | 'quote'>, content: string): number | null {
  const { line, quote } = comment
  if (line === null || quote === null) return null
  let nearest: number | null = null
  for (const [at, said] of content.split(/\r\n?|\n/).entries()) {
    const isIt = said === quote || (quote.length > longQuote && said.startsWith(quote))
    const distance = Math.abs(at + 1 - line)
    // One blank line is like another.
    if (isIt && (quote.trim() || distance === 0) && (nearest === null || distance < Math.abs(nearest - line)))
      nearest = at + 1
  }
  return nearest
}
