/** Where a command runs, and how it speaks. */
export interface CliContext {
  cwd: string
  env: Record<string, string | undefined>
  /** The package's own folder, which holds the migrations. */
  packageDir: string
  now: () => Date
  out: (text: string) => void
  err: (text: string) => void
  /** How it passes the time before it tries again. */
  wait?: (ms: number) => Promise<void>
}
