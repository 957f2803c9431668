import * as z from 'zod/mini'
import { TertuliaError } from './error.ts'

/** Reads an operation's input. Throws `invalid_input` with the field at fault. */
export function parseInput<Schema extends z.ZodMiniType>(
  operation: string,
  schema: Schema,
  input: unknown,
): z.output<Schema> {
  const result = z.safeParse(schema, input)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const field = issue?.path.join('.')
  const message = `unable to start ${operation}; ${field || 'the input'}: ${issue?.message ?? 'not valid'}`
  throw new TertuliaError('invalid_input', message, {
    operation,
    field: field || undefined,
    cause: result.error,
  })
}

/** Reads a server's answer. Throws `invalid_answer`, for nothing may go on with half-known data. */
export function parseAnswer<Schema extends z.ZodMiniType>(
  operation: string,
  schema: Schema,
  data: unknown,
): z.output<Schema> {
  const result = z.safeParse(schema, data)
  if (result.success) return result.data
  const where = result.error.issues[0]?.path.join('.') || 'the whole'
  throw new TertuliaError(
    'invalid_answer',
    `unable to complete ${operation}; the answer is not as expected at ${where}`,
    {
      operation,
      cause: result.error,
    },
  )
}

/** A timestamp as PostgREST (`…T…+00:00`) or PostgreSQL (`… …+00`) writes it, as a `Date`. */
export const timestamp = z.pipe(
  z.string(),
  z.transform((text: string, context) => {
    const date = new Date(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'))
    if (Number.isNaN(date.getTime()))
      context.issues.push({ code: 'custom', message: 'not a timestamp', input: text })
    return date
  }),
)

/** An id: any UUID. */
export const id = z.string().check(z.regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'not a UUID'))

/** The app's own fields on one of our rows: a JSON object of at most 8 KiB. */
export const metadata = z.record(z.string(), z.unknown())
