/** What of a project's `config.toml` the local stack follows; the rest belongs to services that it does not have. */
export interface StackConfig {
  api: { port: number; schemas: string[]; maxRows: number }
  db: { port: number; seedEnabled: boolean; seedPaths: string[] }
  auth: {
    jwtExpiry: number
    enableSignup: boolean
    enableConfirmations: boolean
    minimumPasswordLength: number
    siteUrl: string
    additionalRedirectUrls: string[]
  }
  /** Bytes. */
  storage: { fileSizeLimit: number }
}

export const defaultConfig: StackConfig = {
  api: { port: 54321, schemas: ['public'], maxRows: 1000 },
  db: { port: 54322, seedEnabled: true, seedPaths: ['./seed.sql'] },
  auth: {
    jwtExpiry: 3600,
    enableSignup: true,
    enableConfirmations: false,
    minimumPasswordLength: 6,
    siteUrl: 'http://127.0.0.1:3000',
    additionalRedirectUrls: [],
  },
  storage: { fileSizeLimit: 50 * 1024 * 1024 },
}
