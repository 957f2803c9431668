import { dissectChord, dissectMinor, isNoChord, readChord, splitChords } from './chord.ts'
import { cutLine, hasDirective } from './pieces.ts'

/** Signs that a line of chords can have between chords: bars, repeats, numbers, remarks in parentheses. */
const signs =
  /^(?:[|:\-–—/%.*~x×()†‡]+|[x×]?[0-9]{1,2}[x×]?|bis|ve[cz]es|vez|times|mal|fois|volte|\(.*\)|\[[^[\]]*\])$/i
/** A mark behind a chord that no word ends with. */
const chordMark = /^(?:[*'†‡~|%_¹²³⁴]|\([^()]*\)|[x×][0-9]+|[0-9]+[x×])*$/
/** Chords that are words of a song too. */
const wordlike = /^(?:[AEO]|do|re|mi|fa|sol|la|si|as|es)$/i
/** `Intro:` before its chords, and what names notes that are no chords. */
const label = /^[ \t]*(\p{L}[\p{L}\p{N} .-]{0,30}:)(?=[ \t|])/u
const notChords = /^[ \t]*(?:tuning|afinaci[oó]n|afina[cç][aã]o|stimmung|accordage|capo|cejilla|traste)\b/i
const webTags = /\[\/?(?:ch|tab)\]/gi
const headings: readonly (readonly [RegExp, string])[] = [
  [/^(?:verse|verso|estrofa|strophe|couplet|vers)\b/i, 'verse'],
  [/^(?:chorus|coro|estribillo|refr[aã]o|refrain|ritornello)\b/i, 'chorus'],
  [/^(?:bridge|puente|ponte)\b/i, 'bridge'],
]
const otherHeading =
  /^(?:intro|introducci[oó]n|outro|final|ending|coda|solo|interlud(?:e|io)|instrumental|pre-?(?:chorus|coro)|pre-?estribillo|tag)\b/i
const metadataLine =
  /^(title|artist|composer|album|key|capo|tempo|time|year|t[ií]tulo|artista|compositor|tonalidad|tono|tom)[ \t]*:[ \t]*(\S.*)$/i
const metadataNames: Record<string, string> = {
  titulo: 'title',
  título: 'title',
  artista: 'artist',
  compositor: 'composer',
  tonalidad: 'key',
  tono: 'key',
  tom: 'key',
}
const tabForm = /^[ \t]*(?:[A-Ha-h][#b]?[ \t]*)?[|:][-0-9hpbrsx/\\~()|. \t]*$/
const tabWithoutBars = /^[ \t]*(?:[A-Ha-h][#b]?[ \t]*)?-[-0-9hpbrsx/\\~()|.]*$/
const isTabLine = (line: string) =>
  line.includes('--') &&
  (tabForm.test(line) || (/[0-9A-Ha-h]/.test(line) && line.length > 5 && tabWithoutBars.test(line)))

type Part = { column: number; text: string; isChord: boolean }

/** How a song writes its chords over its words. */
interface Writing {
  isChord: (text: string) => boolean
  /** Whether a root in lower case may be a minor chord: the song has no `Am`, and lines of chords beside. */
  hasLowerMinors: boolean
}

const isLowerMinor = (text: string) => dissectMinor(text) !== null

/** A line of chords: where each part of it stands, or null when it is one of words. */
function readChordLine(line: string, { isChord, hasLowerMinors }: Writing): Part[] | null {
  const named = notChords.test(line) ? null : label.exec(line)
  const name = named && !isChord(named[1]!) ? named[0] : ''
  let column = width(name)
  let from = name.length
  let chords = 0
  let words = 0
  let minors = 0
  let isSure = false
  const found: Part[] =
    named && name ? [{ column: width(name) - width(named[1]!), text: named[1]!, isChord: false }] : []
  for (const { 0: text, index } of line.slice(name.length).matchAll(/[^\s(]*\([^()]*\)\S*|\S+/g)) {
    column += width(line.slice(from, name.length + index))
    from = name.length + index
    const known = isChord(text)
    const minor = !known && hasLowerMinors && isLowerMinor(text)
    if (known) chords += 1
    else if (minor) minors += 1
    else if (!signs.test(text)) words += 1
    isSure ||= known && !wordlike.test(text)
    found.push({ column, text, isChord: known || minor })
  }
  if (notChords.test(line)) return null
  // "a" alone over words may be a word; two of them and nothing else are chords.
  if (words === 0) return chords > 0 || minors > 1 ? found : null
  return isSure && chords + minors >= 2 * words ? found : null
}

/** Whether lines of chords mix upper and lower case, without `Am` and `am`: lower case is minor then. */
function writesLowerMinors(lines: readonly string[], isChord: (text: string) => boolean): boolean {
  let found = false
  for (const line of lines) {
    const words = line.trim().split(/\s+/)
    if (words.some((word) => /^[A-Ha-h](?:es|is|s|[#b])?m(?!aj)/.test(word) && isChord(upper(word))))
      return false
    const sure = words.filter((word) => isChord(word) && !wordlike.test(word)).length
    found ||=
      sure > 0 &&
      words.some(isLowerMinor) &&
      words.every((word) => isChord(word) || isLowerMinor(word) || signs.test(word))
  }
  return found
}

const upper = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)

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

const bracket = ({ text, isChord }: Part) => (isChord ? `[${text}]` : `[*${text.replace(/[[\]{}]/g, '')}]`)

/** A line of words under a line of chords, as one. */
function merge(parts: readonly Part[], words: string): string {
  const characters = Array.from(words)
  let merged = ''
  let from = 0
  for (const part of parts) {
    merged += characters
      .slice(from, part.column)
      .join('')
      .padEnd(Math.max(part.column - from, 0))
    merged += bracket(part)
    from = Math.max(from, part.column)
  }
  return (merged + characters.slice(from).join('')).trimEnd()
}

const alone = (parts: readonly Part[]) => parts.map(bracket).join(' ')

/** Words as a line that no reader takes for a comment or a directive. */
function wordsLine(line: string): string {
  if (!line.startsWith('#') && !hasDirective(line)) return line
  return `[]${hasDirective(`[]${line}`) ? line.replace(/\{/g, '{[]') : line}`
}

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
 * Returns whether a text is ChordPro already: it has a directive, or a chord in brackets that is not the heading of a part.
 *
 * @param text - A song's text.
 * @example
 * ```ts
 * isChordPro('Am      G\nuna vieja') // false
 * ```
 */
export function isChordPro(text: string): boolean {
  return text.split(/\r\n|\r|\n/).some((line) => {
    const pieces = cutLine(line.replace(/^\ufeff/, ''))
    if (pieces.some((piece) => piece.kind === 'directive' && piece.closed && piece.read)) return true
    return [...line.matchAll(/\[([^[\]]*)\]/g)].some(([, chord = '']) => readChord(chord) !== null)
  })
}

/**
 * Converts a song with chords on lines over the words to ChordPro. Each chord goes to the place that it stands over (a tab reaches to the
 * next multiple of eight). `[Verse 1]` and `Estribillo:` begin a part, lines such as `Capo: 2` at the head become metadata, and tablature
 * keeps its form. ChordPro is returned as it is. It never throws. A line counts as chords by the share of chords in it.
 *
 * @param text - A song's text.
 * @example
 * ```ts
 * toChordPro('Am         E7\nSan Juan y Boedo') // '[Am]San Juan y [E7]Boedo\n'
 * ```
 */
export function toChordPro(text: string): string {
  const web = text.replace(webTags, '')
  if (web === text && isChordPro(text)) return text
  const lines = web
    .replace(/^\ufeff/, '')
    .split(/\r\n|\r|\n/)
    .map(expandTabs)
  // Each word once: reading a chord is what costs.
  const known = new Map<string, boolean>()
  const isChord = (word: string): boolean => {
    const found =
      known.get(word) ??
      (chordMark.test(dissectChord(word)?.mark ?? 'no') || isNoChord(word) || splitChords(word).length > 1)
    known.set(word, found)
    return found
  }
  const writing = { isChord, hasLowerMinors: writesLowerMinors(lines, isChord) }
  const chordLines = lines.map((line) => readChordLine(line, writing))
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
    if (web !== text && hasDirective(line)) {
      out.push(line)
    } else if (isTab) {
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
      const under =
        next.trim() !== '' &&
        !chordLines[at + 1] &&
        !readHeading(next) &&
        !isTabLine(next) &&
        !hasDirective(next) &&
        !otherHeading.test(line.trim())
      out.push(under ? merge(chords, next) : alone(chords))
      if (under) at += 1
    } else {
      out.push(wordsLine(line))
    }
  }
  close()
  while (out.at(-1) === '') out.pop()
  return `${out.map((line) => (line.endsWith('\\') ? `${line} ` : line)).join('\n')}
`
}
