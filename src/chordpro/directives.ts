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
    'new_physical_page column_break columns pagetype diagrams grid no_grid titles ignore'
  ).split(' '),
)

const looks = /^(?:chord|chorus|footer|grid|label|tab|text|title|toc)(?:font|size|colour|color)$/
const section = /^(?:start|end)_of_./

function isStructure(name: string): boolean {
  return otherNames.has(name) || looks.test(name) || section.test(name)
}

export function resolveAlias(name: string): string {
  return Object.hasOwn(aliases, name) ? aliases[name]! : name
}

export interface Directive {
  name: string
  value: string
  /** False when a selector (`{title-ukulele: …}`) picks it for somebody else. */
  applies: boolean
  kind: 'metadata' | 'structure' | 'unknown'
}

const braces = new RegExp(`^[${blank}]*\\{(?:(.*)(\\})[${blank}]*|([^}]*))$`, 's')
const parts = new RegExp(`^[${blank}]*([^${blank}:]+)[${blank}]*:?[${blank}]*(.*)$`, 's')

/** What stands between the braces when a line is a directive; one that is not closed reaches to the end of its line. */
export function directiveText(line: string): { text: string; closed: boolean } | null {
  const found = braces.exec(line)
  if (!found) return null
  return found[2] ? { text: found[1]!, closed: true } : { text: found[3]!, closed: false }
}

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

/** Whether a directive of this name is metadata without being told so by `{meta}`. */
export function isMetadataName(name: string): boolean {
  return metadataNames.has(name)
}

function kindOf(name: string): Directive['kind'] {
  if (metadataNames.has(name)) return 'metadata'
  return isStructure(name) || name.startsWith('x_') ? 'structure' : 'unknown'
}

/** The label of a section: `{start_of_verse: Verse 1}` or `{start_of_verse label="Verse 1"}`. */
export function readLabel(value: string): string | undefined {
  const attribute = /(?:^|[ \t])label[ \t]*=[ \t]*(?:"([^"]*)"?|'([^']*)'?|([^ \t]+))/.exec(value)
  const label = attribute ? (attribute[1] ?? attribute[2] ?? attribute[3]) : value
  return label === '' ? undefined : label
}
