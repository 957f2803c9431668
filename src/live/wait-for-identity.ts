import { backoffMs, pause } from '../core/clock.ts'
import type { Context } from '../core/context.ts'
import type { TertuliaError } from '../core/error.ts'
import { requireIdentity, whoIsThere } from '../core/identity.ts'
import { toTertuliaError } from '../core/map-error.ts'

/**
 * The id of the user whose session Auth keeps, else of who is signed in. Waits while a third party's token cannot be had, as on a device
 * that starts without a network. Null when the signal aborts meanwhile.
 *
 * @param isFinal - Whether it is no use to wait.
 * @param waits - Told why it takes long, each time.
 * @throws `not_signed_in`, and what is final.
 */
export async function waitForIdentity(
  context: Context,
  operation: string,
  signal: AbortSignal,
  isFinal: (error: TertuliaError) => boolean,
  waits: (error: TertuliaError) => void,
): Promise<string | null> {
  const aborted = new Promise<null>((resolve) => signal.addEventListener('abort', () => resolve(null)))
  // Whether a kept session still holds shows with the first request.
  for (let tries = 0; !signal.aborted; tries++) {
    try {
      return (await Promise.race([aborted, requireIdentity(context, operation, whoIsThere)]))?.userId ?? null
    } catch (thrown) {
      const error = toTertuliaError(operation, thrown, false)
      if (isFinal(error)) throw error
      waits(error)
    }
    await pause(context.clock, backoffMs(tries, context.random), signal)
  }
  return null
}
