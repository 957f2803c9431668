import { ascii, BrokenImage, encode, join, type Picture, slice, viewOf } from './bytes.ts'
import { readOrientation, writeOrientation } from './exif.ts'

const start = Uint8Array.of(0xff, 0xd8)
const end = Uint8Array.of(0xff, 0xd9)

/** The part of a segment that a decoder needs; null for a segment with metadata only. */
function keep(marker: number, segment: Uint8Array): Uint8Array | null {
  if (marker === 0xe0) {
    if (ascii(segment, 4, 5) !== 'JFIF\0') return null
    // Without the thumbnail.
    const jfif = segment.slice(0, 18)
    jfif.set([0, 16], 2)
    jfif.set([0, 0], 16)
    return jfif.length === 18 ? jfif : null
  }
  if (marker === 0xe2) return ascii(segment, 4, 12) === 'ICC_PROFILE\0' ? segment : null
  if (marker === 0xee) return ascii(segment, 4, 5) === 'Adobe' ? segment : null
  return (marker & 0xf0) === 0xe0 || marker === 0xfe ? null : segment
}

/** Where the data of a scan end: at a marker that is no restart. */
function endOfScan(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length - 1; at++) {
    const next = bytes[at + 1]!
    if (bytes[at] === 0xff && next !== 0 && next !== 0xff && (next & 0xf8) !== 0xd0) return at
  }
  return bytes.length
}

/** Reads a JPEG up to its end; what some cameras put after it (a video, more pictures) is no part of it. */
export function readJpeg(bytes: Uint8Array): Picture {
  const parts: Uint8Array[] = []
  let orientation = 1
  let scans = 0
  for (let at = 2; at < bytes.length; ) {
    const marker = bytes[at + 1] ?? 0
    // Some cameras leave bytes between two segments, which decoders pass over.
    if (bytes[at] !== 0xff || marker === 0 || marker === 0xff) at++
    else if (marker === 0xd9) break
    else if ((marker & 0xf8) === 0xd0 || marker === 1) at += 2
    else {
      const length = viewOf(slice(bytes, at, 4)).getUint16(2) + 2
      if (length < 4) throw new BrokenImage('a segment has no length')
      const segment = slice(bytes, at, length)
      if (marker === 0xe1 && ascii(segment, 4, 6) === 'Exif\0\0')
        orientation = readOrientation(segment.subarray(10))
      const kept = keep(marker, segment)
      if (kept) parts.push(kept)
      at += length
      if (marker !== 0xda) continue
      scans++
      const scanEnd = endOfScan(bytes, at)
      parts.push(bytes.subarray(at, scanEnd))
      at = scanEnd
    }
  }
  if (scans === 0) throw new BrokenImage('it holds no picture')
  const write = (wanted: number) => {
    const tiff = writeOrientation(wanted)
    const head = Uint8Array.of(0xff, 0xe1, 0, tiff.length + 8)
    return join(start, ...(wanted === 1 ? [] : [head, encode('Exif\0\0'), tiff]), ...parts, end)
  }
  return { type: 'image/jpeg', orientation, isAnimated: false, write }
}
