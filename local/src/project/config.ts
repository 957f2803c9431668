import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type MailTemplates, readTemplates } from './templates.ts'
import { readToml, type TomlValue } from './toml.ts'
import { accessTokenHook, unfollowedSettings } from './unfollowed.ts'

/** What of a project's `config.toml` the local stack follows; the rest belongs to services that it does not have. */
export interface StackConfig {
  api: {
    port: number
    schemas: string[]
    /** Searched after the schema of a request. */
    extraSearchPath: string[]
    maxRows: number
    /** `auto_expose_new_tables`; when it is not set, the classic grants stand. */
    exposeNewTables: boolean
  }
  db: { port: number; migrationsEnabled: boolean; seedEnabled: boolean; seedPaths: string[] }
  /** Where mails can be read. */
  mail: { port: number }
  auth: {
    /** Seconds. */
    jwtExpiry: number
    /** Empty: tokens are signed with the shared secret. */
    signingKeysPath: string
    enableSignup: boolean
    enableAnonymous: boolean
    enableEmailSignup: boolean
    enableConfirmations: boolean
    /** A change of address is confirmed at the old one as well. */
    doubleConfirmChanges: boolean
    /** A new password needs a session of the last day, or a code. */
    securePasswordChange: boolean
    /** Digits of a code. */
    otpLength: number
    /** Seconds that a code and a link live. */
    otpExpiry: number
    /** Seconds between two mails of a kind to one user. */
    maxFrequency: number
    templates: MailTemplates
    /** A function of the database that changes the claims of a token. */
    accessTokenHook: { schema: string; name: string } | undefined
    totpEnroll: boolean
    totpVerify: boolean
    minimumPasswordLength: number
    siteUrl: string
    additionalRedirectUrls: string[]
  }
  storage: {
    /** Bytes. */
    fileSizeLimit: number
    buckets: BucketConfig[]
  }
  /** Settings that ask for something which is not there. */
  unfollowed: string[]
}

/** `[storage.buckets.<id>]` */
export interface BucketConfig {
  id: string
  public: boolean
  /** Bytes; null for the limit of all. */
  fileSizeLimit: number | null
  /** Null takes every type. */
  allowedMimeTypes: string[] | null
}

/** The project's settings, and the defaults of the Supabase CLI for what it leaves open. */
export async function readConfig(workdir: string): Promise<StackConfig> {
  const text = await readFile(join(workdir, 'supabase', 'config.toml'), 'utf8').catch(() => '')
  const values = readToml(text)
  const get = <Value extends TomlValue>(key: string, fallback: Value): Value => {
    const value = values[key]
    return typeof value === typeof fallback && Array.isArray(value) === Array.isArray(fallback)
      ? (value as Value)
      : fallback
  }
  return {
    mail: { port: get('local_smtp.port', get('inbucket.port', 54324)) },
    api: {
      port: get('api.port', 54321),
      schemas: get('api.schemas', ['public']).filter((schema) => schema !== 'graphql_public'),
      extraSearchPath: get('api.extra_search_path', ['public', 'extensions']),
      maxRows: get('api.max_rows', 1000),
      exposeNewTables: get('api.auto_expose_new_tables', true),
    },
    db: {
      port: get('db.port', 54322),
      migrationsEnabled: get('db.migrations.enabled', true),
      seedEnabled: get('db.seed.enabled', true),
      seedPaths: get('db.seed.sql_paths', ['./seed.sql']),
    },
    auth: {
      jwtExpiry: get('auth.jwt_expiry', 3600),
      signingKeysPath: get('auth.signing_keys_path', ''),
      enableSignup: get('auth.enable_signup', true),
      enableAnonymous: get('auth.enable_anonymous_sign_ins', false),
      enableEmailSignup: get('auth.email.enable_signup', true),
      enableConfirmations: get('auth.email.enable_confirmations', false),
      doubleConfirmChanges: get('auth.email.double_confirm_changes', true),
      securePasswordChange: get('auth.email.secure_password_change', false),
      otpLength: get('auth.email.otp_length', 6),
      otpExpiry: get('auth.email.otp_expiry', 3600),
      maxFrequency: seconds(get('auth.email.max_frequency', '0s')),
      templates: await readTemplates(workdir, values),
      accessTokenHook: accessTokenHook(values),
      totpEnroll: get('auth.mfa.totp.enroll_enabled', false),
      totpVerify: get('auth.mfa.totp.verify_enabled', false),
      minimumPasswordLength: get('auth.minimum_password_length', 6),
      siteUrl: get('auth.site_url', 'http://127.0.0.1:3000'),
      additionalRedirectUrls: get('auth.additional_redirect_urls', []),
    },
    storage: { fileSizeLimit: bytes(get('storage.file_size_limit', '50MiB')), buckets: readBuckets(values) },
    unfollowed: unfollowedSettings(values),
  }
}

function readBuckets(values: Record<string, TomlValue>): BucketConfig[] {
  const names = Object.keys(values).map((key) => /^storage\.buckets\.(.+)\.\w+$/.exec(key)?.[1])
  const known = new Set(names.filter((name) => name !== undefined))
  return [...known].map((name) => {
    const limit = values[`storage.buckets.${name}.file_size_limit`]
    const types = values[`storage.buckets.${name}.allowed_mime_types`]
    return {
      id: name.replaceAll('"', ''),
      public: values[`storage.buckets.${name}.public`] === true,
      fileSizeLimit: typeof limit === 'string' && limit !== '' ? bytes(limit) : null,
      allowedMimeTypes: Array.isArray(types) && types.length > 0 ? types : null,
    }
  })
}

/** '1m30s' → 90 */
function seconds(duration: string): number {
  const units = { h: 3600, m: 60, s: 1, ms: 0.001 }
  const parts = [...duration.matchAll(/([\d.]+)(h|ms|m|s)/g)]
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * units[unit as keyof typeof units], 0)
}

/** '50MiB' → 52428800 */
export function bytes(size: string): number {
  const [, amount, unit = ''] = /^([\d.]+)\s*([kmg]?i?)b?$/i.exec(size.trim()) ?? []
  const base = unit.toLowerCase().endsWith('i') ? 1024 : 1000
  const power = ['', 'k', 'm', 'g'].indexOf(unit.toLowerCase().replace('i', ''))
  return Math.floor(Number(amount ?? 0) * base ** Math.max(power, 0))
}
