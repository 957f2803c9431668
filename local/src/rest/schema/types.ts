export interface Name {
  schema: string
  name: string
}

export interface Column {
  name: string
  number: number
  /** With its length: what a value of a body is turned into. */
  type: string
  /** Of a domain, the type below it. */
  baseType: string
  /** The expression; null when the column has none. */
  default: string | null
}

export interface Table extends Name {
  id: number
  isView: boolean
  columns: Column[]
  /** Of a view: the columns that show the key of its table. */
  primaryKey: string[]
}

export interface Parameter {
  /** Empty when it has none. */
  name: string
  type: string
  required: boolean
  variadic: boolean
}

export interface Routine extends Name {
  parameters: Parameter[]
  /** As `pg_proc` has it: v, s or i. */
  volatility: string
  returnsSet: boolean
  /** Rows rather than one value: a table's, or those of named results. */
  returnsRows: boolean
  returnsVoid: boolean
  /** The media type whose name the domain has that it answers, in small letters. */
  media: string | null
  /** Whether its value is a `bytea`. */
  returnsBytes: boolean
  /** The relation whose rows it answers. */
  relation?: number
  /** The relation of its only argument. */
  argument?: number
  /** How many rows it is said to answer. */
  rows: number
  settings: [name: string, value: string][]
}

/** An aggregate that makes rows into an answer of a media type. */
export interface MediaHandler extends Name {
  /** In small letters; an asterisk on both sides stands for every type. */
  media: string
  /** The relation whose rows it takes; every one when there is none. */
  relation: number | null
  returnsBytes: boolean
}

export type ColumnPair = [own: string, other: string]

/** How one relation is reached from another. */
export interface Link {
  kind: 'many-to-one' | 'one-to-many' | 'one-to-one' | 'many-to-many' | 'computed'
  from: Table
  to: Table
  constraint: string
  columns: ColumnPair[]
  junction?: Junction
  /** Of a computed one: the function, and whether it answers one row. */
  routine?: Name
  isToOne: boolean
}

interface Junction {
  table: Table
  constraints: [own: string, other: string]
  /** Pairs of a column of `from` and one of the junction. */
  own: ColumnPair[]
  /** Pairs of a column of `to` and one of the junction. */
  other: ColumnPair[]
}

export interface Schema {
  table(name: Name): Table | undefined
  /** Of the schemas that the API shows. */
  tables: Table[]
  linksFrom(table: Table): Link[]
  routines(name: Name): Routine[]
  allRoutines: Routine[]
  handlers: MediaHandler[]
}
