import { type AuthFailure, authFailure } from './access.ts'

/** What Supabase Auth has and this stack has not, by the address under `/auth/v1`. */
export const ABSENT: [RegExp, string][] = [
  [/^\/passkeys(\/|$)|^\/admin\/users\/[^/]+\/passkeys(\/|$)/, 'passkeys'],
  [/^\/admin\/sso(\/|$)/, 'single sign-on'],
  [/^\/(oauth|admin\/oauth|user\/oauth)(\/|$)|^\/admin\/custom-providers(\/|$)/, 'an OAuth server'],
  [/^\/admin\/audit(\/|$)/, 'an audit log'],
  [/^\/(scim|saml)(\/|$)/, 'provisioning of users'],
]

const KNOWN =
  /^\/(signup|invite|token|otp|magiclink|verify|recover|resend|health|settings|authorize|callback|logout|user|reauthenticate|factors(?:\/.+)?|\.well-known\/.+)$/

/** What a project may have switched off, and this stack never switches on: refused in the words of Supabase Auth. */
const OFF: [RegExp, code: string, message: string][] = [
  [/^\/sso(\/|$)/, 'saml_provider_disabled', 'SAML 2.0 is disabled'],
  [/^\/user\/identities(\/|$)/, 'manual_linking_disabled', 'Manual linking is disabled'],
]

/** The same for what exchanges a proof of somebody else for a session. */
export async function refuseGrant(grant: 'id_token' | 'web3', request: Request): Promise<Error> {
  if (grant === 'web3') return authFailure(422, 'web3_provider_disabled', 'Web3 provider is disabled')
  const { provider = '' } = (await request.json().catch(() => ({}))) as { provider?: unknown }
  return authFailure(400, 'provider_disabled', `Provider (issuer "${provider}") is not enabled`)
}

/** The answer to a call that would otherwise be taken for another one; undefined for what is there. */
export function refuseAbsent(path: string): Response | undefined {
  const [, feature] = ABSENT.find(([pattern]) => pattern.test(path)) ?? []
  if (feature)
    return failureResponse(authFailure(501, 'not_implemented', `the local stack has no ${feature}`))
  const [, code, message] = OFF.find(([pattern]) => pattern.test(path)) ?? []
  if (code && message) return failureResponse(authFailure(404, code, message))
  if (KNOWN.test(path) || path.startsWith('/admin/')) return undefined
  return failureResponse(authFailure(404, 'not_found', `Supabase Auth has no ${path}`))
}

export function failureResponse({ status, code, message, extra }: AuthFailure): Response {
  const headers = { 'x-sb-error-code': code }
  return Response.json({ code: status, error_code: code, msg: message, ...extra }, { status, headers })
}
