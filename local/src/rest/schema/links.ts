import type { ColumnPair, Link, Routine, Table } from './types.ts'

/** A foreign key, by the numbers of its relations and columns. */
export interface Key {
  name: string
  from: number
  to: number
  columns: number[]
  references: number[]
  isUnique: boolean
}

/** A column of a view, and the column of a relation that it shows. */
export interface ViewColumn {
  name: string
  table: number
  column: number
}

interface Shown {
  table: Table
  columns: string[]
}

/** Every way from one relation to another: keys, their reverse, junctions, and functions that stand for one. */
export function findLinks(
  tables: Table[],
  keys: Key[],
  views: Map<number, ViewColumn[]>,
  routines: Routine[],
): Map<Table, Link[]> {
  const byId = new Map(tables.map((table) => [table.id, table]))
  const whereShown = showing(tables, views, byId)
  const direct = keys.flatMap((key) => linksOfKey(key, whereShown))
  const all = [...direct, ...direct.map(reversed), ...junctions(direct)]
  const links = new Map<Table, Link[]>()
  for (const link of all) links.set(link.from, [...(links.get(link.from) ?? []), link])
  for (const routine of routines) addComputed(routine, byId, links)
  return links
}

/** The relations that show these columns of a table: itself, and views that have all of them. */
function showing(tables: Table[], views: Map<number, ViewColumn[]>, byId: Map<number, Table>) {
  const shown = new Map<string, { table: Table; name: string }[]>()
  for (const table of tables) {
    if (table.isView) continue
    for (const column of table.columns) {
      shown.set(`${table.id}.${column.number}`, [{ table, name: column.name }])
    }
  }
  for (const view of tables.filter(({ isView }) => isView)) {
    for (const { name, origin } of originsOf(view, views, byId)) {
      const entries = shown.get(origin)
      if (entries && !entries.some(({ table }) => table === view)) entries.push({ table: view, name })
    }
  }
  const find = (id: number, numbers: number[]): Shown[] => {
    const columns = numbers.map((number) => shown.get(`${id}.${number}`) ?? [])
    const candidates = (columns[0] ?? []).map(({ table }) => table)
    return candidates.flatMap((table) => {
      const names = columns.map((entries) => entries.find((entry) => entry.table === table)?.name)
      return names.every((name) => name !== undefined) ? [{ table, columns: names as string[] }] : []
    })
  }
  for (const table of tables.filter(({ isView }) => !isView)) addKeysOfViews(table, find)
  return find
}

/** The columns of tables that a view shows, also through other views. */
function originsOf(view: Table, views: Map<number, ViewColumn[]>, byId: Map<number, Table>) {
  const reach = (id: number, name: string, depth: number): string | undefined => {
    const entry = views.get(id)?.find((column) => column.name === name)
    if (!entry || depth > 20) return undefined
    if (!views.has(entry.table)) return `${entry.table}.${entry.column}`
    const below = byId.get(entry.table)?.columns.find(({ number }) => number === entry.column)
    return below && reach(entry.table, below.name, depth + 1)
  }
  return view.columns.flatMap(({ name }) => {
    const origin = reach(view.id, name, 0)
    return origin ? [{ name, origin }] : []
  })
}

function addKeysOfViews(table: Table, find: (id: number, numbers: number[]) => Shown[]) {
  const numbers = table.primaryKey.map(
    (name) => table.columns.find((column) => column.name === name)?.number ?? 0,
  )
  if (numbers.length === 0) return
  for (const shown of find(table.id, numbers)) {
    if (shown.table.isView)
      shown.table.primaryKey = [...new Set([...shown.table.primaryKey, ...shown.columns])]
  }
}

function linksOfKey(key: Key, find: (id: number, numbers: number[]) => Shown[]): Link[] {
  const targets = find(key.to, key.references)
  return find(key.from, key.columns).flatMap((own) =>
    targets.map(
      (other): Link => ({
        kind: key.isUnique ? 'one-to-one' : 'many-to-one',
        from: own.table,
        to: other.table,
        constraint: key.name,
        columns: own.columns.map((name, index): ColumnPair => [name, other.columns[index] ?? '']),
        isToOne: true,
      }),
    ),
  )
}

function reversed(link: Link): Link {
  const isOne = link.kind === 'one-to-one'
  return {
    ...link,
    kind: isOne ? 'one-to-one' : 'one-to-many',
    from: link.to,
    to: link.from,
    columns: link.columns.map(([own, other]) => [other, own]),
    isToOne: isOne,
  }
}

/** A table is a junction when its primary key holds both foreign keys. */
function junctions(direct: Link[]): Link[] {
  const byTable = new Map<Table, Link[]>()
  for (const link of direct) byTable.set(link.from, [...(byTable.get(link.from) ?? []), link])
  return [...byTable].flatMap(([table, links]) =>
    links
      .filter(({ columns }) => columns.every(([own]) => table.primaryKey.includes(own)))
      .flatMap((one, _, keys) =>
        keys
          .filter((other) => other.constraint !== one.constraint)
          .map(
            (other): Link => ({
              kind: 'many-to-many',
              from: one.to,
              to: other.to,
              constraint: '',
              columns: [],
              junction: {
                table,
                constraints: [one.constraint, other.constraint],
                own: one.columns.map(([own, key]) => [key, own]),
                other: other.columns.map(([own, key]) => [key, own]),
              },
              isToOne: false,
            }),
          ),
      ),
  )
}

/** A function of a row that answers rows is a link of its name, and stands in for the keys to a table of that name. */
function addComputed(routine: Routine, byId: Map<number, Table>, links: Map<Table, Link[]>) {
  const from = byId.get(routine.argument ?? 0)
  const to = byId.get(routine.relation ?? 0)
  if (!from || !to) return
  const others = (links.get(from) ?? []).filter(
    (link) => link.to.name !== routine.name || link.to.schema !== routine.schema,
  )
  const { schema, name } = routine
  const isToOne = !routine.returnsSet || routine.rows === 1
  const link: Link = {
    kind: 'computed',
    from,
    to,
    constraint: '',
    columns: [],
    routine: { schema, name },
    isToOne,
  }
  links.set(from, [...others, link])
}
