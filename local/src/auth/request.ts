import type { StackConfig } from '../project/config.ts'
import { authFailure } from './access.ts'
import { EMAIL } from './user-attributes.ts'

export type Body = Record<string, unknown>

const invalid = (message: string, status = 400) => authFailure(status, 'validation_failed', message)
const badJson = (reason: string) =>
  authFailure(400, 'bad_json', `Could not parse request body as JSON: ${reason}`)

/** The body of a request: an object, whose `texts` are strings or missing. */
export async function readBody(request: Request, texts: readonly string[]): Promise<Body> {
  const body: unknown = await request.json().catch((error: Error) => {
    throw badJson(error.message)
  })
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw badJson('it is no object')
  const values = body as Body
  for (const key of texts) {
    if (values[key] !== undefined && values[key] !== null && typeof values[key] !== 'string')
      throw badJson(`${key} must be a string`)
  }
  for (const key of ['data', 'app_metadata']) {
    const value = values[key]
    if (value !== undefined && value !== null && (typeof value !== 'object' || Array.isArray(value)))
      throw badJson(`${key} must be an object`)
  }
  return values
}

export const textOf = (body: Body, key: string): string =>
  typeof body[key] === 'string' ? (body[key] as string) : ''

export const dataOf = (body: Body): Record<string, unknown> => (body.data ?? {}) as Record<string, unknown>

/** An address as Supabase Auth takes it, in lower case. */
export function validEmail(email: string): string {
  if (email === '') throw invalid('An email address is required')
  if (email.length > 255) throw invalid('An email address is too long')
  if (!EMAIL.test(email)) throw invalid('Unable to validate email address: invalid format')
  return email.toLowerCase()
}

/** What a user may choose as a password; the admin API takes more. */
export function checkPassword(password: string, { auth }: StackConfig): void {
  if (Buffer.byteLength(password) > 72) throw invalid('Password cannot be longer than 72 characters')
  const { minimumPasswordLength: least } = auth
  if (Buffer.byteLength(password) >= least) return
  throw Object.assign(authFailure(422, 'weak_password', `Password should be at least ${least} characters.`), {
    extra: { weak_password: { reasons: ['length'] } },
  })
}

/** The challenge of a PKCE flow; undefined in an implicit one. */
export interface Challenge {
  challenge: string
  method: 's256' | 'plain'
}

export function challengeOf(body: Body): Challenge | undefined {
  const challenge = textOf(body, 'code_challenge')
  const method = textOf(body, 'code_challenge_method').toLowerCase()
  if ((challenge === '') !== (method === ''))
    throw invalid('PKCE flow requires code_challenge_method and code_challenge')
  if (challenge === '') return undefined
  if (challenge.length < 43 || challenge.length > 128)
    throw invalid('code challenge has to be between 43 and 128 characters')
  if (!/^[\w.~-]+$/.test(challenge)) {
    throw invalid(
      'code challenge can only contain alphanumeric characters, hyphens, periods, underscores and tildes',
    )
  }
  if (method !== 's256' && method !== 'plain')
    throw authFailure(500, 'unexpected_failure', `unsupported code_challenge method "${method}"`)
  return { challenge, method }
}

/** The address of Auth as the caller reaches it; links in mails begin with it. */
export function authUrl(request: Request): string {
  return `${new URL(request.url).origin}/auth/v1`
}

/** Where a link leads in the end: what the request asks for if the project allows it, else the project's own site. */
export function redirectTarget(request: Request, config: StackConfig, wanted = ''): string {
  const asked = [
    wanted,
    request.headers.get('redirect_to') ?? new URL(request.url).searchParams.get('redirect_to') ?? '',
    request.headers.get('referer') ?? '',
  ]
  return asked.find((target) => mayRedirect(target, config)) ?? config.auth.siteUrl
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

function mayRedirect(target: string, { auth }: StackConfig): boolean {
  if (!URL.canParse(target) || !URL.canParse(auth.siteUrl)) return false
  const url = new URL(target)
  const site = new URL(auth.siteUrl)
  const samePort = url.port === site.port || LOOPBACK.test(url.hostname)
  if (url.hostname === site.hostname && url.protocol === site.protocol && samePort) return true
  if (/^\d+$/.test(url.hostname)) return false
  if (LOOPBACK.test(url.hostname) && url.hostname !== 'localhost') return true
  const [withoutHash = ''] = target.split('#')
  return auth.additionalRedirectUrls.some((pattern) => globPattern(pattern).test(withoutHash))
}

/** `*` stops at `.` and `/`, `**` does not, `?` is one character, `{a,b}` either. */
function globPattern(glob: string): RegExp {
  const source = glob.replace(/\*\*|[*?{},]|[.+^$()|[\]\\]/g, (part) => {
    if (part === '**') return '.*'
    if (part === '*') return '[^./]*'
    if (part === '?') return '[^./]'
    if (part === '{') return '(?:'
    if (part === '}') return ')'
    if (part === ',') return '|'
    return `\\${part}`
  })
  return new RegExp(`^(?:${source})$`)
}
