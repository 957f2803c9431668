import { refusal, type TertuliaError } from '../core/error.ts'

/** The error of a file that cannot be read. */
export function refuse(why: string, hint?: string): TertuliaError {
  return refusal('invalid_input', 'songs.import', why, { field: 'file', ...(hint !== undefined && { hint }) })
}
