import type { http, ws } from 'msw'
import type { ErrorCode } from '../../core/error-codes.ts'
import type { Fixtures } from './fixtures.ts'
import type { FakeOperation } from './operations.ts'

/** Options of a fake backend. */
export interface FakeBackendOptions {
  /** URL of the project. By default, the handlers answer on every host. */
  url?: string | undefined
}

/** How an operation fails. */
export interface FakeFailure {
  /** The code of the error that the app gets: `unreachable` cuts the connection, `unavailable` answers 503. */
  code: ErrorCode
  /** For `rate_limited`: how long to wait, in milliseconds. */
  retryAfterMs?: number | undefined
  /** The field at fault. */
  field?: string | undefined
  /** How many calls fail; all until `recover` by default. */
  times?: number | undefined
}

/** A handler of msw, for HTTP or for WebSockets. */
export type FakeHandler =
  | ReturnType<typeof http.all>
  | ReturnType<ReturnType<typeof ws.link>['addEventListener']>

/** A project in memory. */
export interface FakeBackend {
  /** Handlers for `setupServer` and `setupWorker`. */
  readonly handlers: FakeHandler[]
  /**
   * Lets an operation fail.
   *
   * @param operation - Such as `chat.send`.
   * @param failure - The error's code, or an object with more.
   * @throws `Error` for an operation that the fake backend does not answer.
   * @example
   * ```ts
   * backend.fail('chat.send', { code: 'rate_limited', retryAfterMs: 1000, times: 1 })
   * ```
   */
  fail(operation: FakeOperation, failure: ErrorCode | FakeFailure): void
  /**
   * Ends all failures.
   *
   * @example
   * ```ts
   * afterEach(() => backend.recover())
   * ```
   */
  recover(): void
  /**
   * Answers a function of the database that the fake backend does not know, or answers it differently.
   *
   * @param name - The function, such as `top_songs`.
   * @param answer - Gets the arguments, and the id of the signed-in user or null. Returns the data, as PostgREST sends it.
   * @example
   * ```ts
   * backend.answer('top_songs', () => [])
   * ```
   */
  answer(name: string, answer: (args: Record<string, unknown>, userId: string | null) => unknown): void
  /**
   * Returns a session of a user, for `supabase.auth.setSession`.
   *
   * @param handle - The user's handle.
   * @throws `Error` if there is no such user.
   * @example
   * ```ts
   * await supabase.auth.setSession(backend.session('ana'))
   * ```
   */
  session(handle: string): { access_token: string; refresh_token: string }
  /**
   * Ends every live channel, as a lost network does. Clients join again.
   *
   * @example
   * ```ts
   * backend.cut()
   * ```
   */
  cut(): void
  /**
   * Forgets everything and loads fixtures again.
   *
   * @param fixtures - Those of the start by default.
   * @example
   * ```ts
   * afterEach(() => backend.reset())
   * ```
   */
  reset(fixtures?: Fixtures): void
}
