import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Fault, FaultRates } from './faults.ts'
import { createRandom } from './random.ts'
import { createRequestHandler } from './requests.ts'
import { createUpgradeHandler } from './sockets.ts'
import { createWeather } from './weather.ts'

/** What `openFaults` takes. */
export interface FaultOptions {
  /** URL of the project, or of the local stack. */
  target: string
  /** Decides which events meet a fault; a random one unless given. A failing test should print it. */
  seed?: number
  /** How often each fault happens; none unless given. */
  rates?: FaultRates
  /** Longest time that a message or an answer is held back, in milliseconds; 200 unless given. */
  maxDelayMs?: number
  /** How long a partition lasts, in milliseconds; 500 unless given. */
  partitionMs?: number
}

/** A way to the API on which things go wrong. */
export interface Faults {
  /** What the client is created with, instead of the target's. */
  readonly url: string
  readonly seed: number
  /** How many faults of each kind there have been. */
  readonly counts: Readonly<Record<Fault, number>>
  /** From here on faults happen at these rates. */
  update(rates: FaultRates): void
  /** Nothing passes any more while every connection looks open, until `resume()`. */
  pause(): void
  /** What waited since `pause()` passes, in order. */
  resume(): void
  /** Ends every connection without a farewell; new ones may be made at once. Counts as one `cut`. */
  cut(): void
  /** No faults from here on: what is held back passes at once, a partition or a pause ends. */
  calm(): void
  /** Ends it with every connection; may be called again. */
  close(): Promise<void>
}

/**
 * Puts faults between a client and a real backend: a proxy for its HTTP requests and its Realtime socket that loses,
 * doubles, reorders and delays broadcasts, cuts sockets, loses answers of writes that have happened, and lets tokens
 * expire; see {@link Fault}. Node only.
 *
 * The seed decides for the n-th request, and for the n-th message of the n-th socket; which request is the n-th is up to
 * the client's timing.
 *
 * @throws `invalid_input` for a rate that is none.
 * @example
 * ```ts
 * const faults = await openFaults({ target: apiUrl, rates: { drop: 0.2, loseAnswer: 0.1, cut: 0.01 } })
 * const tertulia = createTertulia(createClient(faults.url, publishableKey))
 * // … what the app does …
 * faults.calm()
 * // … and now the app must show what the database has.
 * console.log(`seed ${faults.seed}`, faults.counts)
 * await faults.close()
 * ```
 */
export async function openFaults(options: FaultOptions): Promise<Faults> {
  const { rates = {}, maxDelayMs = 200, partitionMs = 500 } = options
  const target = new URL(options.target)
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 32)
  const weather = createWeather({ seed, random: createRandom(~seed), rates, maxDelayMs, partitionMs })
  const server = createServer(createRequestHandler(target, weather, weather.decide(0)))
  server.on('connection', weather.track)
  server.on('upgrade', createUpgradeHandler(target, weather))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  let closing: Promise<void> | null = null
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      weather.end()
    })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seed,
    counts: weather.counts,
    update: weather.setRates,
    pause: weather.pause,
    resume: weather.resume,
    cut() {
      weather.count('cut')
      weather.cut()
    },
    calm: weather.calm,
    close() {
      closing ??= close()
      return closing
    },
  }
}
