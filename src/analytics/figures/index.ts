import { bind } from '../../core/bind.ts'
import type { Context } from '../../core/context.ts'
import { onUserChange } from '../../core/identity.ts'
import { readFigures } from './read.ts'
import type { Figures } from './types.ts'

export type { AnySupabaseClient, Context, OperationReport, TertuliaOptions } from '../../core/context.ts'
export { createContext } from '../../core/create-context.ts'
export { isTertuliaError, TertuliaError } from '../../core/error.ts'
export type { ErrorCode } from '../../core/error-codes.ts'
export type { CallOptions } from '../../core/run.ts'
export type { UserChanges } from '../../live/types.ts'
export type { Period } from '../period.ts'
export type { SeriesKind, SeriesPoint } from '../series.ts'
export type {
  Breakdown,
  BreakdownQuery,
  Cohort,
  FigureKind,
  FigureQuery,
  FigureResult,
  Figures,
  Goal,
  GoalQuery,
  Retention,
  RetentionQuery,
  SeriesQuery,
  Total,
  TotalQuery,
} from './types.ts'

/**
 * Creates the calls for a page of charts.
 *
 * @param context - From `createContext`. Domains on one context share a connection.
 * @example
 * ```ts
 * import { createContext, createFigures } from 'tertulia/figures'
 *
 * const figures = createFigures(createContext(supabase))
 * const { views } = await figures.read({ views: { figure: 'total', kind: 'profile_view' } })
 * ```
 */
export function createFigures(context: Context): Figures {
  return bind(context, { onUserChange, read: readFigures }) as Figures
}
