import { blank, lowerAscii, trimBlanks } from './blanks.ts'

const aliases: Record<string, string> = {
  t: 'title',
  st: 'subtitle',
  su: 'subtitle',
  lang: 'language',
  c: 'comment',
  ci: 'comment_italic',
  cb: 'comment_box',
  soc: 'start_of_chorus',
  eoc: 'end_of_chorus',
  sov: 'start_of_verse',
  eov: 'end_of_verse',
  sob: 'start_of_bridge',
  eob: 'end_of_bridge',
  sot: 'start_of_tab',
  eot: 'end_of_tab',
  sog: 'start_of_grid',
  eog: 'end_of_grid',
  ns: 'new_song',
  np: 'new_page',
  npp: 'new_physical_page',
  colb: 'column_break',
  col: 'columns',
  g: 'grid',
  ng: 'no_grid',
  cf: 'chordfont',
  cs: 'chordsize',
  tf: 'textfont',
  ts: 'textsize',
  metronome: 'tempo',
  bpm: 'tempo',
}

/** Metadata directives of the format; any other name with a value is metadata too, but with a warning. */
const metadataNames = new Set(
  (
    'title sorttitle subtitle artist sortartist composer sortcomposer lyricist copyright album year key time tempo ' +
    'duration capo arranger tag language genre style'
  ).split(' '),
)

/** Directives about structure or looks: they never become metadata. */
const otherNames = new Set(
  (
    'meta comment comment_italic comment_box highlight image chorus define chord transpose new_song new_page ' +
    'new_physical_page column_break columns pagetype pagesize diagrams grid no_grid titles ignore'
  ).split(' '),
)

const looks = /^(?:chord|chorus|diagrams|footer|grid|label|tab|text|title|toc)(?:font|size|colour|color)$/
const section = /^(?:start|end)_of_./
/** Short sections of other programs: highlight, prechorus, intro, outro. They mark words and part nothing. */
const otherSections = /^[se]o[hpio]$/
/** An app's own (`x_…`) and settings of the reference implementation (`+pdf.papersize`). */
const settings = /^(?:x_|[+-])/

function isStructure(name: string): boolean {
  return otherNames.has(name) || looks.test(name) || section.test(name) || otherSections.test(name)
}

export function resolveAlias(name: string): string {
  return Object.hasOwn(aliases, name) ? aliases[name]! : name
}

export interface Directive {
  name: string
  value: string
  /** False when a selector (`{title-ukulele: …}`) picks it for another instrument or user. */
  applies: boolean
  kind: 'metadata' | 'structure' | 'unknown'
}

const parts = new RegExp(`^[${blank}]*([^${blank}:]+)[${blank}]*:?[${blank}]*(.*)$`, 's')

/** Splits `name: value` or `name value`. */
export function splitDirective(text: string): { name: string; value: string } | null {
  const found = parts.exec(text)
  return found && { name: lowerAscii(found[1]!), value: trimBlanks(found[2]!) }
}

/** Reads what stands between the braces; null when there is no name. */
export function readDirective(text: string): Directive | null {
  const split = splitDirective(text)
  if (!split) return null
  const { value } = split
  const dash = split.name.indexOf('-')
  if (dash > 0) {
    const base = resolveAlias(split.name.slice(0, dash))
    const selector = split.name.slice(dash + 1)
    if (selector !== '' && (metadataNames.has(base) || isStructure(base))) {
      return { name: base, value, applies: selector.endsWith('!'), kind: kindOf(base) }
    }
  }
  const name = resolveAlias(split.name)
  return { name, value, applies: true, kind: kindOf(name) }
}

/** Whether a directive of this name is metadata without `{meta}`. */
export function isMetadataName(name: string): boolean {
  return metadataNames.has(name)
}

function kindOf(name: string): Directive['kind'] {
  if (metadataNames.has(name)) return 'metadata'
  return isStructure(name) || settings.test(name) ? 'structure' : 'unknown'
}
