import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readToml, type TomlValue } from './toml.ts'
import { unfollowedSettings } from './unfollowed.ts'

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
  auth: {
    /** Seconds. */
    jwtExpiry: number
    enableSignup: boolean
    enableConfirmations: boolean
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
      enableSignup: get('auth.enable_signup', true),
      enableConfirmations: get('auth.email.enable_confirmations', false),
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

/** '50MiB' → 52428800 */
export function bytes(size: string): number {
  const [, amount, unit = ''] = /^([\d.]+)\s*([kmg]?i?)b?$/i.exec(size.trim()) ?? []
  const base = unit.toLowerCase().endsWith('i') ? 1024 : 1000
  const power = ['', 'k', 'm', 'g'].indexOf(unit.toLowerCase().replace('i', ''))
  return Math.floor(Number(amount ?? 0) * base ** Math.max(power, 0))
}
