import type { Orientation } from './exif.ts'

/** A picture whose metadata is known. */
export interface Picture {
  type: 'image/jpeg' | 'image/png' | 'image/webp'
  orientation: Orientation
  /** Whether it has more than one frame, of which a canvas would draw the first. */
  isAnimated: boolean
  /** The file without metadata, but for an orientation other than 1. */
  write(orientation: Orientation): Uint8Array
}

/** The file is not what its first bytes say. */
export class BrokenImage extends Error {}

export function join(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export const ascii = (bytes: Uint8Array, from: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(from, from + length))

export const encode = (text: string): Uint8Array => Uint8Array.from(text, (one) => one.charCodeAt(0))

/** A part of the file; throws when the file ends before it. */
export function slice(bytes: Uint8Array, from: number, length: number): Uint8Array {
  if (from + length > bytes.length) throw new BrokenImage('it ends early')
  return bytes.subarray(from, from + length)
}

export const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
