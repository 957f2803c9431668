export type { Fault, FaultRates } from './faults.ts'
export { type FaultOptions, type Faults, openFaults } from './open-faults.ts'
export { createRandom } from './random.ts'
