import { avatarUrl } from '../../core/avatar.ts'
import type { Context } from '../../core/context.ts'
import { id, timestamp } from '../../core/parse.ts'
import { type Person, person, personFields } from '../../core/person.ts'
import { integer, list, nullable, type Reader, row, text } from '../../core/shape.ts'

/** A role in a circle. Owners decide about roles and the circle itself, admins invite and remove members. */
export type CircleRole = 'owner' | 'admin' | 'member'

/** A member of a circle. */
export interface CircleMember extends Person {
  avatarUrl: string | null
  role: CircleRole
  joinedAt: Date
}

/** A circle as lists show it. */
export interface CircleSummary {
  id: string
  name: string
  /** URL of the public picture, or null. */
  pictureUrl: string | null
  /** Your role. */
  role: CircleRole
  /** How many users are members, you among them. */
  memberCount: number
  /** The group conversation of the circle, which `chat.openConversation` opens; null when it has none. */
  conversationId: string | null
  /** One more with each change of the name, the picture, the members or the conversation. */
  version: number
  createdAt: Date
  updatedAt: Date
}

/** A circle with its members. */
export interface Circle extends CircleSummary {
  /** Owners first, then admins, then members, each in the order in which they joined. */
  members: CircleMember[]
}

/** An invitation into a circle: of a user, an address, or whoever opens a link. It is no membership before it is accepted. */
export interface CircleInvitation {
  id: string
  kind: 'person' | 'email' | 'link'
  /** The role that the new member gets. */
  role: 'admin' | 'member'
  /** Only a `pending` invitation can be accepted. `removed`: the user was removed from the circle or banned from it. */
  state:
    | 'pending'
    | 'accepted'
    | 'declined'
    | 'revoked'
    | 'removed'
    | 'expired'
    | 'used_up'
    | 'account_deleted'
  message: string | null
  /** The member who invited. */
  invitedBy: Person
  /** Null for the user who is invited. */
  circleId: string | null
  /** The name of the circle. */
  circleName: string
  /** URL of the circle's picture, or null. */
  pictureUrl: string | null
  /** How many users are members of the circle. */
  memberCount: number
  /** The invited user; null for an address until it is accepted, for a link, and for a profile that you cannot see. */
  user: Person | null
  /** The invited address; only the member who invited sees it. */
  email: string | null
  /** How many users can join by the link; null for any number, and for other invitations. */
  maxUses: number | null
  /** How many users have joined by it. */
  useCount: number
  createdAt: Date
  /** From then on nobody can accept it. */
  expiresAt: Date
  /** Null while it can still be accepted, or has expired. */
  endedAt: Date | null
}

/** A link into a circle, as it was created: the only answer with its token. */
export interface NewCircleLink extends CircleInvitation {
  /** Put it into an address of your app. It cannot be read again. */
  token: string
}

/** A user who is banned from a circle. */
export interface CircleBan {
  userId: string
  /** Null for a profile that you cannot see. */
  handle: string | null
  /** Empty for a profile that you cannot see. */
  displayName: string
  /** The member who banned the user. */
  bannedBy: string
  createdAt: Date
}

// A newer database may know more words than this package.
const word = text() as Reader<never>
const picture: Reader<string> = (value, path, context) => avatarUrl(context as Context, text()(value, path))
const pictureColumn = { pictureUrl: 'picture_path' }

const summaryFields = {
  id,
  name: text(),
  pictureUrl: nullable(picture),
  role: word,
  memberCount: integer(),
  conversationId: nullable(id),
  version: integer(),
  createdAt: timestamp,
  updatedAt: timestamp,
}
export const circleSummary: Reader<CircleSummary> = row(summaryFields, pictureColumn)

const member: Reader<CircleMember> = row(
  { ...personFields, avatarUrl: nullable(picture), role: word, joinedAt: timestamp },
  { avatarUrl: 'avatar_path' },
)
export const circle: Reader<Circle> = row({ ...summaryFields, members: list(member) }, pictureColumn)

const invitationFields = {
  id,
  kind: word,
  role: word,
  state: word,
  message: nullable(text()),
  invitedBy: person,
  circleId: nullable(id),
  circleName: text(),
  pictureUrl: nullable(picture),
  memberCount: integer(),
  user: nullable(person),
  email: nullable(text()),
  maxUses: nullable(integer()),
  useCount: integer(),
  createdAt: timestamp,
  expiresAt: timestamp,
  endedAt: nullable(timestamp),
}
export const invitation: Reader<CircleInvitation> = row(invitationFields, pictureColumn)
export const newLink: Reader<NewCircleLink> = row({ ...invitationFields, token: text() }, pictureColumn)

export const ban: Reader<CircleBan> = row({
  userId: id,
  handle: nullable(text()),
  displayName: text(),
  bannedBy: id,
  createdAt: timestamp,
})
