import type { Key, ViewColumn } from './links.ts'
import type { MediaHandler, Routine, Table } from './types.ts'
import { columnsOfView } from './views.ts'

export interface Catalogue {
  tables: Table[]
  keys: Key[]
  views: Map<number, ViewColumn[]>
  routines: Routine[]
  handlers: MediaHandler[]
}

type Query = (text: string, values: unknown[]) => Promise<Record<string, string>[]>

interface RoutineRow extends Omit<Routine, 'settings'> {
  config: string[] | null
}

/** All that a request can name, read in one statement. */
export async function readCatalogue(query: Query, schemas: string[]): Promise<Catalogue> {
  const [row] = await query(
    `select (${TABLES})::text as tables, (${KEYS})::text as keys, (${VIEWS})::text as views, (${ROUTINES})::text as routines, (${HANDLERS})::text as handlers`,
    [schemas],
  )
  const read = <T>(name: string) => JSON.parse(row?.[name] ?? '[]') as T[]
  const views = read<{ id: number; action: string }>('views')
  return {
    tables: read<Table>('tables'),
    keys: read<Key>('keys'),
    views: new Map(views.map(({ id, action }) => [id, columnsOfView(action)])),
    handlers: read<MediaHandler>('handlers'),
    routines: read<RoutineRow>('routines').map(({ config, ...routine }) => ({
      ...routine,
      settings: (config ?? []).map((entry) => {
        const at = entry.indexOf('=')
        return [entry.slice(0, at), entry.slice(at + 1)]
      }),
    })),
  }
}

const OWN = `n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'`

const TABLES = `
select coalesce(json_agg(json_build_object(
    'id', c.oid::bigint, 'schema', n.nspname, 'name', c.relname, 'isView', c.relkind in ('v', 'm'),
    'columns', (
      select coalesce(json_agg(json_build_object(
          'name', a.attname,
          'number', a.attnum,
          'type', format_type(a.atttypid, a.atttypmod),
          'baseType', format_type(coalesce(nullif(t.typbasetype, 0), a.atttypid), null),
          'default', case
            when a.attidentity = 'd'
              then format('nextval(%L)', pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname))
            when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid)
          end
        ) order by a.attnum), '[]')
      from pg_attribute a
      join pg_type t on t.oid = a.atttypid
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    ),
    'primaryKey', (
      select coalesce(json_agg(a.attname order by a.attnum), '[]')
      from pg_constraint k
      join pg_attribute a on a.attrelid = k.conrelid and a.attnum = any (k.conkey)
      where k.conrelid = c.oid and k.contype = 'p'
    )
  ) order by n.nspname, c.relname), '[]')
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition and ${OWN}`

/** Keys of the partitions are those of their table. */
const KEYS = `
select coalesce(json_agg(json_build_object(
    'name', k.conname, 'from', k.conrelid::bigint, 'to', k.confrelid::bigint,
    'columns', k.conkey, 'references', k.confkey,
    'isUnique', exists (
      select from pg_constraint u
      where u.conrelid = k.conrelid and u.contype in ('p', 'u') and u.conkey <@ k.conkey and u.conkey @> k.conkey
    )
  ) order by k.conname), '[]')
from pg_constraint k
where k.contype = 'f' and k.conparentid = 0`

const VIEWS = `
select coalesce(json_agg(json_build_object('id', c.oid::bigint, 'action', r.ev_action::text)), '[]')
from pg_rewrite r
join pg_class c on c.oid = r.ev_class
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('v', 'm') and r.ev_type = '1' and ${OWN}`

/** A domain is named like what it holds. */
const IS_MEDIA = `(t.typtype = 'd' and (t.typname = '*/*' or t.typname ~* '^[a-z0-9.-]+/[a-z0-9.+-]+$'))`

const HANDLERS = `
select coalesce(json_agg(json_build_object(
    'schema', n.nspname, 'name', p.proname, 'media', lower(t.typname), 'returnsBytes', t.typbasetype = 'bytea'::regtype,
    'relation', nullif(a.typrelid, 0)::bigint
  ) order by p.proname), '[]')
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
join pg_type t on t.oid = p.prorettype
join pg_type a on a.oid = p.proargtypes[0]
where p.prokind = 'a' and p.pronargs = 1 and n.nspname = any ($1) and ${IS_MEDIA}
  and (a.oid = 'anyelement'::regtype or a.typrelid <> 0)`

/** Lengths are no part of a type of an argument: 'character' without one would cut its text. */
const ROUTINES = `
select coalesce(json_agg(json_build_object(
    'schema', n.nspname, 'name', p.proname, 'volatility', p.provolatile,
    'returnsSet', p.proretset, 'rows', p.prorows, 'config', p.proconfig,
    'returnsRows', b.typtype = 'c' or coalesce(p.proargmodes::text[] && '{t,b,o}', false),
    'returnsVoid', p.prorettype = 'void'::regtype,
    'media', case when not p.proretset and ${IS_MEDIA} then lower(t.typname) end,
    'returnsBytes', b.oid = 'bytea'::regtype,
    'relation', nullif(b.typrelid, 0)::bigint,
    'argument', (
      select nullif(t.typrelid, 0)::bigint from pg_type t where p.pronargs = 1 and t.oid = p.proargtypes[0]
    ),
    'parameters', (
      select coalesce(json_agg(json_build_object(
          'name', coalesce(input.name, ''),
          'type', case
            when input.type in ('bit'::regtype, 'bit[]'::regtype, 'character'::regtype, 'character[]'::regtype)
              then replace(replace(format_type(input.type, null), 'bit', 'bit varying'), 'character', 'character varying')
            else format_type(input.type, null)
          end,
          'required', input.place <= p.pronargs - p.pronargdefaults,
          'variadic', coalesce(input.mode = 'v', false)
        ) order by input.place), '[]')
      from (
        select a.name, a.type, a.mode, row_number() over (order by a.position) as place
        from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]), p.proargnames, p.proargmodes)
          with ordinality as a (type, name, mode, position)
        where coalesce(a.mode, 'i') in ('i', 'b', 'v')
      ) input
    )
  ) order by p.proname, p.pronargs, p.oid), '[]')
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
join pg_type t on t.oid = p.prorettype
join pg_type b on b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
where p.prokind = 'f' and n.nspname = any ($1) and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)`
