import type { ChordProSong } from '../chordpro/types.ts'
import type { Definition } from './types.ts'

const words = /(base-fret|frets|fingers|keys|copy|copyall|display|format|diagram)(?=[ \t]|$)/

/** The values behind each word of a definition: `frets` and what follows it up to the next word. */
function partsOf(text: string): Map<string, string[]> {
  const parts = new Map<string, string[]>()
  let values: string[] = []
  for (const token of text.split(/[ \t]+/)) {
    if (words.test(token)) {
      values = []
      parts.set(token, values)
    } else values.push(token)
  }
  return parts
}

function readFret(token: string, base: number): number | null | undefined {
  if (/^(?:x|n|-|-1)$/i.test(token)) return null
  if (!/^[0-9]{1,2}$/.test(token)) return undefined
  const fret = Number(token)
  return fret === 0 ? 0 : fret + base - 1
}

/** Reads the value of a `{define}` as ChordPro 6 writes it; undefined when it says nothing that can be drawn. */
function readDefinition(value: string): Definition | undefined {
  const found = /^("[^"]*"|[^ \t]+)[ \t]+(.*)$/s.exec(value.trim())
  if (!found) return undefined
  const name = found[1]!.replace(/^"|"$|:$/g, '')
  const parts = partsOf(found[2]!)
  const base = Number(parts.get('base-fret')?.[0] ?? 1)
  if (!Number.isInteger(base) || base < 1 || base > 24) return undefined
  const frets = parts.get('frets')?.map((token) => readFret(token, base))
  const keys = parts.get('keys')?.map(Number)
  const isShape = frets !== undefined && frets.length > 0 && !frets.includes(undefined)
  const isKeys =
    keys !== undefined &&
    keys.length > 0 &&
    keys.every((step) => Number.isInteger(step) && step >= 0 && step < 36)
  if (!isShape && !isKeys) return undefined
  const fingers = parts.get('fingers')?.map((token) => (/^[1-4]$/.test(token) ? Number(token) : 0))
  return {
    name,
    ...(isShape && {
      shape: {
        frets: frets as (number | null)[],
        ...(fingers?.length === frets.length && { fingers }),
      },
    }),
    ...(isKeys && { keys }),
  }
}

/** The definitions of a song by the name that they define; the last one of a name counts. */
export function definitionsOf(song: ChordProSong): Map<string, Definition> {
  const lines = song.sections.flatMap((section) => section.lines)
  return new Map(
    lines
      .flatMap((line) =>
        line.kind === 'directive' && line.name === 'define' ? [readDefinition(line.value)] : [],
      )
      .flatMap((definition) => (definition ? [[definition.name, definition]] : [])),
  )
}
