import { apiError } from './errors.ts'

export interface Preferences {
  resolution?: 'merge-duplicates' | 'ignore-duplicates'
  return?: 'representation' | 'minimal' | 'headers-only'
  count?: 'exact' | 'planned' | 'estimated'
  tx?: 'commit' | 'rollback'
  missing?: 'default' | 'null'
  handling?: 'strict' | 'lenient'
  timezone?: string
  'max-affected'?: string
  unknown: string[]
}

type Name = Exclude<keyof Preferences, 'unknown'>

const VALUES: Record<string, string[]> = {
  resolution: ['merge-duplicates', 'ignore-duplicates'],
  return: ['representation', 'minimal', 'headers-only'],
  count: ['exact', 'planned', 'estimated'],
  tx: ['commit', 'rollback'],
  missing: ['default', 'null'],
  handling: ['strict', 'lenient'],
}

/** `Prefer: return=minimal, count=exact`: of each the first counts. */
export function preferencesOf(headers: Headers): Preferences {
  const preferences: Preferences = { unknown: [] }
  for (const entry of (headers.get('prefer') ?? '').split(',').map((part) => part.trim())) {
    if (entry === '') continue
    const [name = '', value = ''] = entry.split('=')
    const isFree = name === 'timezone' || name === 'max-affected'
    if (!isFree && !VALUES[name]?.includes(value)) preferences.unknown.push(entry)
    else preferences[name as Name] ??= value as never
  }
  return preferences
}

export function checkPreferences({ handling, unknown }: Preferences): void {
  if (handling !== 'strict' || unknown.length === 0) return
  const details = `Invalid preferences: ${unknown.join(', ')}`
  throw apiError(400, 'PGRST122', 'Invalid preferences given with handling=strict', details)
}

/** The most rows that a request may change, or that a function may answer. */
export function mostAffected(preferences: Preferences): number | undefined {
  const most = preferences['max-affected']
  return preferences.handling === 'strict' && most !== undefined && /^\d+$/.test(most)
    ? Number(most)
    : undefined
}

const ORDER: Name[] = [
  'resolution',
  'missing',
  'return',
  'count',
  'tx',
  'handling',
  'timezone',
  'max-affected',
]

/** `Preference-Applied`: those of these names that were asked for. */
export function appliedPreferences(preferences: Preferences, names: Name[]): Record<string, string> {
  const applied = ORDER.filter((name) => names.includes(name) && preferences[name] !== undefined)
    .filter((name) => name !== 'max-affected' || preferences.handling === 'strict')
    .map((name) => `${name}=${preferences[name]}`)
  return applied.length === 0 ? {} : { 'preference-applied': applied.join(', ') }
}
