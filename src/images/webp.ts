import { ascii, BrokenImage, encode, join, type Picture, slice, viewOf } from './bytes.ts'
import { readOrientation, writeOrientation } from './exif.ts'

const kept = new Set(['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF', 'ICCP'])
const exifFlag = 0x08
const xmpFlag = 0x04
const animationFlag = 0x02

function withSize(name: string, size: number): Uint8Array {
  const head = join(encode(name), new Uint8Array(4))
  viewOf(head).setUint32(4, size, true)
  return head
}

/** Reads a WebP: a list of chunks, of which the header of an extended file says what follows. */
export function readWebp(bytes: Uint8Array): Picture {
  const end = Math.min(viewOf(slice(bytes, 0, 12)).getUint32(4, true) + 8, bytes.length)
  const chunks: Uint8Array[] = []
  let orientation = 1
  let header: Uint8Array | null = null
  let pictures = 0
  for (let at = 12; at + 8 <= end; ) {
    const name = ascii(bytes, at, 4)
    const length = viewOf(bytes).getUint32(at + 4, true)
    const data = slice(bytes, at + 8, length)
    if (name === 'EXIF') orientation = readOrientation(data)
    if (name === 'VP8 ' || name === 'VP8L' || name === 'ANMF') pictures++
    if (kept.has(name)) {
      const chunk = join(withSize(name, length), data, new Uint8Array(length % 2))
      if (name === 'VP8X') header = chunk
      chunks.push(chunk)
    }
    at += 8 + length + (length % 2)
  }
  if (pictures === 0) throw new BrokenImage('it holds no picture')
  const isAnimated = header !== null && (header[8]! & animationFlag) !== 0
  const write = (wanted: number) => {
    // Only an extended file can name an orientation.
    const exif = wanted !== 1 && header ? writeOrientation(wanted) : null
    if (header) header[8] = (header[8]! & ~(exifFlag | xmpFlag)) | (exif ? exifFlag : 0)
    const body = join(encode('WEBP'), ...chunks, ...(exif ? [withSize('EXIF', exif.length), exif] : []))
    return join(withSize('RIFF', body.length), body)
  }
  // Nobody reads the orientation of a file that is not an extended one.
  return { type: 'image/webp', orientation: header ? orientation : 1, isAnimated, write }
}
