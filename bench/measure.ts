/** One figure of a suite. */
export interface Measure {
  name: string
  value: number
  unit: string
  /** What we want, such as `<= 1.15`; null where the figure only informs. */
  target: string | null
  /** Null without a target. */
  met: boolean | null
}

/** A suite's sizes: `small` finishes in seconds and shows that it works, `full` gives the figures to quote. */
export type Scale = 'small' | 'full'

/** A figure with what we want of it. */
export function measure(name: string, value: number, unit: string, target?: ['<=' | '>=', number]): Measure {
  const rounded = Number(value.toPrecision(4))
  if (!target) return { name, value: rounded, unit, target: null, met: null }
  const [sign, limit] = target
  return {
    name,
    value: rounded,
    unit,
    target: `${sign} ${limit}`,
    met: sign === '<=' ? value <= limit : value >= limit,
  }
}

/** The value below which a share of the samples lies. */
export function percentile(samples: number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** A text again and again, as many bytes of it as asked for, less what a letter that is cut there has. */
export function textOfBytes(text: string, bytes: number): string {
  const long = Buffer.from(text.repeat(Math.ceil(bytes / Buffer.byteLength(text))))
  return long
    .subarray(0, bytes)
    .toString()
    .replace(/\uFFFD$/, '')
}

/**
 * Times two ways of doing the same in turn, so that whatever else the machine does hits both alike; answers the samples
 * in milliseconds. The first tenth warms up and is not counted.
 */
export async function alternate(
  rounds: number,
  ours: () => Promise<unknown>,
  theirs: () => Promise<unknown>,
): Promise<{ ours: number[]; theirs: number[] }> {
  const samples = { ours: [] as number[], theirs: [] as number[] }
  const time = async (call: () => Promise<unknown>) => {
    const startedAt = performance.now()
    await call()
    return performance.now() - startedAt
  }
  for (let round = 0; round < rounds; round++) {
    const first = round % 2 === 0
    const a = await time(first ? ours : theirs)
    const b = await time(first ? theirs : ours)
    if (round < rounds / 10) continue
    samples.ours.push(first ? a : b)
    samples.theirs.push(first ? b : a)
  }
  return samples
}
