import type postgres from 'postgres'
import { type AuthFailure, authFailure, requireServiceRole } from './access.ts'
import type { AuthContext } from './context.ts'
import { createUser } from './create-user.ts'
import { deleteUser } from './delete-user.ts'
import { removeFactor } from './factors.ts'
import { generateLink } from './links.ts'
import { updateUser } from './update-user.ts'
import { readAttributes, UUID } from './user-attributes.ts'
import { findUser, listUsers } from './users.ts'

/** `/auth/v1/admin`, what `auth.admin` of supabase-js calls. */
export async function answerAdmin(context: AuthContext, request: Request): Promise<Response> {
  const { sql, keys, config } = context
  await requireServiceRole(request, keys)
  const url = new URL(request.url)
  if (url.pathname === '/auth/v1/admin/generate_link') {
    if (request.method === 'POST') return await generateLink(context, request)
    throw badMethod(request.method)
  }
  return await users(sql, request, url, config.auth.minimumPasswordLength)
}

async function users(
  sql: postgres.Sql,
  request: Request,
  url: URL,
  passwordLength: number,
): Promise<Response> {
  const [, id, rest = ''] = /^\/auth\/v1\/admin\/users(?:\/([^/]+)(\/.+)?)?\/?$/.exec(url.pathname) ?? []
  if (!/^\/auth\/v1\/admin\/users(\/|$)/.test(url.pathname)) {
    throw authFailure(404, 'not_found', `Supabase Auth has no ${url.pathname}`)
  }
  const { method } = request
  if (id === undefined) {
    if (method === 'GET') return await listUsers(sql, url)
    if (method === 'POST') return Response.json(await createUser(sql, await readAttributes(request)))
    throw badMethod(method)
  }
  if (!UUID.test(id)) throw authFailure(404, 'validation_failed', 'user_id must be an UUID')
  if (rest !== '') return await factors(sql, id, rest, method)
  if (method === 'GET') return Response.json(await findUser(sql, id))
  if (method === 'PUT')
    return Response.json(await updateUser(sql, id, await readAttributes(request), passwordLength))
  if (method === 'DELETE') {
    const { should_soft_delete: soft } = (await request.json().catch(() => ({}))) as {
      should_soft_delete?: boolean
    }
    await deleteUser(sql, id, soft === true)
    return Response.json({})
  }
  throw badMethod(method)
}

async function factors(sql: postgres.Sql, id: string, rest: string, method: string): Promise<Response> {
  const match = /^\/factors(?:\/([^/]+))?\/?$/.exec(rest)
  if (!match) throw authFailure(404, 'not_found', `Supabase Auth has no users/…${rest}`)
  const [, factor] = match
  await findUser(sql, id)
  const found = await sql`
    select id, friendly_name, factor_type, status, created_at, updated_at from auth.mfa_factors
    where user_id = ${id} order by created_at`
  if (factor === undefined && method === 'GET') return Response.json([...found])
  if (factor === undefined) throw badMethod(method)
  if (!UUID.test(factor)) throw authFailure(404, 'validation_failed', 'factor_id must be an UUID')
  const wanted = found.find((candidate) => candidate.id === factor)
  if (!wanted) throw authFailure(404, 'mfa_factor_not_found', 'Factor not found')
  if (method !== 'DELETE') throw badMethod(method)
  await removeFactor(sql, factor)
  return Response.json(wanted)
}

const badMethod = (method: string) => authFailure(405, 'bad_method', `${method} is not answered here`)

export function asFailure(error: unknown): AuthFailure {
  if (error instanceof Error && 'status' in error) return error as Error & AuthFailure
  const {
    code,
    message,
    constraint_name: constraint,
  } = error as { code?: string; message: string; constraint_name?: string }
  if (code === '23505' && constraint === 'users_email_partial_key') {
    return {
      status: 422,
      code: 'email_exists',
      message: 'A user with this email address has already been registered',
    }
  }
  if (code === '23505' && constraint === 'users_pkey') {
    return { status: 422, code: 'user_already_exists', message: 'A user with this id exists already' }
  }
  if (code === '23505' && constraint?.includes('phone')) {
    return {
      status: 422,
      code: 'phone_exists',
      message: 'Phone number already registered by another user',
    }
  }
  // A trigger or a foreign key of the application: the platform hides the reason, a development stack shows it.
  return { status: 500, code: 'unexpected_failure', message: `Database error: ${message}` }
}
