import type postgres from 'postgres'
import { authFailure } from './access.ts'
import type { Sql } from './rows.ts'

export type User = Record<string, unknown>

/** One user as Supabase Auth writes it, from the row `u`. */
const userColumns = (sql: Sql) => sql`
  jsonb_build_object(
    'id', u.id, 'aud', u.aud, 'role', u.role, 'email', coalesce(u.email, ''), 'phone', coalesce(u.phone, ''),
    'email_confirmed_at', u.email_confirmed_at, 'phone_confirmed_at', u.phone_confirmed_at, 'confirmed_at', u.confirmed_at,
    'confirmation_sent_at', u.confirmation_sent_at, 'recovery_sent_at', u.recovery_sent_at,
    'new_email', nullif(u.email_change, ''), 'email_change_sent_at', u.email_change_sent_at,
    'reauthentication_sent_at', u.reauthentication_sent_at, 'invited_at', u.invited_at, 'last_sign_in_at', u.last_sign_in_at, 'banned_until', u.banned_until,
    'deleted_at', u.deleted_at, 'created_at', u.created_at, 'updated_at', u.updated_at, 'is_anonymous', u.is_anonymous,
    'app_metadata', coalesce(u.raw_app_meta_data, '{}'), 'user_metadata', coalesce(u.raw_user_meta_data, '{}'),
    'factors', (
      select jsonb_agg(jsonb_build_object(
        'id', f.id, 'friendly_name', f.friendly_name, 'factor_type', f.factor_type, 'status', f.status,
        'created_at', f.created_at, 'updated_at', f.updated_at
      ) order by f.created_at)
      from auth.mfa_factors f where f.user_id = u.id
    ),
    'identities', coalesce((
      select jsonb_agg(jsonb_build_object(
        'identity_id', i.id, 'id', i.provider_id, 'user_id', i.user_id, 'identity_data', i.identity_data,
        'provider', i.provider, 'last_sign_in_at', i.last_sign_in_at, 'created_at', i.created_at,
        'updated_at', i.updated_at, 'email', i.email
      ) order by i.created_at)
      from auth.identities i where i.user_id = u.id
    ), '[]')
  ) as "user"`

function presentUser(row: { user: User }): User {
  return Object.fromEntries(Object.entries(row.user).filter(([, value]) => value !== null))
}

export async function findUser(sql: Sql, id: string): Promise<User> {
  const [row] = await sql<{ user: User }[]>`select ${userColumns(sql)} from auth.users u where id = ${id}`
  if (!row) throw authFailure(404, 'user_not_found', 'User not found')
  return presentUser(row)
}

/** Newest first, in pages of 50 unless told; the headers say how many there are and which pages come next and last. */
export async function listUsers(sql: postgres.Sql, url: URL): Promise<Response> {
  const page = positive(url.searchParams.get('page'), 1)
  const perPage = positive(url.searchParams.get('per_page'), 50)
  const rows = await sql<{ user: User }[]>`
    select ${userColumns(sql)} from auth.users u
    order by created_at desc, id limit ${perPage} offset ${(page - 1) * perPage}`
  const [count] = await sql<{ total: number }[]>`select count(*)::int as total from auth.users`
  const total = count?.total ?? 0
  const last = Math.max(1, Math.ceil(total / perPage))
  const link = (to: number, rel: string) => `</admin/users?page=${to}&per_page=${perPage}>; rel="${rel}"`
  const links = [...(page < last ? [link(page + 1, 'next')] : []), link(last, 'last')]
  return Response.json(
    { users: rows.map(presentUser), aud: 'authenticated' },
    { headers: { 'x-total-count': String(total), link: links.join(', ') } },
  )
}

function positive(text: string | null, fallback: number): number {
  const value = Number(text || fallback)
  if (Number.isInteger(value) && value > 0) return value
  throw authFailure(400, 'validation_failed', `Bad Pagination Parameters: ${text}`)
}
