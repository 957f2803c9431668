import { call } from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import { calledWith, id, parseInput } from '../../core/parse.ts'
import type { CallOptions } from '../../core/run.ts'
import {
  flag,
  integer,
  list,
  nullable,
  object,
  oneOf,
  optional,
  type Reader,
  record,
  row,
  ShapeError,
  text,
  toColumns,
} from '../../core/shape.ts'
import { day, type Period, periodFields, toArguments } from '../period.ts'
import { eventKinds, points } from '../series.ts'
import type { Cohort, FigureKind, FigureQuery, Goal } from './types.ts'

const own = text({ pattern: /^app:[a-z][a-z\d_]{0,39}$/, expected: `${eventKinds.join(' or ')} or app:name` })
const kind: Reader<FigureKind> = (value, path) =>
  eventKinds.find((known) => known === value) ?? (own(value, path) as FigureKind)
const by = text({
  pattern: /^(source|channel|device|property:[a-z][a-z\d_]{0,39})$/,
  expected: 'source or channel or device or property:name',
})
const steps: Reader<FigureKind[]> = (value, path) => {
  const read = list(kind)(value, path)
  if (read.length >= 2 && read.length <= 5 && new Set(read).size === read.length) return read
  throw new ShapeError(path, '2 to 5 different kinds of events')
}

const about = { entityId: optional(id), from: optional(day), to: optional(day) }
const queries = {
  total: object({ figure: oneOf('total'), kind, ...about }),
  series: object({
    figure: oneOf('series'),
    kind,
    step: optional(oneOf('day', 'week', 'month')),
    ...about,
  }),
  breakdown: object({ figure: oneOf('breakdown'), kind, by, ...about }),
  goal: object({ figure: oneOf('goal'), steps, ...about }),
  retention: object({ figure: oneOf('retention'), kind, ...about }),
}
const figure = row({ figure: oneOf('total', 'series', 'breakdown', 'goal', 'retention') })
const query: Reader<FigureQuery> = (value, path) =>
  queries[figure(value, path).figure](value, path) as FigureQuery
const asked: Reader<Record<string, FigureQuery>> = (value, path) => {
  const read = record(query)(value, path)
  const { length } = Object.keys(read)
  if (length >= 1 && length <= 20) return read
  throw new ShapeError(path || 'queries', '1 to 20 figures')
}

const share = (part: number, whole: number | undefined) => (whole ? part / whole : null)

const goal: Reader<Goal> = (value, path) => {
  const { steps, estimated } = row({
    steps: list(row({ kind: text() as Reader<FigureKind>, viewers: integer() })),
    estimated: flag,
  })(value, path)
  return {
    steps: steps.map((step, at) => ({ ...step, rate: share(step.viewers, steps[at - 1]?.viewers) })),
    conversionRate: share(steps.at(-1)?.viewers ?? 0, steps[0]?.viewers),
    estimated,
  }
}
const week = row({ week: text(), users: integer(), complete: flag })
const cohort: Reader<Cohort> = (value, path) => {
  const { returned } = row({ returned: nullable(list(week)) })(value, path)
  const { users, ...rest } = week(value, path)
  return {
    ...rest,
    users,
    returned: returned?.map((later) => ({ ...later, share: later.users / users })) ?? null,
  }
}
const answers = {
  total: row({ count: integer(), seconds: integer(), viewers: integer(), estimated: flag }),
  series: points,
  breakdown: row({ parts: list(row({ value: nullable(text()), count: integer() })), estimated: flag }),
  goal,
  retention: row({ cohorts: list(cohort), estimated: flag }),
}

const input = calledWith({ queries: asked }, periodFields)

export async function readFigures(
  context: Context,
  given: Record<string, FigureQuery>,
  options?: Period & CallOptions,
): Promise<Record<string, unknown>> {
  const operation = 'figures.read'
  const { queries, signal, ...period } = parseInput(operation, input, [given, options])
  const columns = Object.entries(queries).map(
    ([name, query]) => [name, toColumns(query, { from: 'from_day', to: 'to_day' })] as const,
  )
  const answer = row(
    Object.fromEntries(
      Object.entries(queries).map(([name, query]) => [name, answers[query.figure] as Reader<unknown>]),
    ),
    Object.fromEntries(Object.keys(queries).map((name) => [name, name])),
  )
  return call(
    context,
    operation,
    { signal },
    'get_figures',
    { asked: Object.fromEntries(columns), ...toArguments(period) },
    answer,
  )
}
