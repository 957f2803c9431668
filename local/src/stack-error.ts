/** A failure that the command shows as one clear word and, below it, what to do. */
export type StackError = Error & { code: StackErrorCode; hint?: string }

const CODES = [
  'already_running',
  'data_dir_in_use',
  'data_dir_unusable',
  'migration_failed',
  'not_running',
  'platform_unsupported',
  'port_taken',
  'server_failed',
  'wrong_environment',
  'workdir_invalid',
] as const

export type StackErrorCode = (typeof CODES)[number]

export function stackError(
  code: StackErrorCode,
  message: string,
  { hint, cause }: { hint?: string; cause?: unknown } = {},
): StackError {
  return Object.assign(new Error(message, cause === undefined ? undefined : { cause }), { code, hint })
}

/** Errors of PostgreSQL have a code and a hint as well: only the code tells them apart. */
export function isStackError(error: unknown): error is StackError {
  return error instanceof Error && 'code' in error && CODES.some((code) => code === error.code)
}
