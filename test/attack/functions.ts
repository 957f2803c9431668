import { readdirSync, readFileSync } from 'node:fs'
import postgres from 'postgres'
import { inject } from 'vitest'
import { schemaFolder } from '../../scripts/schemas.ts'

export interface PublicFunction {
  name: string
  arguments: { name: string; type: string; hasDefault: boolean }[]
}

/** Every function of ours that the API exposes. */
export async function readFunctions(): Promise<PublicFunction[]> {
  const sql = postgres(inject('stack').dbUrl, { max: 1, onnotice: () => {} })
  try {
    return await sql<PublicFunction[]>`
      select p.proname as name, coalesce((
        select jsonb_agg(jsonb_build_object(
          'name', p.proargnames[i], 'type', t::regtype::text, 'hasDefault', i > p.pronargs - p.pronargdefaults) order by i)
        from unnest(p.proargtypes::oid[]) with ordinality as argument (t, i)
      ), '[]') as arguments
      from pg_proc p
      where p.pronamespace = 'public'::regnamespace and p.prokind = 'f' and p.prorettype <> 'trigger'::regtype
        and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
      order by 1, p.oid`
  } finally {
    await sql.end()
  }
}

/** The names of fields that functions look for in JSON, from their bodies. */
export function fieldNames(): string[] {
  const names = new Set<string>()
  const folders = readdirSync(schemaFolder, { recursive: true }).map(String)
  for (const path of folders.filter((one) => one.endsWith('.sql'))) {
    const source = readFileSync(`${schemaFolder}/${path}`, 'utf8')
    for (const [, name = ''] of source.matchAll(/(?:->>?|\?) '([a-z_]+)'/g)) names.add(name)
    for (const [, list = ''] of source.matchAll(/'\{([a-z_,]{10,})\}'/g))
      for (const name of list.split(',')) names.add(name)
    for (const [, list = ''] of source.matchAll(/key <> all \(array\[([^\]]+)\]/g))
      for (const [, name = ''] of list.matchAll(/'([a-z_]+)'/g)) names.add(name)
  }
  return [...names].sort()
}
