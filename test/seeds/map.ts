import { readFileSync } from 'node:fs'
import type { Sql } from 'postgres'

/** What became of one or several things that the seeds name. */
export interface SeedRow {
  section: string
  seeds: string[]
  ours: string[]
  why: string
}

const nothing = '—'
const columns = ['seed', 'ours', 'deviation and why']

const cellsOf = (line: string): string[] =>
  line
    .replace(/^\||\|\s*$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'))

/** The notations of a cell, each in backticks; prose stands in the last column alone. */
function notations(cell: string): string[] {
  const rest = cell.replaceAll(/`[^`]*`|<br>|[,;]/g, '').trim()
  if (rest !== '' && rest !== nothing) throw new Error(`unknown notation: ${rest}`)
  return [...cell.matchAll(/`([^`]*)`/g)].map((match) => match[1] ?? '')
}

/** The rows of `docs/internals/seeds.md`. */
export function readSeedRows(): SeedRow[] {
  const rows: SeedRow[] = []
  let section = ''
  for (const line of readFileSync('docs/internals/seeds.md', 'utf8').split('\n')) {
    if (line.startsWith('## ')) section = line.slice(3)
    if (!line.startsWith('|') || /^[|\s:-]+$/.test(line)) continue
    const cells = cellsOf(line)
    if (cells.join('|') === columns.join('|')) continue
    const [seed = '', ours = '', why = '', ...more] = cells
    if (more.length > 0 || why === '') throw new Error(`not ${columns.length} cells: ${line}`)
    rows.push({ section, seeds: notations(seed), ours: notations(ours), why })
  }
  return rows
}

/** What the seeds name, one item a line. */
export const readSeedItems = (): string[] =>
  readFileSync('test/seeds/items.txt', 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))

/** Every object of a database as the map writes it: `table public.songs`, `constraint songs_pkey on public.songs`. */
export async function readObjects(sql: Sql): Promise<Set<string>> {
  const rows = await sql<{ object: string }[]>`
    select case c.relkind when 'v' then 'view' when 'm' then 'view' when 'i' then 'index' when 'I' then 'index' else 'table' end
      || ' ' || n.nspname || '.' || c.relname as object
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'i', 'I')
    union all
    select format('column %s.%s.%s', n.nspname, c.relname, a.attname)
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'v', 'm')
    union all
    select format('constraint %s on %s.%s', k.conname, n.nspname, c.relname)
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
    union all
    select format('trigger %s on %s.%s', t.tgname, n.nspname, c.relname)
    from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
    where not t.tgisinternal
    union all
    select format('policy "%s" on %s.%s', p.polname, n.nspname, c.relname)
    from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
    union all
    select format('function %s.%s', n.nspname, p.proname) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    union all
    select format('type %s.%s', n.nspname, t.typname) from pg_type t join pg_namespace n on n.oid = t.typnamespace
    union all
    select format('extension %s', extname) from pg_extension
    union all
    select format('schema %s', nspname) from pg_namespace`
  return new Set(rows.map(({ object }) => object))
}
