import { errors, jwtVerify } from 'jose'

/** What a token says about its bearer; `exp` in seconds. */
export interface Claims {
  role: string
  exp?: number
  [claim: string]: unknown
}

type TokenResult = { claims: Claims } | { code: string; message: string }

export interface Keys {
  jwtSecret: string
  publishableKey: string
  secretKey: string
  /** A token of the shared secret for one of another signature that is believed. */
  exchange?: (token: string) => Promise<string | undefined>
}

export interface Tokens {
  /** The claims of an apikey: a key of the stack, or a token. */
  fromKey(key: string): Promise<TokenResult>
  /** The claims of an access token; a key instead of one stands for the key that the socket came with. */
  fromAccessToken(token: string | undefined, key: string): Promise<TokenResult>
  isKey(token: string): boolean
}

export function createTokens({ jwtSecret, publishableKey, secretKey, exchange }: Keys): Tokens {
  const secret = new TextEncoder().encode(jwtSecret)
  const isKey = (token: string) => token.startsWith('sb_') || token === publishableKey || token === secretKey
  const check = async (token: string) => verify((await exchange?.(token)) ?? token, secret)
  const fromKey = async (key: string): Promise<TokenResult> => {
    if (key === publishableKey) return { claims: { role: 'anon' } }
    if (key === secretKey) return { claims: { role: 'service_role' } }
    return await check(key)
  }
  return {
    isKey,
    fromKey,
    fromAccessToken: (token, key) => (token === undefined || isKey(token) ? fromKey(key) : check(token)),
  }
}

/** Seconds since the token stopped being valid, as the platform words it. */
export function expiredMessage(exp: number): string {
  return `Token has expired ${Math.max(0, Math.floor(Date.now() / 1000) - exp)} seconds ago`
}

async function verify(token: string, secret: Uint8Array): Promise<TokenResult> {
  try {
    const { payload } = await jwtVerify(token.replace(/\s/g, ''), secret, { algorithms: ['HS256'] })
    const { role, exp } = payload
    if (typeof role !== 'string' || typeof exp !== 'number') {
      return { code: 'InvalidJWTToken', message: 'Fields `role` and `exp` are required in JWT' }
    }
    return { claims: { ...payload, role, exp } }
  } catch (error) {
    if (error instanceof errors.JWTExpired) {
      return { code: 'InvalidJWTToken', message: expiredMessage(error.payload.exp ?? 0) }
    }
    if (error instanceof errors.JWSSignatureVerificationFailed) {
      return { code: 'JwtSignatureError', message: 'Failed to validate JWT signature' }
    }
    if (error instanceof errors.JOSEAlgNotAllowed) {
      return { code: 'JwtSignerError', message: 'Failed to generate JWT signer, only HS256 is accepted here' }
    }
    return { code: 'MalformedJWT', message: 'The token provided is not a valid JWT' }
  }
}
