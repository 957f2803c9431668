import { lowerAscii } from './blanks.ts'

function within(value: number | undefined, low: number, high: number): number | undefined {
  return value !== undefined && value >= low && value <= high ? value : undefined
}

const number = (found: RegExpExecArray | null) => (found ? Number(found[1]) : undefined)
const withoutBlanks = (value: string) => value.replace(/[ \t]/g, '')

/** `92`, `1/4 = 92`, `Moderato (92)`, `ca. 92 bpm`. */
export function readTempo(value: string): number | undefined {
  const text = value.slice(value.lastIndexOf('=') + 1)
  return within(number(/(?:^|[^0-9.,/]|[^0-9][.,])([0-9]{2,3})(?![0-9/])/.exec(text)), 30, 300)
}

/** `3/4`, `6 / 8 (swing)`; `C` and `common` are 4/4, `cut` and `C|` are 2/2. */
export function readTime(value: string): string | undefined {
  const text = lowerAscii(withoutBlanks(value))
  if (/^(?:c|common(?:time)?)$/.test(text)) return '4/4'
  if (/^(?:c\||¢|cut(?:time)?|allabreve)$/.test(text)) return '2/2'
  return /^((?:[1-9]|[12][0-9]|3[0-2])\/(?:1|2|4|8|16|32))(?![0-9/])/.exec(text)?.[1]
}

const roman = 'i ii iii iv v vi vii viii ix x xi xii'.split(' ')

/** `3`, `3rd fret`, `fret 3`, `III`. */
export function readCapo(value: string): number | undefined {
  const place = roman.indexOf(lowerAscii(value)) + 1
  return within(place || number(/(?:^|[^0-9.,/-])([0-9]{1,2})(?![0-9])/.exec(value)), 0, 24)
}

export function readYear(value: string): number | undefined {
  return within(number(/(?:^|[^0-9])([0-9]{4})(?![0-9])/.exec(value)), 1, 9999)
}

const clock = /^(?:([0-9]{1,2}):)?([0-9]{1,3}):([0-5][0-9])(?:min|mins|minutes)?$/
const units =
  /^(?:pt)?(?:([0-9]{1,2})h)?(?:([0-9]{1,3})(?:m|min|mins|minutes|['’′]))?(?:([0-5]?[0-9])(?:s|sec|secs|seconds|["”″]|''|’’|′′)?)?$/
const seconds = /^([0-9]{1,5})(?:s|sec|secs|seconds)?$/

/** Seconds: `3:05`, `1:02:03`, `185`, `3'05"`, `3 min 5 s`. */
export function readDuration(value: string): number | undefined {
  const text = lowerAscii(withoutBlanks(value))
  const bare = seconds.exec(text)
  if (bare) return within(Number(bare[1]), 1, 86_400)
  const [, hours = '0', minutes = '0', rest = '0'] = clock.exec(text) ?? units.exec(text) ?? []
  return within(Number(hours) * 3600 + Number(minutes) * 60 + Number(rest), 1, 86_400)
}

/** A code, and what people write for it. */
const languages = new Map(
  [
    'ca cat catalan català',
    'da dan danish dansk',
    'de deu ger german deutsch',
    'en eng english',
    'es spa spanish español espanol castellano',
    'eu eus baq basque euskara',
    'fi fin finnish suomi',
    'fr fra fre french français francais',
    'gl glg galician galego gallego',
    'he heb hebrew',
    'hu hun hungarian magyar',
    'it ita italian italiano',
    'ja jpn japanese',
    'ko kor korean',
    'la lat latin',
    'nl nld dut dutch nederlands',
    'no nor norwegian norsk',
    'pl pol polish polski',
    'pt por portuguese português portugues',
    'ro ron rum romanian',
    'ru rus russian',
    'sv swe swedish svenska',
    'tr tur turkish',
    'uk ukr ukrainian',
    'zh zho chi chinese',
  ].flatMap((line) => {
    const [code = '', ...names] = line.split(' ')
    return names.map((name) => [name, code] as const)
  }),
)

/** BCP 47: `es`, `pt_BR`, `eng`, `English`. */
export function readLanguage(value: string): string | undefined {
  const named = languages.get(lowerAscii(value))
  if (named) return named
  const found = /^([A-Za-z]{2,3})((?:[-_][A-Za-z0-9]{2,8}){0,3})(?:\.[A-Za-z0-9-]+)?$/.exec(value)
  if (!found) return undefined
  const code = lowerAscii(found[1]!)
  return (languages.get(code) ?? code) + found[2]!.replace(/_/g, '-')
}
