import { apiError } from './errors.ts'
import type { Query } from './query/types.ts'

/** Which rows of a list are asked for. */
export interface Range {
  offset: number
  limit: number | undefined
}

/** `limit` and `offset`, within what the header `Range: 0-9` of a GET says. */
export function rangeOf(query: Query, request: Request): Range {
  const own = <T>(list: { path: string[]; value: T }[]) =>
    list.findLast(({ path }) => path.length === 0)?.value
  const limit = own(query.limits)
  const asked = own(query.offsets) ?? 0
  const header =
    request.method === 'GET' ? /^(?:items=)?(\d+)-(\d*)$/.exec(request.headers.get('range') ?? '') : null
  if (header?.[2] && Number(header[2]) < Number(header[1])) {
    throw unsatisfiable(
      'The lower boundary must be lower than or equal to the upper boundary in the Range header.',
    )
  }
  if (limit !== undefined && limit < 0) throw unsatisfiable('Limit should be greater than or equal to zero.')
  const offset = Math.max(asked, Number(header?.[1] ?? 0))
  const last = header?.[2] ? Number(header[2]) : undefined
  const ends = [...(limit === undefined ? [] : [asked + limit]), ...(last === undefined ? [] : [last + 1])]
  const end = ends.length === 0 ? undefined : Math.min(...ends)
  return { offset, limit: end === undefined ? undefined : Math.max(0, end - offset) }
}

function unsatisfiable(details: string) {
  return apiError(416, 'PGRST103', 'Requested range not satisfiable', details)
}

/** `0-24/300`, and `*` for what is not known or not there. */
export function contentRange(from: number, count: number, total: number | undefined): string {
  const range = count > 0 && total !== 0 ? `${from}-${from + count - 1}` : '*'
  return `${range}/${total ?? '*'}`
}

/** Fails for an offset beyond the last row; part of the rows is 206. */
export function statusOfRange(from: number, count: number, total: number | undefined): number {
  if (total === undefined) return 200
  if (from > total) {
    throw unsatisfiable(`An offset of ${from} was requested, but there are only ${total} rows.`)
  }
  return count < total ? 206 : 200
}
