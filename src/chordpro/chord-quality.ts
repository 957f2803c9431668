/**
 * The many spellings of a quality, brought to one. Each step is a pattern and what replaces it, in this order;
 * `private.chord_quality` in the database takes the same steps.
 */
const steps: readonly (readonly [RegExp, string])[] = [
  [/[(),]/g, ''],
  [/\^/g, 'maj7'],
  [/^-?(?:moll|menor)/, 'm'],
  [/^-?(?:dur|mayor|maior)/, ''],
  [/^(?:[Mm][Ii][Nn](?:[Oo][Rr])?|[Mm][Ii]|m(?!a(?!dd))|-(?!5))/, 'm'],
  [/[Mm][Aa][Jj](?:[Oo][Rr])?|[Mm]a(?=[0-9])|M(?=[0-9#b/]|$)|j(?=7)/g, 'maj'],
  [/^maj(?!7|9|11|13)/, ''],
  [/^(?:hdim7?|h7)/, 'm7b5'],
  [/^(?:o(?=[0-9]|$)|0(?=7?$))/, 'dim'],
  [/^\+/, 'aug'],
  [/7maj/, 'maj7'],
  [/(5|9|11|13)\+/g, '#$1'],
  [/(5|9|11|13)-/g, 'b$1'],
  [/\+$/, '#5'],
  [/\+7/, 'maj7'],
  [/\+(?=[0-9])/g, '#'],
  [/-(?=[0-9])/g, 'b'],
  [/^sus(7|9|13)/, '$1sus4'],
  [/sus(?![24])/, 'sus4'],
  [/^(m?)\/(2|4|9|11|13)$/, '$1add$2'],
  [/\/(?=[b#]?[0-9]|add|maj)/g, ''],
  [/sus(?:24|42)/, 'sus2sus4'],
  [/^(?:74|47|7sus4)9?(9|13)$/, '$1sus4'],
  [/^(?:74|47)(?=[b#]|$)/, '7sus4'],
  [/^94$/, '9sus4'],
  [/^(?:sus)?49$/, 'sus4add9'],
  [/add2/g, 'add9'],
  [/omit/g, 'no'],
  [/maj77/g, 'maj7'],
  [/sus47/g, '7sus4'],
  [/6add9/g, '69'],
  [/^(?:aug7|7aug)/, '7#5'],
  [/^#5$/, 'aug'],
  [/^([24])(?=$|[b#a])/, 'sus$1'],
  [/^((?:m|maj)?)7([b#](?:5|9|11))(9|13)$/, '$1$3$2'],
  [/7(?:9|11)*(9|11|13)(?![0-9])/, '$1'],
  [/^(m?|maj)9?(?:9|11)(11|13)$/, '$1$2'],
]

const known =
  /^(?:m|dim|aug)?(?:maj)?(?:5|69|6|7|9|11|13)?(?:sus2|sus4|add[b#]?(?:4|6|9|11|13)|[b#](?:5|6|9|11|13)|no[35]|alt|maj7)*$/

/** The canonical form of a quality, or null when it is none. */
export function readQuality(text: string): string | null {
  const quality = steps.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text)
  return known.test(quality) ? quality : null
}
