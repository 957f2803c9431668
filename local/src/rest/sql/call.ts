import type { PlanNode } from '../plan/types.ts'
import type { Parameter, Routine } from '../schema/types.ts'
import { bodySql } from './body.ts'
import { arrayLiteral, ident, type Params, tableName } from './text.ts'

/** What a function is called with. */
export type Arguments =
  | { kind: 'named'; values: Map<string, string[]> }
  | { kind: 'json'; text: string; names: string[] }
  | { kind: 'whole'; text: string }

/** The statement that calls the function; what it answers is read as `pgrst_source`. */
export function callSql(routine: Routine, given: Arguments, node: PlanNode, params: Params): string {
  const isValue = !routine.returnsRows
  const columns = isValue ? 'pgrst_call.pgrst_scalar' : returnedSql(node)
  const call = (args: string) =>
    isValue
      ? `(select ${tableName(routine)}(${args}) as pgrst_scalar) as pgrst_call`
      : `${tableName(routine)}(${args}) as pgrst_call`
  if (given.kind === 'whole') {
    const type = routine.parameters[0]?.type ?? 'text'
    return `select ${columns} from ${call(`${params.add(given.text)}::${type}`)}`
  }
  const names = given.kind === 'json' ? given.names : [...given.values.keys()]
  const used = routine.parameters.filter(({ name }) => names.includes(name))
  if (used.length === 0) return `select ${columns} from ${call('')}`
  if (given.kind === 'named') {
    const args = used.map((parameter) => argumentSql(parameter, givenValue(parameter, given.values, params)))
    return `select ${columns} from ${call(args.join(', '))}`
  }
  const from = bodySql({ text: given.text, fields: used, withDefaults: false, isSingle: true }, params)
  const args = used.map((parameter) => argumentSql(parameter, `pgrst_body.${ident(parameter.name)}`))
  return `select ${columns} ${from}, lateral ${call(args.join(', '))}`
}

function argumentSql({ name, variadic }: Parameter, value: string): string {
  return `${variadic ? 'variadic ' : ''}${ident(name)} := ${value}`
}

/** Of an argument that is given more than once, the last counts; a variadic one takes them all. */
function givenValue(
  { name, type, variadic }: Parameter,
  values: Map<string, string[]>,
  params: Params,
): string {
  const given = values.get(name) ?? []
  const text = variadic ? arrayLiteral(given) : (given.at(-1) ?? '')
  return `${params.add(text)}::${type}`
}

/** A column that is computed from the row is only known where the function is called. */
function returnedSql(node: PlanNode): string {
  const known = new Set(node.table?.columns.map(({ name }) => name))
  const used = [
    ...node.fields.map(({ name }) => name),
    ...node.filters.flatMap((logic) => ('field' in logic ? [logic.field.name] : [])),
    ...node.order.flatMap(({ field, relation }) => (relation === undefined ? [field.name] : [])),
  ]
  const embedded = new Set(node.children.map(({ alias, name }) => alias ?? name))
  const computed = node.table
    ? used.filter((name) => name !== '*' && !known.has(name) && !embedded.has(name))
    : []
  return ['pgrst_call.*', ...[...new Set(computed)].map((name) => `pgrst_call.${ident(name)}`)].join(', ')
}
