import { type Operation, operation } from '../core/call.ts'
import { id } from '../core/parse.ts'
import { object, oneOf, optional, text } from '../core/shape.ts'
import { instant, type Share, share } from './schema.ts'

/** Whom to share a song with, and as what. Either a person or an address. */
export interface NewShare {
  /** A person's id. */
  userId?: string
  /**
   * An e-mail address. Whoever has confirmed it may accept, where the project claims offers by address; else whoever opens the link that
   * your server sends to it (`create_offer_link`).
   */
  email?: string
  /** A role below one's own: an admin gives `view` and `edit`, the owner `admin` too. */
  role: Share['role']
  /** 1 to 1,000 characters. */
  message?: string
  /** When it ends by itself; never unless told. */
  expiresAt?: Date
}

const newShare = object({
  userId: optional(id),
  email: optional(text()),
  role: oneOf('view', 'edit', 'admin'),
  message: optional(text()),
  expiresAt: optional(instant),
})

/**
 * Offers a role in a song. Nothing is open to the other side before they accept. Sharing again with the same person or
 * address changes role and end of the share in force, and one's own message; by id also of a share that the person was
 * offered by address and has accepted. The answer to an address is the same whether it has an account or not.
 *
 * @throws `song_not_found`; `forbidden` without the role admin or for a role that is not below one's own; `invalid_input`,
 * also for oneself and the owner; `profile_not_found`; `blocked`; `rate_limited` after 60 an hour; `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.sharing.share(song.id, { email: 'ben@example.com', role: 'edit', message: 'Second verse?' })
 * ```
 */
export const shareSong: Operation<[songId: string, wanted: NewShare], Share> = operation(
  'sharing.share',
  'share_song',
  { songId: id, wanted: newShare },
  share,
  {},
  { toArguments: ({ songId, wanted }) => ({ songId, ...wanted }) },
)
