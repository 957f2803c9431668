import { jwtVerify } from 'jose'
import type postgres from 'postgres'
import { type Keys, roleOfKey } from '../keys.ts'
import { accessDenied } from './failures.ts'

/** In whose name a request reads and writes: the policies of `storage` decide. */
export interface Caller {
  role: string
  /** The user, if it is one. */
  sub: string | null
  claims: Record<string, unknown>
}

export async function callerOf(request: Request, keys: Keys): Promise<Caller> {
  const bearer = request.headers.get('authorization')?.replace(/^Bearer\s+/i, '')
  const key = request.headers.get('apikey')
  const role = roleOfKey(bearer, keys) ?? (bearer ? undefined : roleOfKey(key, keys))
  if (role) return { role, sub: null, claims: { role } }
  // The Supabase CLI's gateway hands Storage an empty token where a request has none.
  if (!bearer) throw accessDenied('Invalid Compact JWS')
  const secret = new TextEncoder().encode(keys.jwtSecret)
  const { payload } = await jwtVerify(bearer, secret, { algorithms: ['HS256'] }).catch((error: Error) => {
    throw accessDenied(error.message)
  })
  return { role: String(payload.role ?? 'anon'), sub: payload.sub ?? null, claims: payload }
}

/** One transaction as the caller; `operation` is what `storage.operation()` tells the policies. */
export async function asCaller<Result>(
  sql: postgres.Sql,
  caller: Caller,
  operation: string,
  run: (transaction: postgres.TransactionSql) => Promise<Result>,
): Promise<Result> {
  const result = await sql.begin(async (transaction) => {
    await transaction`
      select
        set_config('role', ${caller.role}, true),
        set_config('request.jwt.claims', ${JSON.stringify(caller.claims)}, true),
        set_config('request.jwt.claim.sub', ${caller.sub ?? ''}, true),
        set_config('request.jwt.claim.role', ${caller.role}, true),
        set_config('storage.operation', ${`storage.${operation}`}, true),
        set_config('storage.allow_delete_query', 'true', true)`
    return await run(transaction)
  })
  return result as Result
}
