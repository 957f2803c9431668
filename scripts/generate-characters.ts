import { writeFile } from 'node:fs/promises'

// Writes the characters that the text rule asks about, from the Unicode data of this Node, as bracket expressions and alternations
// of PostgreSQL's regular expressions. Run it when a newer Unicode is wanted; the tests compare the database with this Node.

const target = 'supabase/schemas/00_foundation/40_characters.sql'
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
const isOne = (text: string) => [...segmenter.segment(text)].length === 1

// The compiler's target knows no flag v.
const ofStrings = 'v'
const isFlag = new RegExp('^\\p{RGI_Emoji_Flag_Sequence}$', ofStrings)
const isJoined = new RegExp('^\\p{RGI_Emoji_ZWJ_Sequence}$', ofStrings)

const characters = Array.from({ length: 0x110000 }, (_, code) => code)
  .filter((code) => code > 0 && (code < 0xd800 || code > 0xdfff))
  .map((code) => String.fromCodePoint(code))

function written(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return code > 0xffff
    ? `\\U${code.toString(16).padStart(8, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`
}

/** The inside of a bracket expression. */
function bracket(passes: (character: string) => boolean): string {
  const ranges: [string, string][] = []
  let last = -2
  for (const character of characters) {
    if (!passes(character)) continue
    const code = character.codePointAt(0) ?? 0
    const range = ranges.at(-1)
    if (range && code === last + 1) range[1] = character
    else ranges.push([character, character])
    last = code
  }
  return ranges
    .map(([from, to]) => (from === to ? written(from) : `${written(from)}-${written(to)}`))
    .join('')
}

const isAttached = (character: string) => isOne(`a${character}`)
const digits = /[0-9#*]/
const isEmoji = (character: string) =>
  (/\p{Emoji}/u.test(character) && !digits.test(character) && !/\p{RI}/u.test(character)) ||
  // What a newer Unicode may fill with emoji.
  (/\p{ExtPict}/u.test(character) && /\p{Cn}/u.test(character))
const isTextual = (character: string) =>
  /\p{Emoji}/u.test(character) && !/\p{EPres}/u.test(character) && !digits.test(character)

const flags = (() => {
  const letters = characters.filter((character) => /\p{RI}/u.test(character))
  return letters
    .map((first) => {
      const seconds = letters.filter((second) => isFlag.test(first + second))
      return seconds.length > 0 ? `${written(first)}[${seconds.map(written).join('')}]` : ''
    })
    .filter(Boolean)
    .join('|')
})()

/** The sequences that are drawn as one, joined by U+200D, with neither U+FE0F nor skin tones. */
function joined(): string[] {
  const pictures = characters.filter((character) => /\p{Emoji}/u.test(character) && !digits.test(character))
  const shown = (picture: string) => (isTextual(picture) ? `${picture}\ufe0f` : picture)
  const drawn = (pictures: string[]) => {
    const ways = [pictures.map(shown).join('\u200d')]
    // Some stand in the list with a skin tone alone.
    for (const tone of ['\u{1f3fb}', '\u{1f3ff}'])
      ways.push(
        pictures
          .map((picture) => (/\p{EBase}/u.test(picture) ? picture + tone : shown(picture)))
          .join('\u200d'),
      )
    const [first = '', ...rest] = pictures
    if (/\p{EBase}/u.test(first)) ways.push([`${first}\u{1f3fb}`, ...rest.map(shown)].join('\u200d'))
    if (pictures.length > 1 && /\p{EBase}/u.test(rest.at(-1) ?? ''))
      ways.push(
        [`${first}\u{1f3fb}`, ...rest.slice(0, -1).map(shown), `${rest.at(-1)}\u{1f3ff}`].join('\u200d'),
      )
    return ways.some((way) => isJoined.test(way))
  }
  const pairs = pictures.flatMap((first) => pictures.map((second) => [first, second])).filter(drawn)
  // Longer ones are families, couples and what people do: of what stands in pairs, and of hearts, kisses and children.
  const parts = [...new Set([...pairs.flat(), ...'👨👩👦👧🧑🧒💋🤝🐰🫯', '❤', '♀', '♂', '➡'])]
  const people = parts.filter((part) => '👨👩👦👧🧑🧒'.includes(part))
  const heads = parts.filter((part) => pairs.some(([first]) => first === part) || people.includes(part))
  const triples = heads
    .flatMap((first) => parts.flatMap((second) => parts.map((third) => [first, second, third])))
    .filter(drawn)
  const quads = heads
    .flatMap((first) =>
      parts.flatMap((second) =>
        [...people, '💋', '➡'].flatMap((third) =>
          [...people, '➡'].map((fourth) => [first, second, third, fourth]),
        ),
      ),
    )
    .filter(drawn)
  return [...pairs, ...triples, ...quads].map((sequence) => sequence.map(written).join('\\u200d'))
}

const classes: [name: string, what: string, value: string][] = [
  [
    'blank',
    'what shows nothing: white space, controls, and what fonts leave out',
    bracket(
      (c) =>
        /[\p{White_Space}\p{DI}\p{Cc}\u2800\ufffc\u{1d159}\u{13441}\u{13442}]/u.test(c) &&
        !(/\p{Cn}/u.test(c) && !/\p{DI}/u.test(c)),
    ),
  ],
  ['mark', 'what stands on another character', bracket((c) => /\p{M}/u.test(c))],
  ['attached', 'what continues the character before it', bracket(isAttached)],
  ['prepended', 'what the next character continues', bracket((c) => !isAttached(c) && isOne(`${c}a`))],
  ['vowel', 'Hangul: vowels', bracket((c) => !isAttached(c) && isOne(`가${c}`) && !isOne(`각${c}`))],
  ['final', 'Hangul: final consonants', bracket((c) => !isAttached(c) && isOne(`각${c}`))],
  [
    'lead',
    'Hangul: leading consonants',
    bracket((c) => !isAttached(c) && isOne(`${c}가`) && isOne(`${c}ᄀ`) && !isOne(`${c}a`)),
  ],
  ['consonant', 'Indic: consonants that make conjuncts', bracket((c) => !isAttached(c) && isOne(`क्${c}`))],
  ['linker', 'Indic: what joins two consonants', bracket((c) => isAttached(c) && isOne(`क${c}क`))],
  ['conjunct', 'Indic: what may stand between them', bracket((c) => isAttached(c) && isOne(`क्${c}क`))],
  ['pictographic', 'what U+200D joins to one picture', bracket((c) => /\p{ExtPict}/u.test(c))],
  ['emoji', 'single emoji', bracket(isEmoji)],
  ['textual', 'emoji that are shown as text without U+FE0F', bracket(isTextual)],
  ['tonable', 'emoji that take a skin tone', bracket((c) => /\p{EBase}/u.test(c))],
  ['flag', 'flags, of two letters each', flags],
  ['joined', 'pictures joined by U+200D, without U+FE0F and skin tones', joined().sort().join('|')],
]

/** A literal that means the same under any setting of the connection, over as many lines as it needs. */
function literal(value: string): string {
  const lines = ['']
  for (const [token] of value.matchAll(/\\[uU][0-9a-f]+|[^\\]/g)) {
    if ((lines.at(-1) ?? '').length > 110) lines.push('')
    lines.push(`${lines.pop()}${token.replace('\\', '\\\\')}`)
  }
  return `E${lines.map((line) => `'${line}'`).join('\n      ')}`
}

const cases = classes.map(
  ([name, what, value]) =>
    `    -- ${what[0]?.toUpperCase()}${what.slice(1)}.\n    when '${name}' then\n      ${literal(value)}`,
)
await writeFile(
  target,
  `-- Made by scripts/generate-characters.ts from Unicode ${process.versions.unicode}; do not edit.

create function private.characters(class text)
returns text
language sql
immutable
parallel safe
set search_path = ''
as $$
  select case class
${cases.join('\n')}
  end
$$;
comment on function private.characters is
  'Characters of a class, for a regular expression: the inside of a bracket expression; of flag and joined, alternatives.';

revoke execute on function private.characters(text) from public, anon, authenticated, service_role;
`,
)
console.log(classes.map(([name, , value]) => `${name} ${value.length}`).join('\n'))
