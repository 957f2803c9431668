import { apiError } from './errors.ts'
import { closest } from './plan/closest.ts'
import type { Name, Routine, Schema } from './schema/types.ts'

/** The types of an argument without a name that take a whole body, by the type of the body. */
const WHOLE: Record<string, string[]> = {
  'application/json': ['json', 'jsonb'],
  'text/plain': ['text'],
  'text/xml': ['xml'],
  'application/octet-stream': ['bytea'],
}

/** Arguments are given by name; one without takes the whole body. */
function isCallable({ parameters }: Routine): boolean {
  const [first] = parameters
  const unnamed = parameters.filter(({ name }) => name === '').length
  return (
    unnamed === 0 ||
    (unnamed === 1 &&
      parameters.length === 1 &&
      Object.values(WHOLE)
        .flat()
        .includes(first?.type ?? ''))
  )
}

/** The function of that name that takes these arguments. `type`: that of the body, when there is one. */
export function findRoutine(schema: Schema, name: Name, names: string[], type: string | undefined): Routine {
  const all = schema.routines(name).filter(isCallable)
  const isPlain = type !== undefined && type !== 'application/json' && type in WHOLE
  const named = all.filter((routine) => takes(routine, names, isPlain))
  const whole = all.filter((routine) => type !== undefined && takesWhole(routine, type))
  const found = named.length > 0 ? named : whole
  const [first] = found
  if (first && found.length === 1) return first
  throw first ? ambiguous(found) : notFound(schema, name, names, type, all)
}

function takesWhole({ parameters }: Routine, type: string): boolean {
  const [only] = parameters
  return parameters.length === 1 && only?.name === '' && WHOLE[type]?.includes(only.type) === true
}

function takes({ parameters }: Routine, names: string[], isPlain: boolean): boolean {
  if (parameters.length === 0) return names.length === 0 && !isPlain
  const known = new Set(parameters.map(({ name }) => name))
  return (
    names.every((name) => known.has(name)) &&
    parameters.every(({ name, required }) => !required || names.includes(name))
  )
}

function ambiguous(found: Routine[]) {
  const signature = ({ schema, name, parameters }: Routine) =>
    `${schema}.${name}(${parameters.map((parameter) => `${parameter.name} => ${parameter.type}`).join(', ')})`
  const shown = found
    .sort(
      (one, other) =>
        one.parameters.length - other.parameters.length || (signature(one) < signature(other) ? -1 : 1),
    )
    .map(signature)
  return apiError(
    300,
    'PGRST203',
    `Could not choose the best candidate function between: ${shown.join(', ')}`,
    null,
    'Try renaming the parameters or the function itself in the database so function overloading can be resolved',
  )
}

function notFound(schema: Schema, name: Name, names: string[], type: string | undefined, all: Routine[]) {
  const whole = `${name.schema}.${name.name}`
  const sorted = [...names].sort()
  const plain = type === undefined || type === 'application/json' ? undefined : WHOLE[type]?.[0]
  if (plain) {
    return apiError(
      404,
      'PGRST202',
      `Could not find the function ${whole} in the schema cache`,
      `Searched for the function ${whole} with a single unnamed ${plain} parameter, but no matches were found in the schema cache.`,
    )
  }
  const given = sorted.length === 0 ? ' without parameters' : `(${sorted.join(', ')})`
  const detail =
    sorted.length === 0
      ? ' without parameters'
      : ` with parameter${sorted.length > 1 ? 's' : ''} ${sorted.join(', ')}`
  const orWhole = type === 'application/json' ? ' or with a single unnamed json/jsonb parameter' : ''
  return apiError(
    404,
    'PGRST202',
    `Could not find the function ${whole}${given} in the schema cache`,
    `Searched for the function ${whole}${detail}${orWhole}, but no matches were found in the schema cache.`,
    suggestion(schema, name, sorted, all),
  )
}

function suggestion(schema: Schema, name: Name, sorted: string[], all: Routine[]): string | null {
  const perhaps = (what: string) => `Perhaps you meant to call the function ${name.schema}.${what}`
  if (all.length === 0) {
    const own = schema.allRoutines.filter((routine) => routine.schema === name.schema && isCallable(routine))
    const right = closest(
      name.name,
      own.map((routine) => routine.name),
      0.75,
    )
    return right ? perhaps(right) : null
  }
  const lists = all.map(
    ({ parameters }) =>
      `(${parameters
        .map((one) => one.name)
        .sort()
        .join(', ')})`,
  )
  const right = closest(`(${sorted.join(', ')})`, lists, 0.33)
  return right ? perhaps(`${name.name}${right}`) : null
}
