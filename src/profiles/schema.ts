import * as z from 'zod/mini'
import { id, metadata, timestamp } from '../core/parse.ts'

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

export const profileRow = z.object({
  id,
  handle: z.nullable(z.string()),
  display_name: z.string(),
  bio: z.string(),
  country: z.nullable(z.string()),
  metadata,
  created_at: timestamp,
  updated_at: timestamp,
})

/** What `profiles.update` takes: only the fields to change. */
export const profileChanges = z.strictObject({
  handle: z.optional(
    z
      .string()
      .check(
        z.regex(
          /^[a-z0-9](?:[a-z0-9]|[._-](?![._-])){1,28}[a-z0-9]$/i,
          '3 to 30 letters, digits and single . _ - between them',
        ),
      ),
  ),
  displayName: z.optional(z.string().check(z.trim(), z.maxLength(80))),
  bio: z.optional(z.string().check(z.maxLength(2000))),
  country: z.optional(z.nullable(z.string().check(z.regex(/^[A-Z]{2}$/, 'an ISO 3166-1 alpha-2 code')))),
  metadata: z.optional(metadata),
})

/** The fields of one's profile that can be changed. */
export type ProfileChanges = z.input<typeof profileChanges>

export function toProfile(row: z.output<typeof profileRow>): Profile {
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
