import { TertuliaError } from '../core/error.ts'
import { createRandom } from './random.ts'

/** What can go wrong with one broadcast. */
const ofBroadcasts = ['drop', 'duplicate', 'reorder', 'delay'] as const
/** What can happen at any message of a socket. */
const ofSockets = ['cut', 'partition', 'expire'] as const
/** What can go wrong with one request. */
const ofRequests = ['loseRequest', 'loseAnswer', 'slow', 'unavailable', 'expire', 'partition'] as const

/**
 * A kind of fault.
 *
 * - Broadcasts in both directions: `drop` loses one, `duplicate` passes it twice, `reorder` lets the next one overtake it, `delay` holds
 *   it back with everything behind it.
 * - Sockets: `cut` ends one without a closing frame, `expire` closes a channel as the server does when its token expires.
 * - Requests: `loseRequest` cuts before it arrives, `loseAnswer` cuts after the server has answered, `slow` delays the answer, `unavailable`
 *   answers 503, `expire` answers 401 to a request with a user's token.
 * - All of them: `partition` cuts every connection and refuses new ones for a while.
 */
export type Fault = (typeof ofBroadcasts)[number] | (typeof ofSockets)[number] | (typeof ofRequests)[number]

/** How often each fault happens, from 0 to 1; 0 for those that you leave out. */
export type FaultRates = { [F in Fault]?: number | undefined }

const all: readonly Fault[] = [...new Set([...ofBroadcasts, ...ofSockets, ...ofRequests])]
const groups = { broadcast: ofBroadcasts, socket: ofSockets, request: ofRequests } satisfies Record<
  string,
  readonly Fault[]
>

/** Checks rates; every fault is named in what comes back. */
export function readRates(rates: FaultRates): Record<Fault, number> {
  const whole = Object.fromEntries(all.map((fault) => [fault, rates[fault] ?? 0])) as Record<Fault, number>
  for (const [fault, rate = 0] of Object.entries({ ...whole, ...rates })) {
    if (!Object.hasOwn(whole, fault)) throw invalid(`rates.${fault}`, 'there is no such fault')
    if (!(Number(rate) >= 0 && Number(rate) <= 1)) throw invalid(`rates.${fault}`, 'a rate is from 0 to 1')
  }
  for (const [of, faults] of Object.entries(groups)) {
    const sum = faults.reduce((total, fault) => total + whole[fault], 0)
    // A little more than 1, for tenths do not add up exactly.
    if (sum > 1 + 1e-9)
      throw invalid('rates', `those of one ${of} add up to more than 1: ${faults.join(', ')}`)
  }
  return whole
}

/** No fault yet, of each kind. */
export const noFaults = () => Object.fromEntries(all.map((fault) => [fault, 0])) as Record<Fault, number>

/** Decides for one stream of events: the same seed, stream and rates give the same decisions. */
export type Decide = (of: keyof typeof groups) => Fault | null

export function createDecide(seed: number, stream: number, rates: () => Record<Fault, number>): Decide {
  const random = createRandom(Math.imul(seed, 0x01000193) + stream)
  return (of) => {
    // Drawn also when nothing can happen, so that the n-th event has the same draw whatever the rates were before.
    let roll = random()
    const current = rates()
    for (const fault of groups[of]) {
      roll -= current[fault]
      if (roll < 0) return fault
    }
    return null
  }
}

function invalid(field: string, reason: string): TertuliaError {
  return new TertuliaError('invalid_input', `unable to open faults; ${field}: ${reason}`, {
    operation: 'openFaults',
    field,
  })
}
