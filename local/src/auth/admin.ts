import type postgres from 'postgres'
import type { Keys } from '../keys.ts'
import type { StackConfig } from '../project/config.ts'
import { type AuthFailure, authFailure, requireServiceRole } from './access.ts'
import { createUser } from './create-user.ts'
import { deleteUser } from './delete-user.ts'
import { updateUser } from './update-user.ts'
import type { UserAttributes } from './user-attributes.ts'
import { findUser, listUsers } from './users.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** `/auth/v1/admin/users`, what `auth.admin` of supabase-js calls. */
export function adminUsers(
  sql: postgres.Sql,
  keys: Keys,
  { auth }: StackConfig,
): (request: Request) => Promise<Response> {
  return async (request) => {
    try {
      await requireServiceRole(request, keys)
      return await route(sql, request, auth.minimumPasswordLength)
    } catch (error) {
      const failure = asFailure(error)
      const { status, code, message } = failure
      return Response.json(
        { code: status, error_code: code, msg: message },
        { status, headers: { 'x-sb-error-code': code } },
      )
    }
  }
}

async function route(sql: postgres.Sql, request: Request, passwordLength: number): Promise<Response> {
  const url = new URL(request.url)
  const [, id] = /^\/auth\/v1\/admin\/users(?:\/([^/]+))?$/.exec(url.pathname) ?? [undefined, undefined]
  if (!url.pathname.startsWith('/auth/v1/admin/users')) {
    throw authFailure(404, 'not_found', `the local stack has no ${url.pathname}`)
  }
  if (id === undefined) {
    if (request.method === 'GET') return await listUsers(sql, url)
    if (request.method === 'POST')
      return Response.json(await createUser(sql, await attributes(request), passwordLength))
    throw authFailure(405, 'bad_method', `${request.method} is not answered here`)
  }
  if (!UUID.test(id)) throw authFailure(400, 'validation_failed', 'user_id must be an UUID')
  if (request.method === 'GET') return Response.json(await findUser(sql, id))
  if (request.method === 'PUT')
    return Response.json(await updateUser(sql, id, await attributes(request), passwordLength))
  if (request.method === 'DELETE') {
    const { should_soft_delete: soft } = (await request.json().catch(() => ({}))) as {
      should_soft_delete?: boolean
    }
    await deleteUser(sql, id, soft === true)
    return Response.json({})
  }
  throw authFailure(405, 'bad_method', `${request.method} is not answered here`)
}

async function attributes(request: Request): Promise<UserAttributes> {
  const body = (await request.json().catch(() => undefined)) as UserAttributes | undefined
  if (!body || typeof body !== 'object') throw authFailure(400, 'bad_json', 'Could not read the body as JSON')
  return body
}

function asFailure(error: unknown): AuthFailure {
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
  if (code === '23505' && constraint?.includes('phone')) {
    return {
      status: 422,
      code: 'phone_exists',
      message: 'A user with this phone number has already been registered',
    }
  }
  // A trigger or a foreign key of the application: the platform hides the reason, a development stack shows it.
  return { status: 500, code: 'unexpected_failure', message: `Database error: ${message}` }
}
