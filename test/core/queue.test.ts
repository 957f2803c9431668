import { describe, expect, test } from 'vitest'
import { openQueue, type Queue, without } from '../../src/core/queue.ts'
import { openStorage } from '../../src/core/storage.ts'

interface Item {
  id: string
  text?: string
}

/** A storage over a map that fails when it is told to. */
function breakable() {
  const items = new Map<string, string>()
  let fails = { read: false, write: false, lock: false }
  const unless = <T>(broken: boolean, act: () => T) => {
    if (broken) throw new DOMException('no', 'QuotaExceededError')
    return act()
  }
  const tails = new Map<string, Promise<unknown>>()
  const storage = openStorage({
    getItem: (key) => unless(fails.read, () => items.get(key) ?? null),
    setItem: (key, value) => unless(fails.write, () => items.set(key, value)),
    removeItem: (key) => unless(fails.write, () => items.delete(key)),
    lock(name, run) {
      if (fails.lock) throw new Error('no lock')
      const result = (tails.get(name) ?? Promise.resolve()).then(run)
      tails.set(
        name,
        result.catch(() => {}),
      )
      return result
    },
  })
  return {
    items,
    storage,
    /** Fails so from now on. */
    fail(now: Partial<typeof fails>) {
      fails = { read: false, write: false, lock: false, ...now }
    },
    stored: () => JSON.parse(items.get('queue') ?? '[]').map(({ id }: Item) => id),
  }
}

const add = (queue: Queue<Item>, id: string, text?: string) =>
  queue.change([id], (list) => (list.some((one) => one.id === id) ? list : [...list, { id, text }]))
const remove = (queue: Queue<Item>, ...ids: string[]) => queue.change(ids, without(new Set(ids)))
const idsOf = (queue: Queue<Item>) => queue.list().map(({ id }) => id)

test('a change shows at once, is stored when it resolves, and leaves no key behind when nothing is left', async () => {
  const { storage, stored, items } = breakable()
  const queue = openQueue<Item>(storage, 'queue')
  const added = add(queue, 'a')
  expect(idsOf(queue)).toEqual(['a'])
  await added
  expect(stored()).toEqual(['a'])
  await remove(queue, 'a')
  expect([...items.keys()]).toEqual([])
})

test('two clients on one storage lose nothing of each other, keep the order of each, and hear what the other removed', async () => {
  const { storage, stored } = breakable()
  const gone: string[] = []
  const one = openQueue<Item>(storage, 'queue', undefined, (list) => gone.push(...list.map(({ id }) => id)))
  const two = openQueue<Item>(storage, 'queue')
  await Promise.all([add(one, 'a1'), add(two, 'b1'), add(one, 'a2'), add(two, 'b2')])
  for (const letter of 'ab') {
    expect(stored().filter((id: string) => id.startsWith(letter))).toEqual([`${letter}1`, `${letter}2`])
  }
  await one.read()
  await remove(two, 'a1')
  await remove(one, 'b1')
  await one.read()
  expect(gone).toEqual(['a1'])
  await two.read()
  expect([idsOf(one), idsOf(two)]).toEqual(
    [
      ['a2', 'b2'],
      ['a2', 'b2'],
    ].map((ids) => expect.arrayContaining(ids)),
  )
  expect(stored()).toHaveLength(2)
})

test('an item that another client removed does not come back by a change of it here', async () => {
  const { storage, stored } = breakable()
  const [one, two] = [openQueue<Item>(storage, 'queue'), openQueue<Item>(storage, 'queue')]
  await add(one, 'a')
  await two.read()
  await remove(two, 'a')
  await one.change(['a'], (list) => list.map((item) => ({ ...item, text: 'changed' })))
  expect([stored(), idsOf(one)]).toEqual([[], []])
})

describe.each<[string, { read?: boolean; write?: boolean; lock?: boolean }]>([
  ['is full', { write: true }],
  ['cannot be read', { read: true, write: true }],
  ['gives no lock', { lock: true }],
])('while a storage %s', (_what, failure) => {
  test('nothing is lost, nothing that was removed comes back, and with room again the storage has what is left', async () => {
    const { storage, stored, fail } = breakable()
    const queue = openQueue<Item>(storage, 'queue')
    await add(queue, 'a')
    await add(queue, 'b')
    fail(failure)
    await add(queue, 'c')
    await remove(queue, 'a')
    await queue.change(['b'], (list) => list.map((one) => (one.id === 'b' ? { ...one, text: 'x' } : one)))
    await queue.read()
    expect(queue.list()).toEqual([{ id: 'b', text: 'x' }, { id: 'c' }])
    fail({})
    await add(queue, 'd')
    expect(stored()).toEqual(['b', 'c', 'd'])
    expect(JSON.parse(JSON.stringify(queue.list()))[0]).toEqual({ id: 'b', text: 'x' })
  })
})

test('a storage that fails once to be read does not look empty afterwards', async () => {
  const { storage, stored, fail } = breakable()
  const queue = openQueue<Item>(storage, 'queue')
  await add(queue, 'a')
  fail({ read: true })
  await queue.read()
  expect(idsOf(queue)).toEqual(['a'])
  await add(queue, 'b')
  fail({})
  await queue.read()
  expect(stored()).toEqual(['a', 'b'])
})

test.each(['{', '', 'null{', '[{"id":1},null,"x",{"text":"no id"}]'])(
  'a value that is broken (%s) is replaced by the next change',
  async (broken) => {
    const { storage, stored, items } = breakable()
    items.set('queue', broken)
    const queue = openQueue<Item>(storage, 'queue')
    await queue.read()
    expect(queue.list()).toEqual([])
    await add(queue, 'a')
    expect(stored()).toEqual(['a'])
  },
)

test.each(['{"version":2,"items":[{"id":"z"}]}', '"text"', '1'])(
  'a value that a later version wrote (%s) is left alone, and memory has to do',
  async (later) => {
    const { storage, items } = breakable()
    items.set('queue', later)
    const queue = openQueue<Item>(storage, 'queue')
    await add(queue, 'a')
    await queue.read()
    expect(idsOf(queue)).toEqual(['a'])
    expect(items.get('queue')).toBe(later)
  },
)

test('fields that this version does not know stay with their item', async () => {
  const { storage, items } = breakable()
  items.set('queue', '[{"id":"a","later":{"x":1}}]')
  const queue = openQueue<Item>(storage, 'queue')
  await add(queue, 'b')
  expect(JSON.parse(items.get('queue') ?? '')[0]).toEqual({ id: 'a', later: { x: 1 } })
})

test('a list beyond half a million characters waits in memory, in order, until it fits', async () => {
  const { storage, stored } = breakable()
  const queue = openQueue<Item>(storage, 'queue')
  await add(queue, 'a', 'x'.repeat(300_000))
  await add(queue, 'b', 'x'.repeat(300_000))
  await add(queue, 'c')
  expect(stored()).toEqual(['a'])
  expect(idsOf(queue)).toEqual(['a', 'b', 'c'])
  await remove(queue, 'a')
  expect(stored()).toEqual(['b', 'c'])
})

test('many changes at once are stored by a few writes', async () => {
  const { storage, stored } = breakable()
  let writes = 0
  const { setItem } = storage
  storage.setItem = (key, value) => {
    writes++
    return setItem(key, value)
  }
  const queue = openQueue<Item>(storage, 'queue')
  await Promise.all(Array.from({ length: 600 }, (_, n) => add(queue, `${n}`)))
  expect(stored()).toHaveLength(600)
  expect(writes).toBeLessThan(10)
})

test('what is not worth keeping is dropped from memory and from the storage', async () => {
  const { storage, stored } = breakable()
  const queue = openQueue<Item>(storage, 'queue', (list) => list.slice(-2))
  for (const id of ['a', 'b', 'c']) await add(queue, id)
  expect([idsOf(queue), stored()]).toEqual([
    ['b', 'c'],
    ['b', 'c'],
  ])
})

test('a page that goes has stored what its storage takes at once, though the lock is another’s', () => {
  const items = new Map([['queue', '[{"id":"a"},{"id":"b"}]']])
  const open = (later: boolean) =>
    openQueue<Item>(
      openStorage({
        getItem: (key) => (later ? Promise.resolve(items.get(key) ?? null) : (items.get(key) ?? null)),
        setItem: (key, value) => items.set(key, value),
        removeItem: (key) => items.delete(key),
        lock: () => new Promise<never>(() => {}),
      }),
      'queue',
    )
  const later = open(true)
  void add(later, 'z')
  later.storeNow()
  const queue = open(false)
  queue.storeNow()
  void add(queue, 'c')
  void remove(queue, 'a')
  queue.storeNow()
  expect(items.get('queue')).toBe('[{"id":"b"},{"id":"c"}]')
  items.set('queue', '{"version":2}')
  queue.storeNow()
  expect(items.get('queue')).toBe('{"version":2}')
})
