import { vi } from 'vitest'

// A condition that is waited for has 15 s to come true: one second, as vitest has it, is little on a busy machine.
const { waitFor } = vi
vi.waitFor = (check, options) =>
  waitFor(check, typeof options === 'number' ? options : { timeout: 15_000, ...options })
