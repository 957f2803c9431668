const turns = new WeakMap<object, Map<string, Promise<unknown>>>()

/**
 * Runs functions of one owner and name one after the other, in the order of the calls, within this process. When `signal` aborts, the
 * function runs at once, and those after it still wait for all that were called before.
 */
export function inTurn<T>(
  owner: object,
  name: string,
  run: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const tails = turns.get(owner) ?? new Map<string, Promise<unknown>>()
  turns.set(owner, tails)
  const before = tails.get(name)
  const aborted = new Promise<void>((resolve) => {
    if (signal?.aborted) resolve()
    signal?.addEventListener('abort', () => resolve(), { once: true })
  })
  const result = Promise.race([before, aborted]).then(run)
  const tail: Promise<unknown> = Promise.allSettled([before, result]).then(() => {
    if (tails.get(name) === tail) tails.delete(name)
  })
  tails.set(name, tail)
  return result
}
