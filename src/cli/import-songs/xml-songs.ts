import { isTertuliaError } from '../../core/error.ts'
import { fromMusicXmlBytes } from '../../import/musicxml.ts'
import { fromOpenSong } from '../../import/opensong.ts'
import { decode, Unreadable } from './decode.ts'

const isZip = (bytes: Uint8Array) =>
  bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4

/** The root of an XML text, behind its declaration, comments and document type. */
const root =
  /^\s*(?:<\?[^>]*\?>\s*|<!--[\s\S]*?-->\s*|<!DOCTYPE[^>[]*(?:\[[\s\S]*?\]\s*)?>\s*)*<([A-Za-z_][\w.-]*)/

/**
 * A song of OpenSong or a score of MusicXML as ChordPro; null for bytes that are neither XML nor a compressed score. Throws
 * {@link Unreadable} for other XML and for what is damaged.
 */
export function readXmlSong(bytes: Uint8Array, extension: string, encoding?: string): string | null {
  if (isZip(bytes)) return extension === '.mxl' ? converted(() => fromMusicXmlBytes(bytes)) : null
  // Every other byte of UTF-16 is zero.
  const head = Buffer.from(bytes.subarray(0, 400)).toString('latin1').replaceAll('\0', '')
  if (!/^(?:ï»¿|ÿþ|þÿ)?\s*<(?:\?xml|!--|!DOCTYPE|song\b|score-)/.test(head)) return null
  const declared = /^[^>]*\bencoding=["']([\w.-]+)["']/.exec(head)?.[1]
  const text = decode(bytes, { encoding: encoding ?? declared, isXml: true })
  const name = root.exec(text)?.[1] ?? ''
  if (name === 'song') return converted(() => fromOpenSong(text))
  if (/^score-(?:partwise|timewise)$/.test(name))
    return converted(() => fromMusicXmlBytes(new TextEncoder().encode(text)))
  throw new Unreadable('not a song: XML that is neither OpenSong nor MusicXML; export its songs as ChordPro')
}

function converted(convert: () => string): string {
  try {
    return convert()
  } catch (error) {
    if (!isTertuliaError(error)) throw error
    throw new Unreadable(error.message.replace(/^.*?; /, ''))
  }
}
