import { createHash } from 'node:crypto'

/**
 * The id of a song that follows from its owner and its text, so that the same text is never added twice: a UUID of version 8,
 * which is for custom rules (RFC 9562). The id of a song that was removed for good is never free again: `round` makes the
 * next one.
 */
export function songId(owner: string, content: string, round = 0): string {
  const hex = createHash('sha256')
    .update(`${owner}\n${content}${round > 0 ? `\n${round}` : ''}`)
    .digest('hex')
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-')
}
