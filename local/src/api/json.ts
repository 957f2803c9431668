/** A number whose digits a JavaScript number would change, kept as it was written. */
export interface ExactNumber {
  rawJSON: string
}

interface ExactJson {
  parse(text: string, reviver: (key: string, value: unknown, about: { source?: string }) => unknown): unknown
  rawJSON(text: string): ExactNumber
  isRawJSON(value: unknown): value is ExactNumber
}

// Node has these since version 21; the types of the language do not yet.
const exact = JSON as unknown as ExactJson

export const isExactNumber = (value: unknown): value is ExactNumber => exact.isRawJSON(value)

/** Parses JSON without rounding: what `JSON.stringify` makes of it again has every digit. */
export function parseExactly(text: string): unknown {
  return exact.parse(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && source !== String(value)
      ? exact.rawJSON(source)
      : value,
  )
}

/** A number that is sorted by its text and written to JSON as its digits. */
export function exactNumber(digits: string): object {
  return Object.create({ toString: () => digits, toJSON: () => exact.rawJSON(digits) }) as object
}
