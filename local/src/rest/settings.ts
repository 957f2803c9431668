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
  /** `default_transaction_isolation` of these roles. */
  isolationOfRole: Map<string, Isolation>
}

export type Isolation = 'read committed' | 'repeatable read' | 'serializable'

/** The level that the value of `default_transaction_isolation` asks for. */
export function isolationOf(value: string): Isolation {
  const level = value.toLowerCase()
  return level === 'serializable' || level === 'repeatable read' ? level : 'read committed'
}

/**
 * Settings of `authenticator` in the database count before those in all databases. Of the roles that it is a member of, those
 * in all databases count, where `authenticator` may change them.
 */
export async function readSettings(query: Query): Promise<ApiSettings> {
  const rows = await query(`
    with setting as (
      select r.oid, r.rolname, s.setdatabase, split_part(entry, '=', 1) as name, substr(entry, strpos(entry, '=') + 1) as value
      from pg_db_role_setting s
      join pg_roles r on r.oid = s.setrole
      cross join unnest(s.setconfig) as entry
      where s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
    )
    select rolname as role, name, value
    from setting
    where rolname = 'authenticator'
      or (setdatabase = 0 and oid in (
        select roleid from pg_auth_members where member = 'authenticator'::regrole
      ) and name in (
        select p.name from pg_settings p
        where p.context = 'user' or has_parameter_privilege('authenticator', p.name, 'set')
      ))
    order by setdatabase`)
  const ofRole = new Map<string, [string, string][]>()
  const isolationOfRole = new Map<string, Isolation>()
  const own = new Map<string, string>()
  for (const { role = '', name = '', value = '' } of rows) {
    if (role === 'authenticator') own.set(name, value)
    else if (name === 'default_transaction_isolation') isolationOfRole.set(role, isolationOf(value))
    else ofRole.set(role, [...(ofRole.get(role) ?? []), [name, value]])
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
    isolationOfRole,
  }
}

const isOn = (value: string | undefined) => value !== undefined && /^(true|on|yes|1|t)$/i.test(value)
