import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Fault, FaultRates } from './faults.ts'
import { createRandom } from './random.ts'
import { createRequestHandler } from './requests.ts'
import { createUpgradeHandler } from './sockets.ts'
import { createWeather } from './weather.ts'

/** Options of `openFaults`. */
export interface FaultOptions {
  /** URL of the project, or of the local stack. */
  target: string
  /** Decides which events meet a fault; random by default. Print it when a test fails. */
  seed?: number | undefined
  /** How often each fault happens; none by default. */
  rates?: FaultRates | undefined
  /** Longest time that a message or an answer is held back, in milliseconds; 200 by default. */
  maxDelayMs?: number | undefined
  /** How long a partition lasts, in milliseconds; 500 by default. */
  partitionMs?: number | undefined
}

/** A proxy to the API that makes faults. */
export interface Faults {
  /** Create the client with this URL instead of the target's. */
  readonly url: string
  /** The seed that it runs with. */
  readonly seed: number
  /** How many faults of each kind have happened. */
  readonly counts: Readonly<Record<Fault, number>>
  /**
   * Changes how often each fault happens.
   *
   * @param rates - Rates from 0 to 1; 0 for those that you leave out.
   * @throws `invalid_input` for an unknown fault or another rate.
   * @example
   * ```ts
   * faults.update({ drop: 0.5 })
   * ```
   */
  update(rates: FaultRates): void
  /**
   * Holds back everything while connections look open, until `resume()`.
   *
   * @example
   * ```ts
   * faults.pause()
   * faults.resume()
   * ```
   */
  pause(): void
  /**
   * Passes what waited since `pause()`, in order.
   *
   * @example
   * ```ts
   * faults.resume()
   * ```
   */
  resume(): void
  /**
   * Cuts every connection without a closing frame. Clients can connect again at once. Counts as one `cut`.
   *
   * @example
   * ```ts
   * faults.cut()
   * ```
   */
  cut(): void
  /**
   * Ends all faults: held back messages pass at once, and a partition or pause ends.
   *
   * @example
   * ```ts
   * faults.calm()
   * ```
   */
  calm(): void
  /**
   * Closes the proxy and every connection. It never rejects. Closing again does nothing.
   *
   * @example
   * ```ts
   * await faults.close()
   * ```
   */
  close(): Promise<void>
}

/**
 * Starts a proxy between a client and a real backend that makes faults: it loses, duplicates, reorders and delays broadcasts, cuts sockets,
 * loses answers of writes that have happened, and expires tokens. For tests in Node.
 *
 * The seed decides about the n-th request, and the n-th message of the n-th socket. The client's timing decides which request is the n-th.
 *
 * @param options - `target` is the URL of the project or the local stack. {@link Fault} lists the faults that `rates` names.
 * @throws `invalid_input` for an unknown fault, or a rate that is not from 0 to 1.
 * @example
 * ```ts
 * import { createClient } from '@supabase/supabase-js'
 *
 * const faults = await openFaults({ target: url, rates: { drop: 0.2, loseAnswer: 0.1, cut: 0.01 } })
 * const tertulia = createTertulia(createClient(faults.url, publishableKey))
 * // … use the app …
 * faults.calm()
 * // … and check that it shows what the database has.
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
