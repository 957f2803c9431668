import type postgres from 'postgres'
import type { Keys } from '../keys.ts'
import type { Mailbox } from '../mail/mailbox.ts'
import type { StackConfig } from '../project/config.ts'
import type { SigningKeys } from '../signing-keys.ts'

/** What every call of Auth works with. */
export interface AuthContext {
  /** As the owner of the tables of Auth. */
  sql: postgres.Sql
  keys: Keys
  config: StackConfig
  signing: SigningKeys | undefined
  mailbox: Mailbox
}
