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

/**
 * Draws a picture anew, turned upright. Null where the platform has no canvas, cannot read the picture or cannot hold it.
 *
 * @param picture - Without an orientation of its own, for engines differ in which types they turn by themselves.
 */
export async function draw(picture: Blob, orientation: Orientation, type: string): Promise<Blob | null> {
  if (typeof createImageBitmap !== 'function') return null
  const bitmap = await createImageBitmap(picture).catch(() => null)
  if (!bitmap) return null
  const { width, height } = bitmap
  try {
    if (width * height > mostPixels) return null
    const [across, down] = orientation >= 5 ? [height, width] : [width, height]
    if (typeof OffscreenCanvas === 'function') {
      const canvas = new OffscreenCanvas(across, down)
      const context = canvas.getContext('2d')
      if (!context) return null
      context.setTransform(...turn(orientation, width, height))
      context.drawImage(bitmap, 0, 0)
      return await canvas.convertToBlob({ type, quality: 0.92 })
    }
    if (typeof document === 'undefined') return null
    const canvas = Object.assign(document.createElement('canvas'), { width: across, height: down })
    const context = canvas.getContext('2d')
    if (!context) return null
    context.setTransform(...turn(orientation, width, height))
    context.drawImage(bitmap, 0, 0)
    return await new Promise((resolve) => canvas.toBlob(resolve, type, 0.92))
  } finally {
    bitmap.close()
  }
}
