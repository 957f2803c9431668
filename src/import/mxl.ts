import { type UnzipFileInfo, unzipSync } from 'fflate'
import { refuse } from './refuse.ts'
import { find, readXml } from './xml.ts'

const largest = 10 * 1024 * 1024

/** Bytes as text: UTF-16 by its mark, everything else as UTF-8. */
function decode(bytes: Uint8Array): string {
  const [first, second] = bytes
  const encoding =
    first === 0xfe && second === 0xff ? 'utf-16be' : first === 0xff && second === 0xfe ? 'utf-16le' : 'utf-8'
  return new TextDecoder(encoding).decode(bytes)
}

function unpack(bytes: Uint8Array, name: string): string | undefined {
  const filter = (file: UnzipFileInfo) => {
    if (file.name === name && file.originalSize > largest) throw refuse('it is larger than 10 MiB unpacked')
    return file.name === name
  }
  let files: Record<string, Uint8Array>
  try {
    files = unzipSync(bytes, { filter })
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'TertuliaError') throw cause
    throw refuse('the archive is damaged')
  }
  const file = files[name]
  return file && decode(file)
}

/** The score in an `.mxl` file: what its container names. Other bytes are taken for text. */
export function unpackMxl(bytes: Uint8Array): string {
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) return decode(bytes)
  const container = unpack(bytes, 'META-INF/container.xml')
  if (container === undefined) throw refuse('the archive is no compressed MusicXML')
  const path = find(readXml(container), 'rootfiles/rootfile')?.attributes['full-path'] ?? ''
  const score = unpack(bytes, path)
  if (score === undefined) throw refuse('the archive lacks the score that it names')
  return score
}
