/** Why a command does not go on, for people: what could not be done and what to do about it. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly hint: string

  /** @param message - Reads "unable to <do>; <reason>". */
  constructor(message: string, hint: string, cause?: unknown) {
    super(message, { cause })
    this.hint = hint
  }
}

const words: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a file stands where a folder must be',
  EEXIST: 'a file stands in the way',
}

/** The error's code, such as `ENOENT`, where a file operation gave it one. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** What went wrong with a file, in words. */
export function describe(error: unknown): string {
  const path = error instanceof Error && 'path' in error ? `${error.path}: ` : ''
  return `${path}${words[codeOf(error) ?? ''] ?? (error instanceof Error ? error.message : String(error))}`
}
