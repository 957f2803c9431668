const API_ROLES = 'anon, authenticated, service_role'

/** Every project begins with these: what `postgres` makes in `public` belongs to the roles of the API as well. */
const CLASSIC = ['postgres', 'supabase_admin']
  .flatMap((owner) =>
    ['tables', 'functions', 'sequences'].map(
      (kind) =>
        `alter default privileges for role ${owner} in schema public grant all on ${kind} to postgres, ${API_ROLES};`,
    ),
  )
  .join('\n')

/** What a project without exposed tables takes back; like the platform it leaves what the API never uses (truncate, …). */
const NOT_EXPOSED = `
alter default privileges for role postgres in schema public
  revoke select, insert, update, delete on tables from ${API_ROLES};
alter default privileges for role postgres in schema public revoke usage, select on sequences from ${API_ROLES};
alter default privileges for role postgres in schema public revoke execute on functions from ${API_ROLES};
`

/** The grants that new objects in `public` get, as `auto_expose_new_tables` of `config.toml` wants them. */
export function defaultPrivileges(exposeNewTables: boolean): string {
  return exposeNewTables ? CLASSIC : `${CLASSIC}\n${NOT_EXPOSED}`
}
