import { readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { calculateJwkThumbprint, decodeProtectedHeader, importJWK, type JWK, jwtVerify, SignJWT } from 'jose'
import type { Keys } from './keys.ts'
import { stackError } from './stack-error.ts'

/** The keys of `auth.signing_keys_path`: Auth signs with the first, and every one of them is believed. */
export interface SigningKeys {
  sign(claims: Record<string, unknown>): Promise<string>
  /** What `/auth/v1/.well-known/jwks.json` shows. */
  published: JWK[]
  /** The same claims as a token of the shared secret, which all services read; undefined when the token is none of these. */
  exchange(token: string): Promise<string | undefined>
}

export async function readSigningKeys(
  workdir: string,
  path: string,
  keys: Keys,
): Promise<SigningKeys | undefined> {
  if (path === '') return undefined
  const jwks = await readKeys(workdir, path)
  const ready = await Promise.all(
    jwks.map(async ({ key_ops: _, use: __, ...jwk }) => {
      // The CLI writes both uses of a key into one, which the runtime takes for a contradiction.
      const { alg = 'ES256', kid = await calculateJwkThumbprint(jwk) } = jwk
      const published = publicPart({ ...jwk, alg, kid })
      return { alg, kid, published, secret: await importJWK(jwk, alg), open: await importJWK(published, alg) }
    }),
  )
  const [first] = ready
  if (!first) return undefined
  return {
    published: ready.map(({ published }) => published),
    sign: (claims) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: first.alg, kid: first.kid, typ: 'JWT' })
        .sign(first.secret),
    exchange: async (token) => {
      const { alg, kid } = headerOf(token)
      const key = ready.find((candidate) => candidate.alg === alg && (!kid || candidate.kid === kid))
      if (!key) return undefined
      const verified = await jwtVerify(token, key.open, { algorithms: [key.alg] }).catch(() => undefined)
      if (!verified) return undefined
      const { payload } = verified
      // Without a user it stands for one of the project's keys.
      if (!payload.sub && payload.role === 'anon') return keys.anonKey
      if (!payload.sub && payload.role === 'service_role') return keys.serviceRoleKey
      return await new SignJWT(payload)
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .sign(new TextEncoder().encode(keys.jwtSecret))
    },
  }
}

function headerOf(token: string): { alg?: string; kid?: string } {
  try {
    return decodeProtectedHeader(token)
  } catch {
    return {}
  }
}

async function readKeys(workdir: string, path: string): Promise<JWK[]> {
  const hint = 'make them with: supabase gen signing-key'
  const places = isAbsolute(path) ? [path] : [join(workdir, 'supabase', path), join(workdir, path)]
  for (const place of places) {
    const text = await readFile(place, 'utf8').catch(() => undefined)
    if (text === undefined) continue
    try {
      const keys: unknown = JSON.parse(text)
      if (Array.isArray(keys)) return keys as JWK[]
    } catch {
      // Said below.
    }
    throw stackError('workdir_invalid', `unable to read ${path}; it is no list of keys`, { hint })
  }
  throw stackError('workdir_invalid', `unable to read ${path}; config.toml names it in signing_keys_path`, {
    hint,
  })
}

function publicPart({ kty, n, e, crv, x, y, alg, kid }: JWK): JWK {
  const parts = { kty, n, e, crv, x, y, alg, kid, use: 'sig', key_ops: ['verify'] }
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as JWK
}

/** The request as the services read it: tokens of these keys are replaced by tokens of the shared secret. */
export async function exchangeTokens(request: Request, signing: SigningKeys): Promise<Request> {
  const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  const [authorization, apikey] = await Promise.all(
    [bearer, request.headers.get('apikey')].map((token) => (token ? signing.exchange(token) : undefined)),
  )
  if (!authorization && !apikey) return request
  const headers = new Headers(request.headers)
  if (authorization) headers.set('authorization', `Bearer ${authorization}`)
  if (apikey) headers.set('apikey', apikey)
  const hasBody = request.method !== 'GET' && request.method !== 'HEAD'
  const init = { method: request.method, headers, body: hasBody ? request.body : null, duplex: 'half' }
  return new Request(request.url, init as RequestInit)
}
