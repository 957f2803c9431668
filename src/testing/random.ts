/**
 * Creates a generator of random numbers from 0 to below 1 that repeats for the same seed. Use it for the `random` option of `createTertulia`,
 * and for what a test draws.
 *
 * @param seed - Any whole number; its low 32 bits count.
 * @returns A function that returns the next number.
 * @example
 * ```ts
 * const random = createRandom(42)
 * const tertulia = createTertulia(supabase, { random })
 * ```
 */
export function createRandom(seed: number): () => number {
  // Mulberry32, after one round of mixing, so that neighbouring seeds have nothing in common.
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ (seed >>> 13)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
