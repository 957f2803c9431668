import { type ApiKeyResolver, App, InMemoryEmailDriver } from '@supabase/lite'
import { createPostgresConnection } from '@supabase/lite/postgres'
import { type Keys, roleOfKey } from '../keys.ts'
import type { StackConfig } from '../project/config.ts'

export interface Lite {
  /** Answers what `/auth/v1` asks of passwords and sessions. */
  fetch(request: Request, peerAddress: string | null): Promise<Response>
  close(): Promise<void>
}

/** @supabase/lite for passwords and sessions. `url`: as the owner of the tables of Auth. */
export function startLite(url: string, config: StackConfig, keys: Keys): Lite {
  const resolver: ApiKeyResolver = async (key) => {
    const role = roleOfKey(key, keys)
    return role ? { type: role === 'anon' ? 'publishable' : 'secret', claims: { role } } : null
  }
  const connection = createPostgresConnection({
    url,
    postgresOptions: { max: 10, idle_timeout: 60, onnotice: () => undefined, types: types as never },
  })
  const app = new App({
    connection,
    auth: authConfig(config, keys),
    options: {
      server: { apiKeys: { resolver }, disableStudio: true },
      // No call that sends a mail reaches it.
      drivers: { email: new InMemoryEmailDriver({ maxKeepCount: 1 }) },
    },
  })
  return {
    fetch: async (request, peerAddress) => await app.fetch(request, { peerAddress }),
    close: () => connection.close(),
  }
}

/** Times as the platform writes them, and JSON that is encoded once. */
const types = {
  timestamptz: { to: 1184, from: [1184], serialize: String, parse: isoTimestamp },
  timestamp: { to: 1114, from: [1114], serialize: String, parse: isoTimestamp },
  bigint: { to: 20, from: [20], serialize: String, parse: Number },
  json: { to: 114, from: [114], serialize: encodeOnce, parse: JSON.parse },
  jsonb: { to: 3802, from: [3802], serialize: encodeOnce, parse: JSON.parse },
}

/** lite hands metadata over as text that is encoded already and has its driver encode it a second time. */
function encodeOnce(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  try {
    JSON.parse(value)
    return value
  } catch {
    return JSON.stringify(value)
  }
}

function isoTimestamp(text: string): string {
  return text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')
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
