import type { PostgresConnection } from '@supabase/lite/postgres'
import { postgrestError } from './errors.ts'
import { checkAffected, isRefusal } from './max-affected.ts'

type WithContext = PostgresConnection['withContext']

interface Auth {
  role?: string
  jwt?: unknown
}

/**
 * Runs a request as PostgREST does: one transaction, one statement that becomes the role and sets the claims, every
 * error of the database answered with its code, message, details and hint. (lite's own needs six to eleven statements,
 * grants the API's roles everything where RLS is on, and knows no SQLSTATE that an application defines.)
 */
export function requestContext(connection: PostgresConnection): WithContext {
  const run: WithContext = async (vars, handle, options) => {
    const auth = (vars?.auth ?? {}) as Auth
    const role = auth.role ?? 'anon'
    const settings: [string, string][] = [
      ['role', role],
      ['request.jwt.claims', JSON.stringify(auth.jwt ?? { role })],
    ]
    const { rpc } = options ?? {}
    if (rpc) {
      settings.push(
        ['request.method', rpc.method],
        ['request.path', rpc.path],
        ['request.headers', JSON.stringify(rpc.requestHeaders ?? {})],
        ['response.status', ''],
        ['response.headers', ''],
      )
      if (rpc.readOnly) settings.push(['transaction_read_only', 'on'])
    }
    try {
      return await connection.kysely.transaction().execute(async (transaction) => {
        await transaction
          .selectNoFrom((build) =>
            settings.map(([name, value], index) =>
              build
                .fn('set_config', [build.val(name), build.val(value), build.lit(true)])
                .as(`setting_${index}`),
            ),
          )
          .execute()
        const answer = await handle(transaction)
        // Thrown, so that what the function changed is rolled back.
        if (rpc && answer instanceof Response) await checkAffected(connection, rpc, answer)
        return answer
      })
    } catch (error) {
      const answer = isRefusal(error) ? error.response : postgrestError(error, role)
      // The caller hands on whatever response it gets from here.
      if (answer) return answer as Awaited<ReturnType<typeof handle>>
      throw error
    }
  }
  return run
}
