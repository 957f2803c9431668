type Query = (text: string) => Promise<Record<string, string>[]>

/** What `alter role … set …` says to the API. */
export interface ApiSettings {
  /** `pgrst.db_max_rows`; config.toml says it otherwise. */
  maxRows?: number
  /** `pgrst.db_aggregates_enabled` */
  aggregates: boolean
  /** `pgrst.db_plan_enabled` */
  plan: boolean
  /** `pgrst.db_pre_request`: a function that runs before every request. */
  preRequest?: string
  /** `pgrst.db_tx_end`: how a request ends that says nothing, and whether it may say. */
  txEnd: { rollback: boolean; mayChoose: boolean }
  /** Settings of the roles that a request becomes, which PostgreSQL itself applies at login alone. */
  ofRole: Map<string, [name: string, value: string][]>
}

/** Settings of `authenticator` in the database count before those in all databases. */
export async function readSettings(query: Query): Promise<ApiSettings> {
  const rows = await query(`
    select r.rolname as role, split_part(entry, '=', 1) as name, substr(entry, strpos(entry, '=') + 1) as value
    from pg_db_role_setting s
    join pg_roles r on r.oid = s.setrole
    cross join unnest(s.setconfig) as entry
    where r.rolname in ('authenticator', 'anon', 'authenticated', 'service_role')
      and s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
    order by s.setdatabase`)
  const ofRole = new Map<string, [string, string][]>()
  const own = new Map<string, string>()
  for (const { role = '', name = '', value = '' } of rows) {
    if (role === 'authenticator') own.set(name, value)
    else if (APPLIED.has(name)) ofRole.set(role, [...(ofRole.get(role) ?? []), [name, value]])
  }
  const maxRows = Number(own.get('pgrst.db_max_rows') || Number.NaN)
  return {
    maxRows: Number.isInteger(maxRows) ? maxRows : undefined,
    aggregates: isOn(own.get('pgrst.db_aggregates_enabled')),
    plan: isOn(own.get('pgrst.db_plan_enabled')),
    preRequest: own.get('pgrst.db_pre_request') || undefined,
    txEnd: {
      rollback: /^rollback/.test(own.get('pgrst.db_tx_end') ?? ''),
      mayChoose: /-allow-override$/.test(own.get('pgrst.db_tx_end') ?? ''),
    },
    ofRole,
  }
}

/** Settings that any role may change for a transaction. */
const APPLIED = new Set([
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'work_mem',
  'default_transaction_isolation',
  'plan_cache_mode',
  'timezone',
])

const isOn = (value: string | undefined) => value !== undefined && /^(true|on|yes|1|t)$/i.test(value)
