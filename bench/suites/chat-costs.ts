import { measureCosts } from '../chat-costs.ts'

/** The table of docs/costs.md by itself: what each kind of change writes. */
export const run = measureCosts
