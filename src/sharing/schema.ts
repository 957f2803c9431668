import type { Keys } from '../core/call.ts'
import { id, timestamp } from '../core/parse.ts'
import { type Person, person } from '../core/person.ts'
import { integer, nullable, object, type Reader, row, ShapeError, text } from '../core/shape.ts'

/** A role in a song. Each includes the next: the owner decides about visibility and ownership, admins share, editors change, viewers read. */
export type SongRole = 'owner' | 'admin' | 'edit' | 'view'

/** The state of a share. From `declined` on it has ended and stays in lists as history. */
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

/** The target of a share: a song by its id, or a setlist. */
export type ShareTarget =
  | string
  | {
      /** The setlist's id. */
      setlistId: string
    }

/** A role in a song or setlist that a user gave to a user, an address or a link. */
export interface Share {
  id: string
  /** The recipient: a user, an e-mail address, a user who opened a link, or all members of a circle. */
  kind: 'person' | 'email' | 'link' | 'circle'
  /** Where it stands. */
  state: ShareState
  /** The role that it gives. */
  role: Exclude<SongRole, 'owner'>
  /** The kind of the shared target. */
  targetKind: 'song' | 'setlist'
  /** The shared song. Null for a setlist, and for the recipient until accepted: a pending share shows the title and the sender only. */
  songId: string | null
  /** The shared setlist. Null for a song, and for the recipient until accepted. */
  setlistId: string | null
  title: string
  /** The message to the recipient, or null. Only the sender and the recipient can see it. */
  message: string | null
  /** The sender. */
  sharedBy: Person
  /** The recipient; null for an address until it is accepted, so that it does not reveal whether the address has an account. */
  sharedWith: Person | null
  /** The invited address; only the sender sees it. */
  email: string | null
  /** The circle whose members have the role; null for other recipients. */
  circle: { id: string; name: string } | null
  createdAt: Date
  /** When the recipient accepted the share; null until then. */
  acceptedAt: Date | null
  /** When the share expires; null for never. */
  expiresAt: Date | null
  /** When the share ended; null while it is in force. */
  endedAt: Date | null
}

/** A link to a song or setlist. Only `createLink` returns its token. */
export interface SongLink {
  id: string
  /** The song that the link opens; null for a link to a setlist. */
  songId: string | null
  /** The setlist that the link opens; null for a link to a song. */
  setlistId: string | null
  /** The role that it gives. */
  role: 'view' | 'edit'
  /** The user who created it. */
  createdBy: Person
  /** The state of the link. Users can open an `open` link only. */
  state: 'open' | 'revoked' | 'expired' | 'used_up'
  /** How many users can open the link; null for any number. */
  maxUses: number | null
  /** How many users have opened the link. */
  useCount: number
  createdAt: Date
  /** When the link, and every role that it gave, expires; null for never. */
  expiresAt: Date | null
}

/** A song or setlist that its owner offers to a new owner. */
export interface Transfer {
  id: string
  /** The owner who offers it. */
  from: Person
  /** The user who can accept it. */
  to: Person
  /** The kind of the offered target. */
  targetKind: 'song' | 'setlist'
  /** The offered song. Null for a setlist, and for the new owner until accepted. */
  songId: string | null
  /** The offered setlist. Null for a song, and for the new owner until accepted. */
  setlistId: string | null
  title: string
  message: string | null
  /** The state of the transfer. The new owner can accept a `pending` transfer only. */
  state: 'pending' | 'accepted' | 'declined' | 'cancelled' | 'replaced' | 'expired' | 'account_deleted'
  createdAt: Date
  /** When the offer expires: 14 days after it was made. */
  expiresAt: Date
}

/** A notice: an event of your shares, transfers and circles. */
export interface Notice {
  id: string
  /** What happened: `share_offered`, `share_accepted`, `share_declined`, `share_left`, `share_changed`, `share_revoked`,
   * `transfer_offered`, `transfer_accepted`, `transfer_declined`, `transfer_cancelled`, `circle_invited`, `circle_joined`,
   * `circle_shared`, `circle_role_changed`, `circle_removed`, `circle_deleted`, `access_requested`, `comment_added`. */
  kind: string
  /** The user who did it; null when the notice does not reveal it. */
  actor: Person | null
  /** What it is about. */
  targetKind: 'song' | 'setlist' | 'circle'
  /** Null for other targets, and in an offer. */
  songId: string | null
  /** Null for other targets, and in an offer. */
  setlistId: string | null
  /** The circle that it is about, or with which the target was shared; null in an invitation. */
  circleId: string | null
  /** The title of the song or setlist, or the name of the circle, at that time. */
  title: string
  /** The role in question, or null. */
  role: string | null
  /** The id of the share, the transfer, the invitation, the circle, the request or the comment. */
  subjectId: string
  createdAt: Date
  /** Null while it is unread. */
  readAt: Date | null
}

// A newer database may know more words than this package.
const word = text() as Reader<never>
const maybeText = nullable(text())
const maybeTime = nullable(timestamp)
const maybePerson = nullable(person)
export const targetIds = { songId: nullable(id), setlistId: nullable(id) }
const of = { ...targetIds, id, targetKind: word, title: text(), createdAt: timestamp }

export const share: Reader<Share> = row({
  ...of,
  kind: word,
  state: word,
  role: word,
  message: maybeText,
  sharedBy: person,
  sharedWith: maybePerson,
  email: maybeText,
  circle: nullable(row({ id, name: text() })),
  acceptedAt: maybeTime,
  expiresAt: maybeTime,
  endedAt: maybeTime,
})

export const linkFields = {
  ...targetIds,
  id,
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
  circleId: nullable(id),
  actor: maybePerson,
  role: maybeText,
  subjectId: id,
  readAt: maybeTime,
})

export const role: Reader<SongRole | null> = nullable(word)

const setlist = object({ setlistId: id })

/** A target as the database takes it. */
export const target: Reader<{ targetId: string; targetKind?: string }> = (value, path) =>
  value && typeof value === 'object'
    ? { targetId: setlist(value, path).setlistId, targetKind: 'setlist' }
    : { targetId: id(value, path) }

/** The arguments of a call about a target. */
export const onTarget = <T extends object>({ songId, ...rest }: { songId: { targetId: string } } & T) => ({
  ...songId,
  ...rest,
})

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
