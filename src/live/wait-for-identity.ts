import { backoffMs, pause } from '../core/clock.ts'
import type { Context } from '../core/context.ts'
import { refusal, type TertuliaError } from '../core/error.ts'
import { requireIdentity } from '../core/identity.ts'
import { toTertuliaError } from '../core/map-error.ts'

/**
 * The id of who is signed in. Waits as long as that cannot be told, as on a device that starts without a network; null when
 * the signal aborts meanwhile.
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
  const { clock, lifecycle, random, timeoutMs } = context
  const aborted = new Promise<null>((resolve) => signal.addEventListener('abort', () => resolve(null)))
  // A session may be tried for half a minute; that it takes long is told before.
  const late = () => waits(refusal('timeout', operation, 'who is signed in cannot be told yet'))
  for (let tries = 0; !signal.aborted; tries++) {
    const cancel = clock.after(timeoutMs, late)
    signal.addEventListener('abort', cancel)
    try {
      const identity = await Promise.race([aborted, requireIdentity(context, operation)])
      return identity?.userId ?? null
    } catch (thrown) {
      const error = toTertuliaError(operation, thrown, false)
      if (error.code === 'not_signed_in' || isFinal(error)) throw error
      waits(error)
    } finally {
      cancel()
      signal.removeEventListener('abort', cancel)
    }
    const woken = new AbortController()
    const stop = lifecycle.onWake(() => woken.abort())
    await Promise.race([aborted, pause(clock, backoffMs(tries, random), woken.signal)])
    woken.abort()
    stop()
  }
  return null
}
