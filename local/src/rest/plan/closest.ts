/** The name that is most like another one, when they are at least so alike. */
export function closest(name: string, candidates: Iterable<string>, atLeast: number): string | undefined {
  let best: { candidate: string; score: number } | undefined
  for (const candidate of new Set(candidates)) {
    const score =
      1 - distance(name.toLowerCase(), candidate.toLowerCase()) / Math.max(name.length, candidate.length, 1)
    if (score >= atLeast && score > (best?.score ?? 0)) best = { candidate, score }
  }
  return best?.candidate
}

/** How many letters are to be changed, added or taken away. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++) {
      const change = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}
