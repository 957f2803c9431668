import { writeFileSync } from 'node:fs'
import { guitarTuning, ukuleleTuning } from '../src/diagrams/tunings.ts'
import { shapesFile } from './chord-shapes.ts'

writeFileSync('src/diagrams/guitar-shapes.ts', shapesFile('guitar', guitarTuning))
writeFileSync('src/diagrams/ukulele-shapes.ts', shapesFile('ukulele', ukuleleTuning))
