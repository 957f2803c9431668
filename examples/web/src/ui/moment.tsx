import { useLanguage } from '../words/index.ts'

/** A date and a time, short. */
export function Moment({ date }: { date: Date }) {
  const form = new Intl.DateTimeFormat(useLanguage(), { dateStyle: 'medium', timeStyle: 'short' })
  return <time dateTime={date.toISOString()}>{form.format(date)}</time>
}
