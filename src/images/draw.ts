import type { Orientation } from './exif.ts'

/** More than this a phone's canvas does not hold, and some then answer an empty picture. */
const mostPixels = 16_777_216

type Matrix = [a: number, b: number, c: number, d: number, e: number, f: number]

/** How to draw a picture of that size so that it is upright. */
function turn(orientation: Orientation, width: number, height: number): Matrix {
  const matrices: Record<number, Matrix> = {
    2: [-1, 0, 0, 1, width, 0],
    3: [-1, 0, 0, -1, width, height],
    4: [1, 0, 0, -1, 0, height],
    5: [0, 1, 1, 0, 0, 0],
    6: [0, 1, -1, 0, height, 0],
    7: [0, -1, -1, 0, height, width],
    8: [0, -1, 1, 0, 0, width],
  }
  return matrices[orientation] ?? [1, 0, 0, 1, 0, 0]
}

type Context2d = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D

/** Whether a canvas returns the pixels that were drawn. Browsers that prevent fingerprinting return noise. */
function isHonest(context: Context2d): boolean {
  context.fillStyle = '#0c1722'
  context.fillRect(0, 0, 2, 2)
  const { data } = context.getImageData(0, 0, 2, 2)
  context.clearRect(0, 0, 2, 2)
  return data.every((value, at) => Math.abs(value - [12, 23, 34, 255][at % 4]!) < 9)
}

/**
 * Draws a picture again, turned upright. Null where the platform has no canvas, cannot read the picture or cannot hold it.
 *
 * @param picture - Without an orientation of its own, for engines differ in which types they turn by themselves.
 * @param shrinks - Whether a picture that a canvas cannot hold becomes smaller. Otherwise the answer is null.
 */
export async function draw(
  picture: Blob,
  orientation: Orientation,
  type: string,
  shrinks = false,
): Promise<Blob | null> {
  if (typeof createImageBitmap !== 'function') return null
  const bitmap = await createImageBitmap(picture).catch(() => null)
  if (!bitmap) return null
  try {
    const scale = Math.min(1, Math.sqrt(mostPixels / (bitmap.width * bitmap.height)))
    if (scale < 1 && !shrinks) return null
    const [width, height] = [Math.floor(bitmap.width * scale), Math.floor(bitmap.height * scale)]
    const [across, down] = orientation >= 5 ? [height, width] : [width, height]
    const paint = (context: Context2d | null) => {
      if (!context || !isHonest(context)) return false
      context.setTransform(...turn(orientation, width, height))
      context.drawImage(bitmap, 0, 0, width, height)
      return true
    }
    if (typeof OffscreenCanvas === 'function') {
      const canvas = new OffscreenCanvas(across, down)
      return paint(canvas.getContext('2d')) ? await canvas.convertToBlob({ type, quality: 0.92 }) : null
    }
    if (typeof document === 'undefined') return null
    const canvas = Object.assign(document.createElement('canvas'), { width: across, height: down })
    if (!paint(canvas.getContext('2d'))) return null
    return await new Promise((resolve) => canvas.toBlob(resolve, type, 0.92))
  } catch {
    // Too little memory.
    return null
  } finally {
    bitmap.close()
  }
}
