import type { PostgresConnection } from '@supabase/lite/postgres'
import { type CurrentRequest, cookiesOf, currentRequest } from './current-request.ts'
import { postgrestError } from './errors.ts'
import { checkAffected, checkCountable, isRefusal } from './max-affected.ts'
import { preferencesOf } from './preferences.ts'
import type { ApiSettings } from './settings.ts'

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
export function requestContext(
  connection: PostgresConnection,
  searchPath: string,
  readSettings: () => Promise<ApiSettings>,
): WithContext {
  const run: WithContext = async (vars, handle, options) => {
    const auth = (vars?.auth ?? {}) as Auth
    const role = auth.role ?? 'anon'
    const { rpc } = options ?? {}
    try {
      const { ofRole, preRequest, txEnd } = await readSettings()
      const settings: [string, string][] = [
        ['search_path', searchPath],
        ...(ofRole.get(role) ?? []),
        ['role', role],
        ['request.jwt.claims', JSON.stringify(auth.jwt ?? { role })],
        ...requestSettings(currentRequest.getStore()),
        ...(await preferredTimezone(connection, currentRequest.getStore())),
      ]
      return await connection.kysely.transaction().execute(async (transaction) => {
        // Without parameters it is one exchange with the database, in place of two.
        const query = transaction.selectNoFrom((build) => build.lit(1).as('one')).compile()
        await transaction.executeQuery({
          ...query,
          sql: `select ${settings.map(setLocally).join(', ')}`,
          parameters: [],
        })
        if (preRequest)
          await transaction.selectNoFrom((build) => build.fn(preRequest, []).as('done')).execute()
        if (rpc) await checkCountable(connection, rpc)
        const answer = await handle(transaction)
        // Thrown, so that what the function changed is rolled back.
        if (rpc && answer instanceof Response) checkAffected(rpc, answer)
        if (rollsBack(txEnd, currentRequest.getStore())) throw new RolledBack(answer)
        return answer
      })
    } catch (error) {
      if (error instanceof RolledBack) return error.answer as Awaited<ReturnType<typeof handle>>
      const answer = isRefusal(error) ? error.response : postgrestError(error, role)
      // The caller hands on whatever response it gets from here.
      if (answer) return answer as Awaited<ReturnType<typeof handle>>
      throw error
    }
  }
  return run
}

const setLocally = ([name, value]: [string, string]) =>
  `pg_catalog.set_config(${quoted(name)}, ${quoted(value)}, true)`

/** Text as a literal, whatever `standard_conforming_strings` says. */
const quoted = (text: string) => `E'${text.replace(/['\\]/g, '\\$&')}'`

/** Carries the answer out of a transaction that leaves nothing behind. */
class RolledBack extends Error {
  readonly answer: unknown
  constructor(answer: unknown) {
    super('rolled back')
    this.answer = answer
  }
}

/** `Prefer: tx=rollback`, where `pgrst.db_tx_end` lets a request choose. */
function rollsBack(
  { rollback, mayChoose }: ApiSettings['txEnd'],
  request: CurrentRequest | undefined,
): boolean {
  const asked = request && preferencesOf(new Headers(request.headers)).get('tx')
  return mayChoose && (asked === 'rollback' || asked === 'commit') ? asked === 'rollback' : rollback
}

function requestSettings(request: CurrentRequest | undefined): [string, string][] {
  if (!request) return []
  return [
    ['request.method', request.method],
    ['request.path', request.path],
    ['request.headers', JSON.stringify(request.headers)],
    ['request.cookies', JSON.stringify(cookiesOf(request))],
    ['response.status', ''],
    ['response.headers', ''],
    // What only reads cannot write, whatever a function or the function before the request tries.
    ...(/^(GET|HEAD)$/.test(request.method) ? ([['transaction_read_only', 'on']] as [string, string][]) : []),
  ]
}

/** `Prefer: timezone=…`; one that PostgreSQL does not know is passed over. */
async function preferredTimezone(
  connection: PostgresConnection,
  request: CurrentRequest | undefined,
): Promise<[string, string][]> {
  const zone = request && preferencesOf(new Headers(request.headers)).get('timezone')
  if (!zone) return []
  const { timezones } = await connection.introspect()
  return timezones?.includes(zone) ? [['timezone', zone]] : []
}
