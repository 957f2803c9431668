import { id, metadata, timestamp } from '../core/parse.ts'
import { exactly, nullable, object, optional, type Read, text } from '../core/shape.ts'

/** A person as others see them. */
export interface Profile {
  /** The account's id. */
  id: string
  /** Unique without regard to case; null once the account is deleted. */
  handle: string | null
  displayName: string
  bio: string
  /** ISO 3166-1 alpha-2, or null. */
  country: string | null
  /** The app's own fields. */
  metadata: Record<string, unknown>
  createdAt: Date
  updatedAt: Date
}

/** The columns that a profile is read from. */
export const profileColumns = 'id, handle, display_name, bio, country, metadata, created_at, updated_at'

export const profileRow = object({
  id,
  handle: nullable(text()),
  display_name: text(),
  bio: text(),
  country: nullable(text()),
  metadata,
  created_at: timestamp,
  updated_at: timestamp,
})

/** What `profiles.update` takes: only the fields to change. */
export const profileChanges = exactly({
  handle: optional(
    text({
      pattern: /^[a-z0-9](?:[a-z0-9]|[._-](?![._-])){1,28}[a-z0-9]$/i,
      expected: '3 to 30 letters, digits and single . _ - between them',
    }),
  ),
  displayName: optional(text({ max: 160 })),
  bio: optional(text({ max: 4000 })),
  country: optional(nullable(text({ pattern: /^[A-Z]{2}$/, expected: 'an ISO 3166-1 alpha-2 code' }))),
  metadata: optional(metadata),
})

/** The fields of one's profile that can be changed. */
export interface ProfileChanges {
  /** 3 to 30 letters, digits and single . _ - between them; unique without regard to case. */
  handle?: string
  /** At most 80 characters. */
  displayName?: string
  /** At most 2,000 characters. */
  bio?: string
  /** ISO 3166-1 alpha-2; null empties it. */
  country?: string | null
  /** The app's own fields, as a whole: an object of at most 8 KiB. */
  metadata?: Record<string, unknown>
}

export function toProfile(row: Read<typeof profileRow>): Profile {
  return {
    id: row.id,
    handle: row.handle,
    displayName: row.display_name,
    bio: row.bio,
    country: row.country,
    metadata: row.metadata,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
