export interface JsonStep {
  arrow: '->' | '->>'
  key: string
  /** A place in a list rather than a name. */
  isIndex: boolean
}

export interface Field {
  name: string
  path: JsonStep[]
}

export interface SelectedField extends Field {
  alias?: string
  cast?: string
  aggregate?: 'sum' | 'avg' | 'count' | 'min' | 'max'
  aggregateCast?: string
}

export interface SelectedRelation {
  name: string
  alias?: string
  hint?: string
  join?: 'inner' | 'left'
  isSpread: boolean
  select: Select
}

export interface Select {
  fields: SelectedField[]
  relations: SelectedRelation[]
}

export interface Condition {
  isNegated: boolean
  operator: string
  quantifier?: 'any' | 'all'
  language?: string
  /** Of `in`: the list. */
  value: string | string[]
}

export interface Filter {
  field: Field
  condition: Condition
}

export type Logic = Filter | { isNegated: boolean; operator: 'and' | 'or'; parts: Logic[] }

export interface OrderTerm {
  field: Field
  /** By a column of a relation that is embedded. */
  relation?: string
  direction?: 'asc' | 'desc'
  nulls?: 'nullsfirst' | 'nullslast'
}

/** What belongs to a relation in the request, by the path of names that leads to it. */
export interface At<T> {
  path: string[]
  value: T
}

export interface Query {
  select: Select
  filters: At<Filter>[]
  logic: At<Logic>[]
  order: At<OrderTerm[]>[]
  limits: At<number>[]
  offsets: At<number>[]
  columns?: string[]
  onConflict?: string[]
  /** Arguments of a function that is called by GET. */
  params: [name: string, value: string][]
  /** Sorted, as `Content-Location` has it. */
  canonical: string
}
