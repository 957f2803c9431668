import type { Words } from '../words/index.ts'

/** A day of the user's own calendar. */
export const dayOf = (date: Date): string => `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`

/** Names days: today and yesterday by their words, the rest by their dates. */
export function daysOf(language: string, t: Words): (date: Date) => string {
  const now = new Date()
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1)
  const written = new Intl.DateTimeFormat(language, { weekday: 'long', day: 'numeric', month: 'long' })
  const withYear = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'long', year: 'numeric' })
  return (date) => {
    if (dayOf(date) === dayOf(now)) return t.today
    if (dayOf(date) === dayOf(yesterday)) return t.yesterday
    return (date.getFullYear() === now.getFullYear() ? written : withYear).format(date)
  }
}
