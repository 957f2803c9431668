import { call, nothing } from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import { type Paged, type PageOptions, paged, pageOptions, readCursor, writeCursor } from '../../core/page.ts'
import { calledWith, metadata, parseInput } from '../../core/parse.ts'
import type { CallOptions } from '../../core/run.ts'
import { list, nullable, row, text, tuple } from '../../core/shape.ts'
import { onlyOptions, removeAvatar } from './avatar.ts'

/** A row of your own data. */
export interface ExportedRow {
  /** The table it is from: `auth.users`, `public.profile_details`, `public.messages`, … */
  table: string
  /** The columns as the database has them. */
  row: Record<string, unknown>
}

const place = row({ table: text(), key: text() })
const exportInput = calledWith({}, pageOptions)
const exportAnswer = row({ items: list(row({ table: text(), row: metadata })), next: nullable(place) })

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

export async function deleteAccount(context: Context, options?: CallOptions): Promise<void> {
  parseInput('profiles.deleteAccount', onlyOptions, [options])
  // Files are removed through Storage, while their owner still exists.
  await removeAvatar(context, options)
  await call(context, 'profiles.deleteAccount', options, 'delete_account', {}, nothing)
  try {
    await context.supabase.auth.signOut({ scope: 'local' })
  } catch {
    // A client with third-party tokens has no session of its own to end.
  }
}
