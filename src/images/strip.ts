import { refusal } from '../core/error.ts'
import { bytesOf, type FileBytes } from '../core/file-bytes.ts'
import { ascii, BrokenImage, type Picture } from './bytes.ts'
import { draw } from './draw.ts'
import { readJpeg } from './jpeg.ts'
import { readPng } from './png.ts'
import { readWebp } from './webp.ts'

/** A picture without metadata. */
export interface StrippedImage {
  /** The file. Pass it to `setAvatar` or `uploadAttachment`. */
  bytes: ArrayBuffer
  /** `image/jpeg`, `image/png` or `image/webp`. */
  type: string
  /** Whether the pixels are upright. If not, the file keeps the EXIF orientation, by which viewers rotate it. */
  isUpright: boolean
}

const operation = 'images.strip'
const refuse = (why: string, hint?: string) =>
  refusal('invalid_input', operation, why, { field: 'file', hint })
const buffer = (bytes: Uint8Array) =>
  bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer

/** The format, read from the first bytes. */
function formatOf(bytes: Uint8Array): string {
  const head = ascii(bytes, 0, 16)
  if (head.startsWith('\xff\xd8\xff')) return 'JPEG'
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'PNG'
  if (/^RIFF[\s\S]{4}WEBP/.test(head)) return 'WebP'
  if (/^[\s\S]{4}ftyp(hei|hev|mif1|msf1)/.test(head)) return 'HEIC'
  if (/^[\s\S]{4}ftypavi/.test(head)) return 'AVIF'
  if (/^GIF8/.test(head)) return 'GIF'
  if (/^(II\*\0|MM\0\*)/.test(head)) return 'TIFF'
  return 'unknown'
}

const readers: Record<string, (bytes: Uint8Array) => Picture> = {
  JPEG: readJpeg,
  PNG: readPng,
  WebP: readWebp,
}

/**
 * Removes the metadata of a picture: place and time of the photo, camera, previews, comments, and data behind the end of the file. Colour
 * profiles stay. A rotated picture is drawn upright first if there is a canvas; without one, and for an animation or more than 16
 * megapixels, its orientation stays as the only tag. So it does where the browser hides what a canvas holds (Firefox with
 * `resistFingerprinting`). HEIC becomes JPEG of at most 16 megapixels in browsers that can read it (Safari).
 *
 * This protects users from revealing a place by mistake. It is not a security boundary: a client that does not call it sends any bytes.
 *
 * @param file - JPEG, PNG, WebP or HEIC.
 * @returns The new file with its type.
 * @throws `invalid_input` with field `file` for another format, a damaged file, and HEIC that the browser cannot read.
 * @example
 * ```ts
 * import { stripMetadata } from 'tertulia/images'
 *
 * const { bytes } = await stripMetadata(file)
 * await tertulia.profiles.setAvatar(bytes)
 * ```
 */
export async function stripMetadata(file: FileBytes): Promise<StrippedImage> {
  const given = await bytesOf(file)
  if (!given) throw refuse('expected an ArrayBuffer or a Blob that gives its bytes')
  const bytes = new Uint8Array(given)
  const format = formatOf(bytes)
  const read = readers[format]
  if (!read) {
    const drawn = format === 'HEIC' ? await draw(new Blob([buffer(bytes)]), 1, 'image/jpeg', true) : null
    if (drawn) return { bytes: await drawn.arrayBuffer(), type: drawn.type, isUpright: true }
    const what =
      format === 'HEIC' ? 'HEIC cannot be read here' : `expected JPEG, PNG, WebP or HEIC, not ${format}`
    throw refuse(what, 'Convert the picture to JPEG, or have the camera take JPEG ("Most Compatible").')
  }
  let picture: Picture
  try {
    picture = read(bytes)
  } catch (cause) {
    if (!(cause instanceof BrokenImage)) throw cause
    throw refuse(`the ${format} is damaged: ${cause.message}`, 'Choose another picture.')
  }
  const { type, orientation, isAnimated } = picture
  if (orientation !== 1 && !isAnimated) {
    const plain = new Blob([buffer(picture.write(1))], { type })
    const drawn = await draw(plain, orientation, type)
    if (drawn) return { bytes: await drawn.arrayBuffer(), type: drawn.type, isUpright: true }
  }
  return { bytes: buffer(picture.write(orientation)), type, isUpright: orientation === 1 }
}
