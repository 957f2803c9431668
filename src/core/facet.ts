import { integer, list, type Reader, row, text } from './shape.ts'

/** A value with its count. */
export interface Facet {
  value: string
  /** How many of the results have it. */
  count: number
}

export const facet: Reader<Facet[]> = list(row({ value: text(), count: integer() }))
