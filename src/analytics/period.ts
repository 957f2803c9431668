import {
  integer,
  list,
  nullable,
  optional,
  type Reader,
  row,
  ShapeError,
  text,
  withDefault,
} from '../core/shape.ts'

/** Which days to look at. */
export interface Period {
  /** The first day, such as `2026-11-01`; by default 29 days before the last one. A period has at most 400 days. */
  from?: string | undefined
  /** The last day; by default today in the time zone. */
  to?: string | undefined
  /**
   * The time zone in which days begin and end: an IANA name such as `America/Santiago`, or an ISO 8601 offset such as `-03:00`,
   * `UTC+5:30` or `Z`; plus is east. Default `UTC`. An abbreviation such as `EST` is refused, because it means several zones.
   */
  timeZone?: string | undefined
}

/** Views from one country. */
export interface CountryViews {
  /** ISO 3166-1 alpha-2; null when the country is unknown. */
  country: string | null
  /** Views from there. */
  views: number
}

/** A day of the calendar. */
export const day: Reader<string> = (value, path) => {
  // PostgreSQL knows no year 0.
  if (typeof value === 'string' && /^(?!0000)\d{4}-\d\d-\d\d$/.test(value)) {
    const date = new Date(`${value}T00:00:00Z`)
    if (!Number.isNaN(+date) && date.toISOString().startsWith(value)) return value
  }
  throw new ShapeError(path, 'a day such as 2026-11-01')
}

/** Checks for a period. */
export const periodFields = {
  from: optional(day),
  to: optional(day),
  timeZone: withDefault(text(), 'UTC'),
}

/** A period as the database's functions take it. */
export const toArguments = ({
  from,
  to,
  timeZone,
}: {
  from?: string | undefined
  to?: string | undefined
  timeZone: string
}) => ({
  fromDay: from,
  toDay: to,
  timeZone,
})

export const countries: Reader<CountryViews[]> = list(row({ country: nullable(text()), views: integer() }))
