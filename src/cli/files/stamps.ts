import { Refusal } from '../refusal.ts'

const migration = /^([0-9]+)_.*\.sql$/

/** A migration's stamp: the digits that its name begins with; null for a file that the Supabase CLI skips. */
export function stampOf(file: string): string | null {
  return migration.exec(file)?.[1] ?? null
}

/** The newest stamp among these files, as the Supabase CLI compares them: as strings. */
export function newestStamp(files: string[]): string | null {
  return files.reduce<string | null>((newest, file) => {
    const stamp = stampOf(file)
    return stamp !== null && (newest === null || stamp > newest) ? stamp : newest
  }, null)
}

/**
 * Stamps for new migrations: 14 digits of UTC time, rising, all after `newest`. They end now unless `newest` is too
 * recent, so that what the app adds next comes after them.
 */
export function stampsAfter(newest: string, count: number, now: Date): string[] {
  const stamps: string[] = []
  let last = newest
  for (let left = count - 1; left >= 0; left--) {
    const due = formatStamp(new Date(now.getTime() - left * 1000))
    last = due !== null && due > last ? due : nextStamp(last)
    stamps.push(last)
  }
  return stamps
}

/** A second later, as a time that the calendar has; where no such time is left, the next number. */
function nextStamp(stamp: string): string {
  const floor = stamp.slice(0, 14).padEnd(14, '0')
  const later = formatStamp(new Date(readStamp(floor) + 1000))
  if (later !== null && later > stamp) return later
  const number = Number(floor) + 1
  if (number <= 99_999_999_999_999) return String(number)
  throw new Refusal(
    `unable to place our migrations; no 14-digit stamp comes after ${stamp} in supabase/migrations`,
    'Give that migration a stamp that is a time.',
  )
}

/** Milliseconds since the epoch. A field too large runs over into the next, one too small (month 00) becomes the first. */
function readStamp(stamp: string): number {
  const field = (from: number, to: number) => Number(stamp.slice(from, to))
  const month = Math.max(field(4, 6), 1)
  const day = Math.max(field(6, 8), 1)
  return Date.UTC(field(0, 4), month - 1, day, field(8, 10), field(10, 12), field(12, 14))
}

function formatStamp(time: Date): string | null {
  const year = time.getUTCFullYear()
  if (!(year >= 1000 && year <= 9999)) return null
  return time.toISOString().slice(0, 19).replaceAll(/\D/g, '')
}
