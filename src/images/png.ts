import { ascii, BrokenImage, encode, join, type Picture, slice, viewOf } from './bytes.ts'
import { readOrientation, writeOrientation } from './exif.ts'

/** The chunks that decide how the picture looks. Texts, times and the data of other programs are left out. */
const kept = new Set(
  'IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD hIST pHYs sPLT acTL fcTL fdAT'.split(
    ' ',
  ),
)

function crcOf(bytes: Uint8Array): number {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}

function exifChunk(orientation: number): Uint8Array {
  const tiff = writeOrientation(orientation)
  const body = join(encode('eXIf'), tiff)
  const numbers = new DataView(new ArrayBuffer(8))
  numbers.setUint32(0, tiff.length)
  numbers.setUint32(4, crcOf(body))
  const bytes = new Uint8Array(numbers.buffer)
  return join(bytes.subarray(0, 4), body, bytes.subarray(4))
}

/** Reads a PNG up to its end; an editor may have left a part of the larger picture behind it. */
export function readPng(bytes: Uint8Array): Picture {
  const before: Uint8Array[] = [bytes.subarray(0, 8)]
  const data: Uint8Array[] = []
  let orientation = 1
  let isAnimated = false
  for (let at = 8, type = ''; type !== 'IEND'; ) {
    const length = viewOf(slice(bytes, at, 8)).getUint32(0)
    type = ascii(bytes, at + 4, 4)
    const chunk = slice(bytes, at, length + 12)
    if (type === 'eXIf') orientation = readOrientation(chunk.subarray(8, 8 + length))
    if (type === 'acTL') isAnimated = true
    // All that follows the first data has to follow them.
    if (kept.has(type)) (type === 'IDAT' || data.length > 0 ? data : before).push(chunk)
    at += length + 12
  }
  if (data.length < 2) throw new BrokenImage('it holds no picture')
  const write = (wanted: number) => join(...before, ...(wanted === 1 ? [] : [exifChunk(wanted)]), ...data)
  return { type: 'image/png', orientation, isAnimated, write }
}
