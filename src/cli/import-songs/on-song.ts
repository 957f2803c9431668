import { toChordPro } from '../../chordpro/index.ts'

// OnSong's own text: https://onsongapp.com/docs/features/formats/onsong

/** Its names for what ChordPro names otherwise. */
const metadataNames: Record<string, string> = {
  title: 'title',
  artist: 'artist',
  album: 'album',
  key: 'key',
  capo: 'capo',
  tempo: 'tempo',
  time: 'time',
  duration: 'duration',
  copyright: 'copyright',
  composer: 'composer',
  lyricist: 'lyricist',
  year: 'year',
  subtitle: 'subtitle',
  language: 'language',
}
const tagNames = ['keywords', 'topic', 'tags', 'tag']
const kinds: readonly (readonly [RegExp, string])[] = [
  [/^(?:verse|verso|estrofa|strophe|vers|couplet|v)(?:\b|[0-9])/i, 'verse'],
  [/^(?:chorus|refrain|refr[aã]o|coro|estribillo|ritornello|c)(?:\b|[0-9])/i, 'chorus'],
  [/^(?:bridge|puente|ponte|b)(?:\b|[0-9])/i, 'bridge'],
]
const field = /^([\p{L}][\p{L} -]{0,30}?)[ \t]*:[ \t]*(\S.*)$/u
const sectionLabel = /^([\p{L}\p{N}][^{}[\]:]{0,60})[ \t]*:[ \t]*$/u
const directive = /^[ \t]*\{.*\}[ \t]*$/
/** Bold, italic, underlined, coloured: a sign at the head of a line. */
const style = /^(?:[*/!_](?=\S)|[>&][a-z#0-9]+:[ \t]*)+/i

/**
 * Turns a song as OnSong writes it into ChordPro: title and artist on the first two lines, `Key: D` below them, sections under
 * `Verse 1:` that end with a blank line, chords in brackets or over the words. Directives of ChordPro stay as they are.
 */
export function fromOnSong(text: string): string {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/)
  while (lines[0]?.trim() === '') lines.shift()
  const { head, at } = readHead(lines)
  const blocks = cutBlocks(lines.slice(at))
  const known = new Set(blocks.filter(({ lines }) => lines.length > 0).map(({ label }) => label))
  const body = blocks.map((block) => writeBlock(block, known))
  return `${[head.join('\n'), ...body].filter((part) => part !== '').join('\n\n')}\n`
}

/** The lines up to the first blank one, or to the first that says nothing about the song. */
function readHead(lines: readonly string[]): { head: string[]; at: number } {
  const head: string[] = []
  let at = 0
  let named = 0
  for (; at < lines.length; at += 1) {
    const line = lines[at]!.trim()
    const given = field.exec(line)
    if (line === '' || sectionLabel.test(line)) break
    if (directive.test(line)) head.push(line)
    else if (given) head.push(...writeField(given[1]!, given[2]!))
    else if (at === named && named < 2 && !line.includes('[')) {
      head.push(`{${named === 0 ? 'title' : 'artist'}: ${plain(line)}}`)
      named += 1
    } else break
  }
  return { head, at }
}

function writeField(name: string, value: string): string[] {
  const word = name.trim().toLowerCase().replace(/[ -]+/g, '_')
  const text = plain(value)
  if (tagNames.includes(word)) {
    const tags = text.split(/[;,]/).map((tag) => tag.trim())
    return tags.filter((tag) => tag !== '').map((tag) => `{tag: ${tag}}`)
  }
  const known = metadataNames[word]
  return [known ? `{${known}: ${text}}` : `{meta: ${word} ${text}}`]
}

const plain = (text: string) => text.replace(/[{}]/g, '').trim()

interface Block {
  label: string | null
  lines: string[]
}

/** Parts between blank lines; a label begins one of its own. */
function cutBlocks(lines: readonly string[]): Block[] {
  const blocks: Block[] = []
  let open: Block | null = null
  for (const line of lines) {
    const label = sectionLabel.exec(line.trim())?.[1]?.trim()
    if (label !== undefined) {
      open = { label, lines: [] }
      blocks.push(open)
    } else if (line.trim() === '') {
      open = null
    } else {
      if (!open) {
        open = { label: null, lines: [] }
        blocks.push(open)
      }
      open.lines.push(line.replace(style, ''))
    }
  }
  return blocks
}

function writeBlock({ label, lines }: Block, known: ReadonlySet<string | null>): string {
  const kind = label === null ? undefined : kinds.find(([pattern]) => pattern.test(label))?.[1]
  if (lines.length === 0) {
    // A label alone sings the part again.
    return kind === 'chorus' && known.has(label) ? `{chorus: ${label}}` : `{comment: ${label}}`
  }
  const text = toChordPro(lines.join('\n')).trimEnd()
  if (label === null) return text
  if (!kind) return `{comment: ${label}}\n${text}`
  return `{start_of_${kind}: ${label}}\n${text}\n{end_of_${kind}}`
}
