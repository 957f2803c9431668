import type { Keys } from '../core/call.ts'
import { id, timestamp } from '../core/parse.ts'
import { integer, nullable, type Reader, row, ShapeError, text } from '../core/shape.ts'

/** What somebody may do with a song, each more than the next: owner, admin, edit, view. See docs/sharing.md. */
export type SongRole = 'owner' | 'admin' | 'edit' | 'view'

/** A person as lists of shares name them; without a handle and with an empty name when the account is gone. */
export interface SharePerson {
  id: string
  handle: string | null
  displayName: string
}

/** Where a share stands. From `declined` on it has ended and stays as the trail. */
export type ShareState =
  | 'pending'
  | 'accepted'
  | 'expired'
  | 'declined'
  | 'left'
  | 'revoked'
  | 'link_revoked'
  | 'became_owner'
  | 'account_deleted'

/** A role in a song that somebody was given. */
export interface Share {
  id: string
  /** By whom it is held: a person, whoever has an e-mail address, whoever opened a link. */
  kind: 'person' | 'email' | 'link'
  state: ShareState
  role: Exclude<SongRole, 'owner'>
  /** Null for whoever has not accepted: a pending share shows the title and the sender alone. */
  songId: string | null
  title: string
  /** Between the two: nobody else who may share the song sees it. */
  message: string | null
  sharedBy: SharePerson
  /** Null for an address as long as nobody has accepted: whether it has an account is not told. */
  sharedWith: SharePerson | null
  /** The address that was invited; only its sender sees it. */
  email: string | null
  createdAt: Date
  acceptedAt: Date | null
  expiresAt: Date | null
  endedAt: Date | null
}

/** A link to a song. Its token was told when it was made. */
export interface SongLink {
  id: string
  songId: string
  role: 'view' | 'edit'
  createdBy: SharePerson
  state: 'open' | 'revoked' | 'expired' | 'used_up'
  /** How many people may open it; null for any number. */
  maxUses: number | null
  useCount: number
  createdAt: Date
  expiresAt: Date | null
}

/** A song that is offered to a new owner. */
export interface Transfer {
  id: string
  from: SharePerson
  to: SharePerson
  /** Null for whoever has not accepted. */
  songId: string | null
  title: string
  message: string | null
  state: 'pending' | 'accepted' | 'declined' | 'cancelled' | 'replaced' | 'expired' | 'account_deleted'
  createdAt: Date
  expiresAt: Date
}

/** Something that a person should hear of. */
export interface Notice {
  id: string
  /** What happened: `share_offered`, `share_accepted`, `share_declined`, `share_left`, `share_changed`, `share_revoked`,
   * `transfer_offered`, `transfer_accepted`, `transfer_declined`, `transfer_cancelled`. */
  kind: string
  /** Who did it; null when that is not told. */
  actor: SharePerson | null
  /** Null in an offer. */
  songId: string | null
  /** The song's title as it was. */
  title: string
  role: string | null
  /** The id of the share or the transfer. */
  subjectId: string
  createdAt: Date
  readAt: Date | null
}

const person: Reader<SharePerson> = row({ id, handle: nullable(text()), displayName: text() })
// A newer database may know more words than this package.
const word = text() as Reader<never>
const maybeText = nullable(text())
const maybeTime = nullable(timestamp)
const maybePerson = nullable(person)
const of = { id, songId: nullable(id), title: text(), createdAt: timestamp }

const shareFields = {
  ...of,
  kind: word,
  state: word,
  role: word,
  message: maybeText,
  sharedBy: person,
  sharedWith: maybePerson,
  email: maybeText,
  acceptedAt: maybeTime,
  expiresAt: maybeTime,
  endedAt: maybeTime,
}
export const share: Reader<Share> = row(shareFields)
/** One that is accepted names its song. */
export const acceptedShare: Reader<Share & { songId: string }> = row({ ...shareFields, songId: id })

export const linkFields = {
  id,
  songId: id,
  role: word,
  createdBy: person,
  state: word,
  maxUses: nullable(integer()),
  useCount: integer(),
  createdAt: timestamp,
  expiresAt: maybeTime,
}

export const transfer: Reader<Transfer> = row({
  ...of,
  from: person,
  to: person,
  message: maybeText,
  state: word,
  expiresAt: timestamp,
})

export const notice: Reader<Notice> = row({
  ...of,
  kind: text(),
  actor: maybePerson,
  role: maybeText,
  subjectId: id,
  readAt: maybeTime,
})

export const role: Reader<SongRole | null> = nullable(word)

/** A time that was given, as the database reads it, which knows no signed year. */
export const instant: Reader<string> = (value, path) => {
  const written = value instanceof Date && !Number.isNaN(+value) ? value.toISOString() : ''
  if (/^(?!0000)\d{4}-/.test(written)) return written
  throw new ShapeError(path, 'a Date in the years 1 to 9999')
}

/** What lists of the latest first are paged by. */
export const byTime: Keys = [
  ['created_at', 'beforeCreatedAt', text()],
  ['id', 'beforeId', id],
]
