import { type Operation, operation } from '../../core/call.ts'
import { id } from '../../core/parse.ts'
import { flag, object, oneOf, optional, text } from '../../core/shape.ts'
import { instant, type Share, type ShareTarget, share, target } from '../schema.ts'

/** The recipient, either a user or an address, and the role. */
export interface NewShare {
  /** The recipient's id. */
  userId?: string | undefined
  /**
   * The recipient's e-mail address. A user who has confirmed it can accept if the project claims offers by address; otherwise the user who
   * opens the link that your server sends there (`create_offer_link`).
   */
  email?: string | undefined
  /** A role below yours: an admin gives `view` and `edit`, the owner also `admin`. */
  role: Share['role']
  /** A message to the recipient, 1 to 1,000 characters. */
  message?: string | undefined
  /** When the share expires; never by default. */
  expiresAt?: Date | undefined
  /** With a setlist: also offers `view` in its songs that you may share. The recipient answers all of them with the setlist. */
  withSongs?: boolean | undefined
}

const newShare = object({
  userId: optional(id),
  email: optional(text()),
  role: oneOf('view', 'edit', 'admin'),
  message: optional(text()),
  expiresAt: optional(instant),
  withSongs: optional(flag),
})

export const shareSong: Operation<[target: ShareTarget, wanted: NewShare], Share> = operation(
  'sharing.share',
  'offer_share',
  { songId: target, wanted: newShare },
  share,
  {},
  { toArguments: ({ songId, wanted }) => ({ ...songId, ...wanted }) },
)
