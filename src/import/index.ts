// Songs of other programs as ChordPro: pure.

export { isTertuliaError, TertuliaError } from '../core/error.ts'
export type { FileBytes } from '../core/file-bytes.ts'
export { fromMusicXml } from './musicxml.ts'
export { fromOpenSong } from './opensong.ts'
