import { type ListOperation, listOperation, nothing, type Operation, operation } from '../../core/call.ts'
import { id } from '../../core/parse.ts'
import { flag, integer, list, object, oneOf, optional, text } from '../../core/shape.ts'
import { byTime, instant, type Share, type ShareTarget, share, target } from '../schema.ts'
import {
  type Circle,
  type CircleInvitation,
  circle,
  invitation,
  type NewCircleLink,
  newLink,
} from './schema.ts'

/** Whom to invite: one of `userId`, `handle` and `email`. */
export interface NewCircleInvitation {
  userId?: string | undefined
  /** With or without `@`, in capitals or not. */
  handle?: string | undefined
  /**
   * An e-mail address. A user who has confirmed it can accept if the project claims offers by address; otherwise the user who opens the
   * link that your server sends there (`create_circle_invitation_link`).
   */
  email?: string | undefined
  /** Default `member`. Only owners invite an `admin`. */
  role?: 'admin' | 'member' | undefined
  /** 1 to 1,000 characters. */
  message?: string | undefined
  /** At most a year from now; 14 days by default. */
  expiresAt?: Date | undefined
}

/** Options of a link into a circle. */
export interface CircleLinkOptions {
  /** How many users can join by it: 1 to 100,000; any number by default. */
  maxUses?: number | undefined
  /** At most a year from now; 14 days by default. */
  expiresAt?: Date | undefined
}

/** The role that all members of a circle get. */
export interface CircleShareOptions {
  /** A role below yours; `view` by default. */
  role?: Share['role'] | undefined
  /** When it ends by itself; never by default. */
  expiresAt?: Date | undefined
  /** With a setlist: also shares `view` in its songs that you may share. */
  withSongs?: boolean | undefined
}

/** An invitation by its id, or by the token of a link. */
export type InvitationKey =
  | string
  | {
      /** From a link. */
      token: string
    }

const newInvitation = object({
  userId: optional(id),
  handle: optional(text()),
  email: optional(text()),
  role: optional(oneOf('admin', 'member')),
  message: optional(text()),
  expiresAt: optional(instant),
})
const byToken = object({ token: text() })
const linkOptions = { maxUses: optional(integer(1, 100_000)), expiresAt: optional(instant) }
const invitationId = { invitationId: id }

export const inviteToCircle: Operation<[circleId: string, wanted: NewCircleInvitation], CircleInvitation> =
  operation(
    'circles.inviteUser',
    'invite_to_circle',
    { circleId: id, wanted: newInvitation },
    invitation,
    {},
    { toArguments: ({ circleId, wanted }) => ({ circleId, ...wanted }) },
  )

export const createCircleLink: Operation<[circleId: string, options?: CircleLinkOptions], NewCircleLink> =
  operation(
    'circles.createLink',
    'create_circle_link',
    { circleId: id, wanted: optional(object(linkOptions)) },
    newLink,
    {},
    { toArguments: ({ circleId, wanted }) => ({ circleId, ...wanted }) },
  )

export const listCircleInvitations: ListOperation<[circleId: string], CircleInvitation> = listOperation(
  'circles.listInvitations',
  'list_circle_invitations',
  { circleId: id },
  invitation,
  byTime,
)

export const revokeInvitation: Operation<[invitationId: string], void> = operation(
  'circles.revokeInvitation',
  'revoke_circle_invitation',
  invitationId,
  nothing,
)

export const listReceivedInvitations: Operation<[], CircleInvitation[]> = operation(
  'circles.listReceivedInvitations',
  'list_circle_invitations_received',
  {},
  list(invitation),
)

export const readInvitation: Operation<[token: string], CircleInvitation> = operation(
  'circles.readInvitation',
  'get_circle_invitation',
  { token: text() },
  invitation,
)

export const acceptInvitation: Operation<[invitation: InvitationKey], Circle> = operation(
  'circles.acceptInvitation',
  'accept_circle_invitation',
  {
    invitation: (
      value: unknown,
      path: string,
    ): { invitationId?: string | undefined; token?: string | undefined } =>
      value && typeof value === 'object' ? byToken(value, path) : { invitationId: id(value, path) },
  },
  circle,
  {},
  { toArguments: ({ invitation }) => invitation },
)

export const declineInvitation: Operation<[invitationId: string], void> = operation(
  'circles.declineInvitation',
  'decline_circle_invitation',
  invitationId,
  nothing,
)

export const shareWithCircle: Operation<
  [circleId: string, target: ShareTarget, options?: CircleShareOptions],
  Share
> = operation(
  'circles.share',
  'share_with_circle',
  {
    circleId: id,
    songId: target,
    wanted: optional(
      object({
        role: optional(oneOf('view', 'edit', 'admin')),
        expiresAt: optional(instant),
        withSongs: optional(flag),
      }),
    ),
  },
  share,
  {},
  { toArguments: ({ circleId, songId, wanted }) => ({ circleId, ...songId, ...wanted }) },
)

export const listCircleShares: ListOperation<[circleId: string], Share> = listOperation(
  'circles.listShares',
  'list_circle_shares',
  { circleId: id },
  share,
  byTime,
)

export const removeCircleShare: Operation<[shareId: string], void> = operation(
  'circles.removeShare',
  'remove_circle_share',
  { shareId: id },
  nothing,
)
