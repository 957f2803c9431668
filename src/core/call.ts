import type { Database } from '../database.types.ts'
import type { Context } from './context.ts'
import { inTurn } from './in-turn.ts'
import { type Paged, type PageOptions, paged, pageOptions, readCursor, writeCursor } from './page.ts'
import { calledWith, parseAnswer, parseInput } from './parse.ts'
import { type Answer, type CallOptions, type RunOptions, run } from './run.ts'
import { type Fields, list as listOf, type ObjectOf, type Reader, row, toColumns, tuple } from './shape.ts'

type Functions = Database['public']['Functions']
/** A function of the database. */
export type FunctionName = keyof Functions

type Camel<S> = S extends 'page_size'
  ? 'limit'
  : S extends `${infer Head}_${infer Tail}`
    ? `${Head}${Capitalize<Camel<Tail>>}`
    : S
type Given<T> = undefined extends T ? T : T | undefined
/** A function's arguments, named as here (`limit` is `page_size`); what is undefined or left out takes the function's default. */
export type Arguments<Name extends FunctionName> = Functions[Name]['Args'] extends never
  ? Record<never, never>
  : { [K in keyof Functions[Name]['Args'] as Camel<K>]: Given<Functions[Name]['Args'][K]> }

/** How to call a function beyond its arguments. */
export interface CallRequest extends RunOptions {
  /** Read only these columns of the rows that it returns. */
  columns?: string
  /** Sends a GET, which supabase-js retries by itself. For a function that changes nothing and takes ids alone. */
  get?: boolean
  /** Runs before the request, within its time. Can return the token to send instead of the signed-in user's. */
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
  const read = (data: unknown) => parseAnswer(operation, reader, data, context)
  const ask = () =>
    run(
      context,
      operation,
      options,
      async (signal) => {
        const token = await (options?.prepare ?? context.prepare)?.()
        const request = context.supabase
          // The client's default schema may be one of the app's own.
          .schema('public')
          .rpc(name, toColumns(given, { limit: 'page_size' }) as never, { get: options?.get })
          .abortSignal(signal)
        if (token) request.setHeader('Authorization', `Bearer ${token}`)
        return (options?.columns ? request.select(options.columns) : request) as PromiseLike<Answer>
      },
      read,
    )
  return context.later?.([operation, name, given], ask, read) ?? ask()
}

/** How an operation calls its function: the request, and the arguments where they differ from what the operation takes. */
type How<Name extends FunctionName, Input> = CallRequest & {
  toArguments?: (input: Input) => Arguments<Name>
  /** The argument by which calls keep their order: each waits for those before it with the same value. */
  turn?: keyof Input & string
  /** Answers the context to call with, as that of one user. */
  as?: (context: Context, operation: string) => Promise<Context>
}
type MustArrange<Name extends FunctionName, Input> = How<Name, Input> & {
  toArguments: (input: Input) => Arguments<Name>
}

/** An operation: its arguments one by one, then its options. */
export type Operation<Args extends unknown[], T, Options = CallOptions> = (
  context: Context,
  ...given: [...args: Args, options?: Options]
) => Promise<T>

/**
 * An operation that is one call of a function of the database.
 *
 * @param fields - Its arguments in their order, each with its reader.
 * @param options - Its own options.
 */
/* @__NO_SIDE_EFFECTS__ */
export function operation<
  Name extends FunctionName,
  F extends Fields,
  T,
  Args extends unknown[],
  Options,
  O extends Fields = Record<never, never>,
>(
  name: string,
  functionName: Name,
  fields: F,
  reader: Reader<T>,
  options?: O,
  ...[how]: ObjectOf<F & O> extends Arguments<Name>
    ? [how?: How<Name, ObjectOf<F & O>>]
    : [how: MustArrange<Name, ObjectOf<F & O>>]
): Operation<Args, T, Options> {
  const read = calledWith(fields, options)
  return async (context, ...args) => {
    const { signal, ...input } = parseInput(name, read, args) as { signal?: AbortSignal } & Record<
      string,
      unknown
    >
    const request = { ...how, signal }
    const given = how?.toArguments?.(input as never) ?? (input as never)
    const run = async () =>
      call((await how?.as?.(context, name)) ?? context, name, request, functionName, given, reader)
    const turn = how?.turn
    return turn ? inTurn(context.supabase, String(input[turn]), run, signal) : run()
  }
}

/** The keys of a paged list of the database: its columns in order, the names of the arguments, and the readers. */
export type Keys = [column: string, argument: string, reader: Reader<string | number>][]

type PageInput = { limit: number; cursor?: string; signal?: AbortSignal }

/** An operation that lists: its arguments one by one, then its options. */
export type ListOperation<Args extends unknown[], T, Options = PageOptions & CallOptions> = (
  context: Context,
  ...given: [...args: Args, options?: Options]
) => Paged<T>

/**
 * An operation that lists a page at a time. The function takes `page_size` and the keys of the last row before; one row more
 * than a page tells that there is another. Keys stay as the database writes them, for a `Date` would lose microseconds.
 */
/* @__NO_SIDE_EFFECTS__ */
export function listOperation<
  Name extends FunctionName,
  F extends Fields,
  T,
  Args extends unknown[],
  Options,
  O extends Fields = Record<never, never>,
>(
  name: string,
  functionName: Name,
  fields: F,
  item: Reader<T>,
  keys: Keys,
  options?: O,
  ...[toArguments = (input) => input as never]: ObjectOf<F & O> extends Partial<Arguments<Name>>
    ? [toArguments?: (input: ObjectOf<F & O>) => Partial<Arguments<Name>>]
    : [toArguments: (input: ObjectOf<F & O>) => Partial<Arguments<Name>>]
): ListOperation<Args, T, Options> {
  const read = calledWith(fields, { ...pageOptions, ...options })
  const readKeys = tuple(...keys.map(([, , reader]) => reader))
  const rowKeys = row(Object.fromEntries(keys.map(([column, , reader]) => [column, reader])))
  return (context, ...given) =>
    paged(async (next) => {
      // In here, so that a wrong input rejects as every other failure does.
      const { limit, cursor, signal, ...rest } = parseInput(name, read, given) as PageInput
      const input = toArguments(rest as never)
      const list = name + JSON.stringify(input)
      const after = readCursor(name, list, readKeys, next ?? cursor)
      const place = after && Object.fromEntries(keys.map(([, argument], at) => [argument, after[at]]))
      const page = { ...input, ...place, limit: limit + 1 } as unknown as Arguments<Name>
      return call(context, name, { signal }, functionName, page, (data, path, whose) => {
        const items = listOf(item)(data, path, whose)
        const last = items.length > limit && rowKeys((data as unknown[])[limit - 1], path)
        return {
          items: items.slice(0, limit),
          nextCursor: last
            ? writeCursor(list, ...keys.map(([column]) => last[column] as string | number))
            : null,
        }
      })
    })
}

/** Nothing is read. */
export const nothing: Reader<void> = () => {}
