/** How a picture must be turned to be seen upright, as EXIF counts it: 1 is upright, 2 to 8 are turned or mirrored. */
export type Orientation = number

const orientationTag = 0x0112

/** The orientation that a block of EXIF (TIFF) names; 1 where it names none or cannot be read. */
export function readOrientation(block: Uint8Array): Orientation {
  // Some writers of PNG and WebP put the prefix of JPEG before it.
  const tiff = String.fromCharCode(...block.subarray(0, 6)) === 'Exif\0\0' ? block.subarray(6) : block
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength)
  try {
    const little = view.getUint16(0) === 0x4949
    if (view.getUint16(2, little) !== 42) return 1
    const directory = view.getUint32(4, little)
    const count = view.getUint16(directory, little)
    for (let entry = 0; entry < count; entry++) {
      const at = directory + 2 + entry * 12
      if (view.getUint16(at, little) !== orientationTag) continue
      const value = view.getUint16(at + 8, little)
      return value >= 1 && value <= 8 ? value : 1
    }
  } catch {
    // Cut short or made up.
  }
  return 1
}

/** EXIF that names an orientation and nothing else. */
export function writeOrientation(orientation: Orientation): Uint8Array {
  const view = new DataView(new ArrayBuffer(26))
  view.setUint32(0, 0x4d4d002a)
  view.setUint32(4, 8)
  view.setUint16(8, 1)
  view.setUint16(10, orientationTag)
  view.setUint16(12, 3)
  view.setUint32(14, 1)
  view.setUint16(18, orientation)
  return new Uint8Array(view.buffer)
}
