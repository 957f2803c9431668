/** Why a file holds no song that can be read. */
export class Unreadable extends Error {}

const marks = [
  { bytes: [0xff, 0xfe, 0, 0], encoding: null },
  { bytes: [0, 0, 0xfe, 0xff], encoding: null },
  { bytes: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { bytes: [0xff, 0xfe], encoding: 'utf-16le' },
  { bytes: [0xfe, 0xff], encoding: 'utf-16be' },
] as const

/** What files begin with that look like songs by their name and are none. */
const others = [
  ['PK\u0003\u0004', 'a ZIP archive; unpack it first'],
  ['bplist', 'an OnSong set or backup; export its songs as text'],
  ['SQLite format 3', 'a database of an app; export its songs as text'],
  ['%PDF', 'a PDF document; export its songs as text'],
  ['{\\rtf', 'an RTF document; save it as plain text'],
] as const

/** Whether a text can be read in an encoding of that name. */
export function isEncoding(label: string): boolean {
  try {
    return Boolean(new TextDecoder(label))
  } catch {
    return false
  }
}

/**
 * Reads bytes as text: by their byte order mark, as UTF-16 where every other byte is zero, as UTF-8 where they are that, or
 * else in the encoding that was said.
 */
export function decode(
  bytes: Uint8Array,
  { encoding: said, isXml = false }: { encoding?: string | undefined; isXml?: boolean } = {},
): string {
  // An XML text may name an encoding that nobody knows.
  const encoding = said !== undefined && isEncoding(said) ? said : undefined
  const head = Buffer.from(bytes.subarray(0, 16)).toString('latin1')
  const other = !isXml && others.find(([start]) => head.startsWith(start))
  if (other) throw new Unreadable(`not a song: ${other[1]}`)
  const mark = marks.find(({ bytes: start }) => start.every((byte, at) => bytes[at] === byte))
  if (mark?.encoding === null) throw new Unreadable('UTF-32; save it as UTF-8')
  const wide = mark?.encoding ?? guessWide(bytes)
  const text = (wide && read(bytes, wide)) ?? read(bytes, 'utf-8') ?? (encoding && read(bytes, encoding))
  if (typeof text !== 'string' || text === '') {
    if (bytes.length === 0) throw new Unreadable('empty')
    if (bytes.includes(0)) throw new Unreadable('not text')
    throw new Unreadable(
      encoding
        ? `neither UTF-8 nor ${encoding}`
        : 'not UTF-8; for files of older programs run it again with --encoding windows-1252',
    )
  }
  return clean(text)
}

function read(bytes: Uint8Array, encoding: string): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

/** UTF-16 without its mark: Latin text has a zero in every other byte. */
function guessWide(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  const sample = bytes.subarray(0, 1000)
  const zeros = [0, 0]
  for (const [at, byte] of sample.entries()) if (byte === 0) zeros[at % 2]! += 1
  const [even = 0, odd = 0] = zeros
  if (bytes.length % 2 !== 0 || even + odd < sample.length / 4) return null
  return even === 0 ? 'utf-16le' : odd === 0 ? 'utf-16be' : null
}

/** Leaves out the control characters that old programs wrote; a text that is full of them is no text. */
function clean(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g
  const count = text.match(controls)?.length ?? 0
  if (text.includes('\0') || count > 8 + text.length / 100) throw new Unreadable('not text')
  // Where DOS ended a text.
  const [song = ''] = text.split('\u001a')
  return song.replaceAll('\f', '\n').replace(controls, '')
}
