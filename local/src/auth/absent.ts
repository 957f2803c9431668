import { type AuthFailure, authFailure } from './access.ts'

/** What Supabase Auth has and this stack has not, by the address under `/auth/v1`. */
export const ABSENT: [RegExp, string][] = [
  [/^\/factors(\/|$)/, 'multi-factor authentication'],
  [/^\/passkeys(\/|$)|^\/admin\/users\/[^/]+\/passkeys(\/|$)/, 'passkeys'],
  [/^\/sso(\/|$)|^\/admin\/sso(\/|$)/, 'single sign-on'],
  [/^\/user\/identities(\/|$)/, 'linking of identities'],
  [/^\/(oauth|admin\/oauth|user\/oauth)(\/|$)|^\/admin\/custom-providers(\/|$)/, 'an OAuth server'],
  [/^\/admin\/audit(\/|$)/, 'an audit log'],
  [/^\/(scim|saml)(\/|$)/, 'provisioning of users'],
]

const KNOWN =
  /^\/(signup|invite|token|otp|magiclink|verify|recover|resend|health|settings|authorize|callback|logout|user|reauthenticate|\.well-known\/.+)$/

/** The answer to a call that would otherwise be taken for another one; undefined for what is there. */
export function refuseAbsent(path: string): Response | undefined {
  const [, feature] = ABSENT.find(([pattern]) => pattern.test(path)) ?? []
  if (feature)
    return failureResponse(authFailure(501, 'not_implemented', `the local stack has no ${feature}`))
  if (KNOWN.test(path) || path.startsWith('/admin/')) return undefined
  return failureResponse(authFailure(404, 'not_found', `Supabase Auth has no ${path}`))
}

export function failureResponse({ status, code, message, extra }: AuthFailure): Response {
  const headers = { 'x-sb-error-code': code }
  return Response.json({ code: status, error_code: code, msg: message, ...extra }, { status, headers })
}
