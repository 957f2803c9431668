import { fromBase64, toBase64 } from './base64.ts'
import { refusal } from './error.ts'
import { integer, nullable, optional, type Reader, text, withDefault } from './shape.ts'

/** One page of a list. */
export interface Page<T> {
  /** The items in the order of the list, at most `limit`. */
  items: T[]
  /** The `cursor` of the next page; null at the end. */
  nextCursor: string | null
}

/** How to ask for a page. */
export interface PageOptions {
  /** How many items a page has at most: 1 to 200, default 50. */
  limit?: number | undefined
  /** `nextCursor` of the page before. Leave it out, or pass null, for the first page. */
  cursor?: string | null | undefined
}

/** Await it for one page, or walk it with `for await` for all items. */
export type Paged<T> = Promise<Page<T>> & AsyncIterable<T>

/** How many items at most. */
export const pageLimit = withDefault(integer(1, 200), 50)

/** Checks for page options. */
export const pageOptions = {
  limit: pageLimit,
  cursor: nullable(optional(text())),
}

/** Where an engine lacks the symbol, as Hermes does, this is the name that compiled `for await` looks for. */
const asyncIterator: typeof Symbol.asyncIterator = Symbol.asyncIterator ?? '@@asyncIterator'

/** Makes a list out of what fetches one page, which may say more than a page must. It is given no cursor for the first one. */
export function paged<T, P extends Page<T>>(
  fetchPage: (cursor?: string) => Promise<P & Page<T>>,
): Promise<P & Page<T>> & AsyncIterable<T> {
  const first = fetchPage()
  return Object.assign(first, {
    async *[asyncIterator]() {
      let page = await first
      yield* page.items
      while (page.nextCursor !== null) {
        page = await fetchPage(page.nextCursor)
        yield* page.items
      }
    },
  })
}

/** Writes a cursor: the list's name and the keys of its last item. */
export function writeCursor(list: string, ...keys: (string | number | null | object)[]): string {
  return toBase64([list, ...keys])
}

/**
 * Reads a cursor of the named list, or answers null without one. `keys` reads the keys that were written.
 *
 * @throws `invalid_cursor` for one that was made up or comes from another list.
 */
export function readCursor<T>(
  operation: string,
  list: string,
  keys: Reader<T>,
  cursor: string | null | undefined,
): T | null {
  if (cursor === undefined || cursor === null) return null
  try {
    const [name, ...rest] = fromBase64(cursor) as unknown[]
    if (name === list) return keys(rest, '')
  } catch {
    // Told below: all ways of being wrong are one.
  }
  throw refusal('invalid_cursor', operation, 'the cursor is not one of this list', { field: 'cursor' })
}
