import type * as z from 'zod'
import { type ErrorCode, errorCodes } from '../../core/error-codes.ts'
import { fieldsOf } from '../../schemas/field-of.ts'

/** What a call is refused with: the database's application error. */
export class Refusal extends Error {
  readonly code: ErrorCode
  readonly fields: { field?: string; retryAfterMs?: number }

  constructor(code: ErrorCode, message: string, fields: Refusal['fields'] = {}) {
    super(message)
    this.code = code
    this.fields = fields
  }

  /** As PostgREST answers it. */
  body() {
    return {
      code: 'TT000',
      message: this.message,
      details: JSON.stringify({ ...this.fields, code: this.code }),
      hint: errorCodes[this.code] ?? '',
    }
  }
}

export function refuse(code: ErrorCode, message: string, field?: string): never {
  throw new Refusal(code, message, field ? { field } : {})
}

/** Refuses input as the database does, by the rules of `tertulia/schemas`. */
export function check(task: string, schema: z.ZodType, input: unknown): void {
  const { error } = schema.safeParse(input)
  if (!error) return
  const [field = ''] = fieldsOf(error)
  refuse('invalid_input', `unable to ${task}; ${field || 'the input'} ${error.issues[0]?.message}`, field)
}

/** Fields as the methods name them: `created_at` is `createdAt`. Nulls and values stay as they are. */
export const toCamel = (fields: object, names: Record<string, string> = {}): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      names[key] ?? key.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase()),
      value,
    ]),
  )
