import { call, nothing } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { type Paged, type PageOptions, paged, pageOptions, readCursor, writeCursor } from '../core/page.ts'
import { calledWith, metadata, parseInput } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { list, nullable, row, text, tuple } from '../core/shape.ts'
import { onlyOptions, removeAvatar } from './avatar.ts'

/** A row of one's own data, as the database has it. */
export interface ExportedRow {
  /** Where it is from: `auth.users`, `public.profile_details`, `public.messages`, … */
  table: string
  row: Record<string, unknown>
}

const place = row({ table: text(), key: text() })
const exportInput = calledWith({}, pageOptions)
const exportAnswer = row({ items: list(row({ table: text(), row: metadata })), next: nullable(place) })

/**
 * One's own data, row by row: account, profile with its parts, memberships in conversations, messages sent, songs. A page
 * may hold fewer rows than asked for where they are large.
 *
 * @throws `not_signed_in`, `account_not_found`, `invalid_input`, `invalid_cursor`.
 * @example
 * ```ts
 * const rows = []
 * for await (const row of tertulia.profiles.exportAccount()) rows.push(row)
 * const file = new Blob([JSON.stringify(rows, null, 2)], { type: 'application/json' })
 * ```
 */
export function exportAccount(context: Context, options?: PageOptions & CallOptions): Paged<ExportedRow> {
  const operation = 'profiles.exportAccount'
  return paged(async (next) => {
    const { limit, cursor } = parseInput(operation, exportInput, [options])
    const after = readCursor(operation, operation, tuple(place), next ?? cursor)
    const input = { limit, after: after?.[0] }
    const { items, next: last } = await call(
      context,
      operation,
      options,
      'export_account',
      input,
      exportAnswer,
    )
    return { items, nextCursor: last && writeCursor(operation, last) }
  })
}

/**
 * Deletes one's account for good, and signs out here. Identity, sessions, profile, picture and songs go; conversations of
 * others stay whole, with an empty profile where one was. Ask first: there is no way back.
 *
 * @throws `account_in_use` when something of the app's own refers to the account and does not let go, `account_not_found`,
 * `not_signed_in`.
 * @example
 * ```ts
 * if (confirm('Delete your account for good?')) await tertulia.profiles.deleteAccount()
 * ```
 */
export async function deleteAccount(context: Context, options?: CallOptions): Promise<void> {
  parseInput('profiles.deleteAccount', onlyOptions, [options])
  // Files go through Storage, and as long as there is somebody to own them.
  await removeAvatar(context, options)
  await call(context, 'profiles.deleteAccount', options, 'delete_account', {}, nothing)
  try {
    await context.supabase.auth.signOut({ scope: 'local' })
  } catch {
    // A client with third-party tokens has no session of its own to end.
  }
}
