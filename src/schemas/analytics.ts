import * as z from 'zod'
import { ruled } from './text.ts'

const dayMs = 86_400_000

function isDay(text: string): boolean {
  if (!/^(?!0000)\d{4}-\d\d-\d\d$/.test(text)) return false
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(+date) && date.toISOString().startsWith(text)
}

const day = ruled((text) => (isDay(text) ? undefined : 'is not a day such as 2026-11-01'), { format: 'date' })

const offset = /^(?:utc|gmt)?[-+−](?:(\d{1,2})|(\d{1,2}):(00|15|30|45)|(\d{2})(00|15|30|45))$/
const named = new RegExp(
  '^(?:utc|z|gmt|uct|zulu|universal|greenwich|gmt0|[a-z_]+(?:-[a-z]+)*(?:/[a-z_]+(?:-[a-z]+)*)+|etc/gmt(?:0|[+-][0-9]|[+-]1[0-2]|-1[34])|' +
    'cuba|egypt|eire|gb|gb-eire|hongkong|iceland|iran|israel|jamaica|japan|kwajalein|libya|navajo|nz|nz-chat|poland|portugal|' +
    'prc|roc|rok|singapore|turkey|w-su|wet|cet|met|eet|est5edt|cst6cdt|mst7mdt|pst8pdt)$',
)

function isZone(text: string): boolean {
  const zone = text.toLowerCase()
  const found = offset.exec(zone)
  if (!found) return named.test(zone)
  return Number(found[1] ?? found[2] ?? found[4]) * 60 + Number(found[3] ?? found[5] ?? 0) <= 840
}

const timeZone = ruled((text) =>
  isZone(text) ? undefined : 'is not a time zone such as America/Santiago or -03:00',
)

/**
 * A period of figures. Only the database knows the names of time zones.
 *
 * @example
 * ```ts
 * import { period } from 'tertulia/schemas'
 *
 * period.parse({ from: '2026-11-01', to: '2026-11-30', timeZone: 'America/Santiago' })
 * ```
 */
export const period = z
  .strictObject({ from: day.optional(), to: day.optional(), timeZone: timeZone.optional() })
  .superRefine(({ from, to }, context) => {
    if (!from) return
    const days = (Date.parse(to ?? new Date().toISOString().slice(0, 10)) - Date.parse(from)) / dayMs
    // Without a last day it is today, which another time zone has a day before or after.
    const most = to ? 399 : 400
    if (days < 399 - most || days > most)
      context.addIssue({ code: 'custom', path: ['from'], message: 'is not 1 to 400 days before the end' })
  })
