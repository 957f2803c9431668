import { createHash } from 'node:crypto'
import { authFailure } from './access.ts'
import type { AuthContext } from './context.ts'
import { authUrl, readBody, textOf } from './request.ts'
import { type Method, startSession } from './sessions.ts'

interface Flow {
  id: string
  user_id: string
  code_challenge: string
  code_challenge_method: string
  authentication_method: string
  expired: boolean
  provider_access_token: string | null
  provider_refresh_token: string | null
}

/** `POST /token?grant_type=pkce`: a code is exchanged once, by whoever holds the verifier. */
export async function exchangeCode(context: AuthContext, request: Request): Promise<Response> {
  const body = await readBody(request, ['auth_code', 'code_verifier'])
  const code = textOf(body, 'auth_code')
  const verifier = textOf(body, 'code_verifier')
  if (code === '' || verifier === '') {
    throw authFailure(
      400,
      'validation_failed',
      'invalid request: both auth code and code verifier should be non-empty',
    )
  }
  return await context.sql.begin(async (sql) => {
    const [flow] = await sql<Flow[]>`
      select id, user_id, code_challenge, code_challenge_method, authentication_method, provider_access_token,
        provider_refresh_token, coalesce(auth_code_issued_at, created_at) < now() - interval '5 minutes' as expired
      from auth.flow_state where auth_code = ${code} and user_id is not null for update`
    if (!flow) {
      throw authFailure(404, 'flow_state_not_found', 'invalid flow state, no valid flow state found')
    }
    if (flow.expired)
      throw authFailure(422, 'flow_state_expired', 'invalid flow state, flow state has expired')
    const shown =
      flow.code_challenge_method === 'plain'
        ? verifier
        : createHash('sha256').update(verifier).digest('base64url')
    if (shown !== flow.code_challenge) {
      throw authFailure(
        400,
        'bad_code_verifier',
        'code challenge does not match previously saved code verifier',
      )
    }
    await sql`delete from auth.flow_state where id = ${flow.id}`
    const method = flow.authentication_method as Method
    const session = await startSession(context, sql, flow.user_id, method, authUrl(request))
    const { provider_access_token: provider, provider_refresh_token: refresh } = flow
    return Response.json({
      ...session,
      ...(provider && { provider_token: provider }),
      ...(refresh && { provider_refresh_token: refresh }),
    })
  })
}
