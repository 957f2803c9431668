// Pictures without the places they were taken at: pure, but for drawing where the platform has a canvas.

export { isTertuliaError, TertuliaError } from '../core/error.ts'
export type { FileBytes } from '../core/file-bytes.ts'
export { type StrippedImage, stripMetadata } from './strip.ts'
