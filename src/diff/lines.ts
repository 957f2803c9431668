/** A stretch of two texts: the lines from `a` up to `aEnd` of the one stand where `b` up to `bEnd` of the other do. */
export interface Stretch {
  same: boolean
  a: number
  aEnd: number
  b: number
  bEnd: number
}

/** Beyond so many differences the rest counts as one: the work stays bounded, whatever the texts. */
const maxDifferences = 1_000

/** Where two lists are the same and where they differ, by the shortest way from one to the other (Myers). */
export function compare(one: readonly string[], other: readonly string[]): Stretch[] {
  let start = 0
  while (start < one.length && start < other.length && one[start] === other[start]) start++
  let aEnd = one.length
  let bEnd = other.length
  while (aEnd > start && bEnd > start && one[aEnd - 1] === other[bEnd - 1]) {
    aEnd--
    bEnd--
  }
  const stretches: Stretch[] = []
  const add = (same: boolean, a: number, aTo: number, b: number, bTo: number) => {
    const last = stretches.at(-1)
    if (a === aTo && b === bTo) return
    if (last?.same === same) Object.assign(last, { aEnd: aTo, bEnd: bTo })
    else stretches.push({ same, a, aEnd: aTo, b, bEnd: bTo })
  }
  add(true, 0, start, 0, start)
  let a = start
  let b = start
  for (const [matchA, matchB] of matches(one.slice(start, aEnd), other.slice(start, bEnd))) {
    add(false, a, start + matchA, b, start + matchB)
    a = start + matchA + 1
    b = start + matchB + 1
    add(true, a - 1, a, b - 1, b)
  }
  add(false, a, aEnd, b, bEnd)
  add(true, aEnd, one.length, bEnd, other.length)
  return stretches
}

/** The pairs of indices that a shortest edit keeps, in order; none when the two differ too much. */
function matches(one: readonly string[], other: readonly string[]): [number, number][] {
  const most = Math.min(one.length + other.length, maxDifferences)
  const furthest = new Int32Array(2 * most + 3)
  const trail: Int32Array[] = []
  const middle = most + 1
  for (let cost = 0; cost <= most; cost++) {
    trail.push(furthest.slice(middle - cost - 1, middle + cost + 2))
    for (let k = -cost; k <= cost; k += 2) {
      const down = k === -cost || (k !== cost && furthest[middle + k - 1]! < furthest[middle + k + 1]!)
      let x = down ? furthest[middle + k + 1]! : furthest[middle + k - 1]! + 1
      while (x < one.length && x - k < other.length && one[x] === other[x - k]) x++
      furthest[middle + k] = x
      if (x >= one.length && x - k >= other.length) return walkBack(trail, one.length, other.length)
    }
  }
  return []
}

function walkBack(trail: Int32Array[], oneLength: number, otherLength: number): [number, number][] {
  const kept: [number, number][] = []
  let x = oneLength
  let y = otherLength
  for (let cost = trail.length - 1; cost >= 0; cost--) {
    const before = trail[cost]!
    // Each row of the trail begins one left of its lowest diagonal.
    const at = (k: number) => before[k + cost + 1]!
    const k = x - y
    const previous = k === -cost || (k !== cost && at(k - 1) < at(k + 1)) ? k + 1 : k - 1
    const fromX = cost === 0 ? 0 : at(previous)
    const fromY = cost === 0 ? 0 : fromX - previous
    while (x > fromX && y > fromY) kept.push([--x, --y])
    x = fromX
    y = fromY
  }
  return kept.reverse()
}

/** The lines of a text without their endings. An ending at the end of the text begins no line. */
export function splitLines(text: string): string[] {
  const lines = text.split(/\r\n?|\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** The line ending that a text uses most; null for a single line without one. */
export function lineEnding(text: string): string | null {
  const counts = new Map<string, number>()
  for (const [ending] of text.matchAll(/\r\n?|\n/g)) counts.set(ending, (counts.get(ending) ?? 0) + 1)
  return [...counts].reduce<[string | null, number]>(
    (most, one) => (one[1] > most[1] ? one : most),
    [null, 0],
  )[0]
}
