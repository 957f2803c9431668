import { type ApiKeyResolver, App, type HonoContext, InMemoryEmailDriver } from '@supabase/lite'
import type { PostgresConnection } from '@supabase/lite/postgres'
import type { MiddlewareHandler } from 'hono'
import { type Keys, roleOfKey } from '../keys.ts'
import type { StackConfig } from '../project/config.ts'
import { catalogueOf } from './catalogue.ts'
import { apiConnection } from './connection.ts'
import { requestContext } from './context.ts'
import { currentRequest } from './current-request.ts'
import { withoutFalseJunctions } from './junctions.ts'
import { profiles } from './profiles.ts'
import { rebuilt } from './rebuilt.ts'
import type { ApiSettings } from './settings.ts'

export interface Lite {
  /** Answers `/rest/v1`, as the role of the request's key or token. */
  rest(request: Request, peerAddress: string | null): Promise<Response>
  /** Answers what `/auth/v1` asks of passwords and sessions. */
  auth(request: Request, peerAddress: string | null): Promise<Response>
  /** The API looks at the schema again; every change of it also does this by itself. */
  reloadSchema(): void
  close(): Promise<void>
}

export interface LiteOptions {
  /** As which role to connect, and where. */
  urlAs: (role: string) => string
  config: StackConfig
  keys: Keys
}

/**
 * @supabase/lite twice: REST connects as `authenticator`, which can only become a role of the API, and Auth as the
 * owner of its tables.
 */
export async function startLite({ urlAs, config, keys }: LiteOptions): Promise<Lite> {
  const resolver: ApiKeyResolver = async (key) => {
    const role = roleOfKey(key, keys)
    return role ? { type: role === 'anon' ? 'publishable' : 'secret', claims: { role } } : null
  }
  const auth = authConfig(config, keys)
  const server = { apiKeys: { resolver }, disableStudio: true }

  const restConnection = apiConnection(urlAs('authenticator'))
  const catalogue = await catalogueOf(urlAs('postgres'))
  const { schemas, maxRows, extraSearchPath } = config.api
  // `authenticator` has no right of its own and so sees no table in the catalogue: `postgres` reads it.
  const connections = schemas.map((schema) => {
    const connection = Object.assign(Object.create(restConnection) as PostgresConnection, {
      introspect: async () => {
        const known = await catalogue.read(schema)
        const request = currentRequest.getStore()
        return request ? withoutFalseJunctions(known, request.url) : known
      },
    })
    const searchPath = [schema, ...extraSearchPath]
      .map((name) => `"${name.replaceAll('"', '""')}"`)
      .join(', ')
    connection.withContext = requestContext(connection, searchPath, catalogue.settings)
    return [schema, connection] as const
  })
  const appsFor = (settings: ApiSettings) =>
    new Map(
      connections.map(([schema, connection]) => {
        const api = {
          enabled: true,
          schemas,
          max_rows: settings.maxRows ?? maxRows,
          aggregates_enabled: settings.aggregates,
          plan_enabled: settings.plan,
          // As the platform, whose API loads `safeupdate`.
          pg_safe_update: true,
        }
        const options = { server: { ...server, middlewares: [statelessTokens] } }
        return [schema, new App({ connection, auth, api, options })] as const
      }),
    )
  const rest = profiles(appsFor, catalogue)

  const authConnection = apiConnection(urlAs('supabase_auth_admin'))
  const authApp = new App({
    connection: authConnection,
    auth,
    // No call that sends a mail reaches it.
    options: { server, drivers: { email: new InMemoryEmailDriver({ maxKeepCount: 1 }) } },
  })

  return {
    rest: (request, peerAddress) => rest(withKey(request, keys.publishableKey), peerAddress),
    auth: (request, peerAddress) => authApp.fetch(request, { peerAddress }),
    reloadSchema: catalogue.forget,
    close: async () => {
      await Promise.all([restConnection.close(), authConnection.close(), catalogue.close()])
    },
  }
}

/** As PostgREST, and unlike lite, REST believes a valid token without looking its user and session up. */
const statelessTokens: MiddlewareHandler<HonoContext> = async (context, next) => {
  const found = async () => ({})
  context.set('authService', { repo: { findUserById: found, findSessionById: found } } as never)
  await next()
}

/** As the Supabase CLI, whose gateway lets a request without a key through: the role is `anon`, or that of its token. */
function withKey(request: Request, key: string): Request {
  if (request.headers.has('apikey') || new URL(request.url).searchParams.has('apikey')) return request
  const headers = new Headers(request.headers)
  headers.set('apikey', key)
  return rebuilt(request, { headers })
}

function authConfig({ auth }: StackConfig, keys: Keys) {
  return {
    enabled: true,
    jwt_secret: keys.jwtSecret,
    jwt_expiry: auth.jwtExpiry,
    publishable_key: keys.publishableKey,
    secret_key: keys.secretKey,
    enable_signup: auth.enableSignup,
    minimum_password_length: auth.minimumPasswordLength,
    site_url: auth.siteUrl,
    additional_redirect_urls: auth.additionalRedirectUrls,
    email: {
      enable_signup: auth.enableSignup,
      enable_confirmations: auth.enableConfirmations,
      max_frequency: '0s',
    },
  }
}
