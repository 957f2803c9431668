import { readFileSync } from 'node:fs'

/** One text and what both implementations must read in it. */
export interface ChordProCase {
  name: string
  text: string
  lyrics: string
  /** Canonical name to positions. */
  chords: Record<string, number[]>
  metadata: Record<string, string[]>
  description: Record<string, string | number>
  /** `line:column code`; the client's alone. */
  warnings: string[]
}

export const cases: ChordProCase[] = JSON.parse(
  readFileSync(new URL('./cases.json', import.meta.url), 'utf8'),
)
