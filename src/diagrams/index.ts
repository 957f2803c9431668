export { type ChordDiagram, drawChord, drawChords } from './draw.ts'
export type { Definition, DiagramOptions, FretShape, Instrument } from './types.ts'
