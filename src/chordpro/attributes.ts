import { blank, trimBlanks } from './blanks.ts'

const attribute = new RegExp(
  `(?:^|[${blank}])(label[${blank}]*=[${blank}]*|[a-z][\\w-]*=)(?:"([^"]*)"?|'([^']*)'?|([^${blank}"'][^${blank}]*))`,
  'gi',
)
/** `1+4x2+1`: cells of a grid, with its margins. */
const shape = new RegExp(`^(?:[0-9]+\\+)?[0-9]+(?:x[0-9]+)?(?:\\+[0-9]+)?(?=[${blank}:+]|$)[${blank}:+]*`)

/** The attributes of a section's directive, beside its name. */
export interface SectionAttributes {
  label?: string
  /** `cc="verse"` or `cc="C G Am"`: the chords that `[^]` recalls. */
  chords?: string
}

/**
 * Reads `{start_of_verse: Verse 1}` and `{start_of_grid shape="4x4" label="Intro"}`. Text that is no attribute and no
 * shape of a grid is the label, unless the attributes come first.
 */
export function readAttributes(value: string, kind: string): SectionAttributes {
  const found = [...value.matchAll(attribute)].map(({ 1: name, 2: double, 3: single, 4: bare, index }) => ({
    name: name!.split(/[ \t\v\f\u00a0=]/, 1)[0]!.toLowerCase(),
    value: double ?? single ?? bare ?? '',
    index,
  }))
  const given = (name: string) => found.find((one) => one.name === name)?.value
  const free = found[0]?.index === 0 ? '' : trimBlanks(value.replace(attribute, ' '))
  const label = given('label') ?? (/^gri(?:d|lle)$/.test(kind) ? free.replace(shape, '') : free)
  const chords = given('cc')
  return { ...(label && { label }), ...(chords && { chords }) }
}

/** Writes a label so that `readAttributes` reads it again. */
export function writeLabel(label: string, kind: string): string {
  if (readAttributes(label, kind).label === label) return label
  return label.includes('"') ? `label='${label.replaceAll("'", '’')}'` : `label="${label}"`
}
