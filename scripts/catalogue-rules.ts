import { openRelations } from './open-relations.ts'

/** A rule over the catalogue of a migrated database: each row that the query returns breaks it. */
export interface CatalogueRule {
  rule: string
  /** Returns one column, `what`. */
  query: string
}

const ourFunctions = `
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  where n.nspname in ('public', 'private')`

const ourTables = `
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('public', 'private') and c.relkind in ('r', 'p') and not c.relispartition`

export const catalogueRules: CatalogueRule[] = [
  {
    rule: 'a table in public has row-level security',
    query: `select c.relname as what ${ourTables} and n.nspname = 'public' and not c.relrowsecurity`,
  },
  {
    rule: 'a table has a comment',
    query: `select c.oid::regclass as what ${ourTables} and obj_description(c.oid, 'pg_class') is null`,
  },
  {
    rule: 'a table has a primary key',
    query: `select c.oid::regclass as what ${ourTables}
      and not exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'p')`,
  },
  {
    rule: 'a foreign key is the leading part of an index',
    query: `
      select k.conrelid::regclass || '.' || k.conname as what
      from pg_constraint k
      join pg_namespace n on n.oid = k.connamespace
      where n.nspname in ('public', 'private') and k.contype = 'f' and not exists (
        select
        from pg_index i
        where i.indrelid = k.conrelid
          and (string_to_array(i.indkey::text, ' ')::int2[])[1:cardinality(k.conkey)] @> k.conkey
      )`,
  },
  {
    rule: 'a column that a policy reads leads an index',
    query: `
      select distinct d.refobjid::regclass || '.' || a.attname as what
      from pg_depend d
      join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
      join pg_class c on c.oid = d.refobjid
      join pg_namespace n on n.oid = c.relnamespace
      where d.classid = 'pg_policy'::regclass and d.refobjsubid > 0 and n.nspname = 'public' and not exists (
        select from pg_index i where i.indrelid = d.refobjid and (string_to_array(i.indkey::text, ' ')::int2[])[1] = d.refobjsubid
      )`,
  },
  {
    rule: 'a policy is for one command and named roles and reads as a sentence',
    query: `
      select format('%s: "%s"', p.polrelid::regclass, p.polname) as what
      from pg_policy p
      where p.polcmd = '*' or p.polroles = '{0}' or p.polname !~ '^[A-Z].* '`,
  },
  {
    rule: 'a table has one policy for each role and command',
    query: `
      select format('%s for %s to %s', p.polrelid::regclass, p.polcmd, role) as what
      from pg_policy p, unnest(p.polroles) as role
      join pg_roles r on r.oid = role
      join pg_class c on true
      where p.polpermissive and c.oid = p.polrelid and c.relnamespace = 'public'::regnamespace
      group by p.polrelid, p.polcmd, role
      having count(*) > 1`,
  },
  {
    // Counts are answered from statistics that policies do not filter.
    rule: 'an API role selects only from tables and views that are listed as open',
    query: `
      select format('%s to %s', c.oid::regclass, r.role) as what
      from pg_class c
      cross join (values ('anon'), ('authenticated')) as r (role)
      left join jsonb_each('${JSON.stringify(openRelations)}') as o on o.key = c.oid::regclass::text
      where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace) and c.relkind in ('r', 'p', 'v', 'm', 'f')
        and has_any_column_privilege(r.role, c.oid, 'select') and not coalesce(o.value ? r.role, false)`,
  },
  {
    rule: 'what is listed as open is open',
    query: `
      select format('%s to %s', o.key, r.role) as what
      from jsonb_each('${JSON.stringify(openRelations)}') as o, jsonb_array_elements_text(o.value) as r (role)
      where not coalesce(has_table_privilege(r.role, to_regclass(o.key), 'select'), false)`,
  },
  {
    // A setting on a function also keeps the planner from looking into it, so counts of its rows tell nothing of its tables.
    rule: 'a function has an empty search path',
    query: `select p.oid::regprocedure as what ${ourFunctions} and not 'search_path=""' = any (coalesce(p.proconfig, '{}'))`,
  },
  {
    rule: 'a function in public is security invoker and has a comment',
    query: `select p.oid::regprocedure as what ${ourFunctions} and n.nspname = 'public'
      and (p.prosecdef or obj_description(p.oid, 'pg_proc') is null)`,
  },
  {
    rule: 'nobody may execute a function by default',
    query: `select p.oid::regprocedure as what ${ourFunctions}
      and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x where x.grantee = 0)`,
  },
  {
    rule: 'a definer is executable by name only, and never by anon unless it is listed',
    query: `select p.oid::regprocedure as what ${ourFunctions} and p.prosecdef
      and has_function_privilege('anon', p.oid, 'execute')
      and p.proname not in ('search_songs_page', 'sort_songs_page', 'count_songs', 'suggest_songs', 'can_see_song', 'similar_songs', 'get_song', 'get_setlist', 'list_songs',
        'list_song_tags', 'browse_songs', 'track_events', 'get_song_analytics', 'top_songs', 'has_overdue_files')`,
  },
  {
    rule: 'a view checks the caller, not its owner',
    query: `
      select c.oid::regclass as what
      from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind = 'v'
        and not coalesce('security_invoker=true' = any (c.reloptions), false)`,
  },
  {
    rule: 'clients get columns to write, never whole tables, and nothing in private',
    query: `
      select format('%s on %s to %s', x.privilege_type, c.oid::regclass, x.grantee::regrole) as what
      from pg_class c
      join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) x
      where n.nspname in ('public', 'private') and x.grantee in (select oid from pg_roles where rolname in ('anon', 'authenticated'))
        and (n.nspname = 'private' or x.privilege_type not in ('SELECT', 'DELETE'))`,
  },
  {
    rule: 'nothing is granted to everybody',
    query: `
      select format('%s on %s', x.privilege_type, c.oid::regclass) as what
      from pg_class c
      join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) x
      where n.nspname in ('public', 'private') and x.grantee = 0`,
  },
]
