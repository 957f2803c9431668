import type { KeyValueStorage } from 'tertulia'

/** A storage that several clients share, as tabs do, with a lock; and whose owner can die. */
export function createSharedStorage() {
  const items = new Map<string, string>()
  const tails = new Map<string, Promise<unknown>>()
  let life = 0

  const open = (): KeyValueStorage => {
    const mine = life
    const alive = <T>(act: () => T): T => {
      if (mine !== life) throw new Error('the process that had this storage is gone')
      return act()
    }
    return {
      getItem: async (key) => alive(() => items.get(key) ?? null),
      setItem: async (key, value) => alive(() => void items.set(key, value)),
      removeItem: async (key) => alive(() => void items.delete(key)),
      lock(name, run) {
        const result = (tails.get(name) ?? Promise.resolve()).then(run, run)
        tails.set(
          name,
          result.catch(() => {}),
        )
        return result
      },
    }
  }

  return {
    ...open(),
    keys: () => [...items.keys()],
    /** Whoever has it reads and writes nothing more, and holds no lock. */
    detach() {
      life++
      tails.clear()
    },
    reattach: open,
  }
}
