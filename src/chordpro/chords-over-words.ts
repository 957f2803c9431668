import { isNoChord, readChord } from './chord.ts'
import { directiveText, readDirective } from './directives.ts'

const separators = /^(?:[|:\-–—/%.*~x×()]+|[x×][0-9]{1,2}|\(?[0-9]{1,2}[x×]\)?)$/i
const headings: readonly (readonly [RegExp, string])[] = [
  [/^(?:verse|verso|estrofa|strophe|couplet|vers)\b/i, 'verse'],
  [/^(?:chorus|coro|estribillo|refr[aã]o|refrain|ritornello)\b/i, 'chorus'],
  [/^(?:bridge|puente|ponte)\b/i, 'bridge'],
]
const otherHeading =
  /^(?:intro|introducci[oó]n|outro|final|ending|coda|solo|interlud(?:e|io)|instrumental|pre-?(?:chorus|coro)|pre-?estribillo|tag)\b/i
const metadataLine =
  /^(title|artist|composer|album|key|capo|tempo|time|year|t[ií]tulo|artista|compositor|tonalidad|tom)[ \t]*:[ \t]*(\S.*)$/i
const metadataNames: Record<string, string> = {
  titulo: 'title',
  título: 'title',
  artista: 'artist',
  compositor: 'composer',
  tonalidad: 'key',
  tom: 'key',
}
const tabForm = /^[ \t]*(?:[A-Ga-g][#b]?)?[ \t]*[|:][-0-9hpbrsx/\\~()|. \t]*$/
const isTabLine = (line: string) => line.includes('--') && tabForm.test(line)

/** A line of chords: where each of them stands, or null when anything else is in it. */
function readChordLine(
  line: string,
  isChord: (text: string) => boolean,
): { column: number; text: string }[] | null {
  let column = 0
  let from = 0
  const found = [...line.matchAll(/\S+/g)].map(({ 0: text, index }) => {
    column += width(line.slice(from, index))
    from = index
    return { column, text }
  })
  if (!found.some(({ text }) => isChord(text))) return null
  if (!found.every(({ text }) => isChord(text) || separators.test(text))) return null
  return found
}

const width = (text: string) => Array.from(text).length

function expandTabs(line: string): string {
  if (!line.includes('\t')) return line
  let text = ''
  let column = 0
  for (const character of line) {
    const next = character === '\t' ? 8 - (column % 8) : 1
    text += character === '\t' ? ' '.repeat(next) : character
    column += next
  }
  return text
}

/** A line of words under a line of chords, as one. */
function merge(chords: { column: number; text: string }[], words: string): string {
  const characters = Array.from(words)
  let merged = ''
  let from = 0
  for (const { column, text } of chords) {
    merged += characters
      .slice(from, column)
      .join('')
      .padEnd(Math.max(column - from, 0))
    merged += readChord(text) || isNoChord(text) ? `[${text}]` : `[*${text}]`
    from = Math.max(from, column)
  }
  return (merged + characters.slice(from).join('')).trimEnd()
}

const alone = (chords: { text: string }[]) =>
  chords.map(({ text }) => (readChord(text) || isNoChord(text) ? `[${text}]` : `[*${text}]`)).join(' ')

/** `[Verse 1]`, `Verse 1:`, `CHORUS` */
function readHeading(line: string): { kind: string | null; label: string } | null {
  const text = line.trim()
  const marked = /^\[(.+)\]$/.exec(text)?.[1] ?? /^(.+):$/.exec(text)?.[1]
  const label = (marked ?? text).trim()
  if (label.length > 40 || (marked === undefined && !/^[\p{L}-]+(?: [0-9]{1,2})?$/u.test(label))) return null
  const kind = headings.find(([pattern]) => pattern.test(label))?.[1]
  if (kind) return { kind, label }
  // "Solo" on a line of its own may be a lyric.
  return marked !== undefined && otherHeading.test(label) ? { kind: null, label } : null
}

/**
 * Whether a text is ChordPro already: it has a directive, or a chord in brackets that is not the heading of a part.
 *
 * @example
 * isChordPro('Am      G\nuna vieja') // false
 */
export function isChordPro(text: string): boolean {
  return text.split(/\r\n|\r|\n/).some((line) => {
    const inner = directiveText(line.replace(/^\ufeff/, ''))
    if (inner?.closed && readDirective(inner.text)) return true
    return [...line.matchAll(/\[([^[\]]*)\]/g)].some(([, chord = '']) => readChord(chord) !== null)
  })
}

/**
 * Turns a song with its chords on lines of their own over the words into ChordPro: each chord goes to the place that it
 * stands over (a tab reaches to the next multiple of eight), `[Verse 1]` or `Estribillo:` begins a part, lines such as
 * `Capo: 2` at the head become metadata, tablature keeps its form. A line is one of chords when every word in it is a
 * chord or a sign between chords. A text that is ChordPro already comes back as it is. Never throws.
 *
 * @example
 * toChordPro('Am         E7\nSan Juan y Boedo') // '[Am]San Juan y [E7]Boedo\n'
 */
export function toChordPro(text: string): string {
  if (isChordPro(text)) return text
  const lines = text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\r|\n/)
    .map(expandTabs)
  // Each word once: reading a chord is what costs.
  const known = new Map<string, boolean>()
  const isChord = (word: string): boolean => {
    const found = known.get(word) ?? (readChord(word) !== null || isNoChord(word))
    known.set(word, found)
    return found
  }
  const chordLines = lines.map((line) => readChordLine(line, isChord))
  const out: string[] = []
  let open: string | null = null
  let started = false
  const close = () => {
    if (open) {
      const blanks = out.at(-1) === '' ? [out.pop()!] : []
      out.push(`{end_of_${open}}`, ...blanks)
    }
    open = null
  }
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at]!.trimEnd()
    const next = lines[at + 1] ?? ''
    const isTab = isTabLine(line)
    if (open === 'tab' && !isTab) close()
    const given = started ? null : metadataLine.exec(line)
    const heading = readHeading(line)
    const chords = isTab ? null : chordLines[at]!
    started ||= chords !== null || heading !== null
    if (isTab) {
      if (open !== 'tab') {
        close()
        out.push('{start_of_tab}')
        open = 'tab'
      }
      out.push(line)
    } else if (given) {
      const name = given[1]!.toLowerCase()
      out.push(`{${metadataNames[name] ?? name}: ${given[2]}}`)
    } else if (heading && !chords) {
      close()
      if (heading.kind) out.push(`{start_of_${heading.kind}: ${heading.label}}`)
      else out.push(`{comment: ${heading.label}}`)
      open = heading.kind
    } else if (chords) {
      const under = next.trim() !== '' && !chordLines[at + 1] && !readHeading(next) && !isTabLine(next)
      out.push(under ? merge(chords, next) : alone(chords))
      if (under) at += 1
    } else {
      // A sharp sign at the beginning would make it a comment, which is not read.
      out.push(line.startsWith('#') || directiveText(line) ? `[]${line}` : line)
    }
  }
  close()
  while (out.at(-1) === '') out.pop()
  return `${out.map((line) => (line.endsWith('\\') ? `${line} ` : line)).join('\n')}
`
}
