import type { Database } from '../database.types.ts'
import type { Context } from './context.ts'
import { type Paged, type PageOptions, paged, pageOptions, readCursor, writeCursor } from './page.ts'
import { parseAnswer, parseInput } from './parse.ts'
import { type Answer, type RunOptions, run } from './run.ts'
import { list as listOf, object, type Reader, toColumns, tuple } from './shape.ts'

type Functions = Database['public']['Functions']
/** A function of the database. */
export type FunctionName = keyof Functions

type Camel<S> = S extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S
type Given<T> = undefined extends T ? T : T | undefined
/** A function's arguments, named as here; what is undefined or left out takes the function's default. */
export type Arguments<Name extends FunctionName> = Functions[Name]['Args'] extends never
  ? Record<never, never>
  : { [K in keyof Functions[Name]['Args'] as Camel<K>]: Given<Functions[Name]['Args'][K]> }

/** How to call a function beyond its arguments. */
export interface CallRequest extends RunOptions {
  /** Read only these columns of the rows that it returns. */
  columns?: string
  /** Sends a GET, which supabase-js retries by itself. For a function that changes nothing and takes ids alone. */
  get?: boolean
  /** Runs before the request, within its time; may answer the token to send in place of whoever's is signed in. */
  prepare?: () => Promise<string | undefined>
}

/**
 * Calls a function of the database as an operation and reads its answer.
 *
 * @param given - The arguments, checked before and named as here: `songId` is `song_id`.
 */
export function call<Name extends FunctionName, T>(
  context: Context,
  operation: string,
  options: CallRequest | undefined,
  name: Name,
  given: Arguments<Name>,
  reader: Reader<T>,
): Promise<T> {
  return run(
    context,
    operation,
    options,
    async (signal) => {
      const token = await options?.prepare?.()
      const request = context.supabase
        .rpc(name, toColumns(given) as never, { get: options?.get })
        .abortSignal(signal)
      if (token) request.setHeader('Authorization', `Bearer ${token}`)
      return (options?.columns ? request.select(options.columns) : request) as PromiseLike<Answer>
    },
    (data) => parseAnswer(operation, reader, data),
  )
}

/** The same with arguments that are checked first: a wrong one rejects as every other failure does. */
export async function checkedCall<Name extends FunctionName, T>(
  context: Context,
  operation: string,
  options: CallRequest | undefined,
  name: Name,
  input: Reader<Arguments<Name>>,
  given: unknown,
  reader: Reader<T>,
): Promise<T> {
  return call(context, operation, options, name, parseInput(operation, input, given), reader)
}

/** What an operation is that takes its arguments one by one. */
export type Operation<Args extends unknown[], T> = (
  context: Context,
  ...given: [...args: Args, options?: CallRequest]
) => Promise<T>

/** An operation that is one call of a function of the database: its arguments in their order, each with its reader. */
/* @__NO_SIDE_EFFECTS__ */
export function operation<Name extends FunctionName, Args extends unknown[], T>(
  name: string,
  functionName: Name,
  fields: { [K in keyof Arguments<Name>]: Reader<Arguments<Name>[K]> },
  reader: Reader<T>,
): Operation<Args, T> {
  const keys = Object.keys(fields)
  return (context, ...given) => {
    const input = Object.fromEntries(keys.map((key, at) => [key, given[at]]))
    const options = given[keys.length] as CallRequest | undefined
    return checkedCall(context, name, options, functionName, object(fields) as never, input, reader)
  }
}

/** What a list of the database is paged by: its columns in order, what they are called as arguments, how they are read. */
type Keys = [column: string, argument: string, reader: Reader<string | number>][]

/**
 * A list of the database a page at a time. The function takes `page_size` and the keys of the last row before; one row more
 * than a page tells that there is another. Keys stay as the database writes them, for a `Date` would lose microseconds.
 */
export function listCall<Name extends FunctionName, T>(
  context: Context,
  operation: string,
  options: PageOptions & CallRequest,
  name: Name,
  readInput: () => Partial<Arguments<Name>>,
  item: Reader<T>,
  keys: Keys,
): Paged<T> {
  const readKeys = tuple(...keys.map(([, , reader]) => reader))
  const rowKeys = object(Object.fromEntries(keys.map(([column, , reader]) => [column, reader])))
  return paged(async (cursor) => {
    // In here, so that a wrong input rejects as every other failure does.
    const given = readInput()
    const list = operation + JSON.stringify(given)
    const { limit } = parseInput(operation, object(pageOptions), options)
    const after = readCursor(operation, list, readKeys, cursor)
    const place = after && Object.fromEntries(keys.map(([, argument], at) => [argument, after[at]]))
    const page = { ...given, ...place, pageSize: limit + 1 } as unknown as Arguments<Name>
    return call(context, operation, options, name, page, (data, path) => {
      const items = listOf(item)(data, path)
      const last = items.length > limit && rowKeys((data as unknown[])[limit - 1], path)
      return {
        items: items.slice(0, limit),
        nextCursor: last
          ? writeCursor(list, ...keys.map(([column]) => last[column] as string | number))
          : null,
      }
    })
  }, options.cursor)
}

/** Nothing is read. */
export const nothing: Reader<void> = () => {}
