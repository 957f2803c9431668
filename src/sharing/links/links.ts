import { nothing, type Operation, operation } from '../../core/call.ts'
import { TertuliaError } from '../../core/error.ts'
import { id } from '../../core/parse.ts'
import {
  integer,
  list,
  nullable,
  object,
  oneOf,
  optional,
  type Reader,
  row,
  text,
  withDefault,
} from '../../core/shape.ts'
import {
  instant,
  linkFields,
  onTarget,
  role,
  type ShareTarget,
  type SongLink,
  type SongRole,
  target,
  targetIds,
} from '../schema.ts'

/** The options of a new link. */
export interface NewLink {
  /** The role that the link gives; default `view`. */
  role?: SongLink['role'] | undefined
  /** How many users can open the link: 1 to 100,000; any number by default. */
  maxUses?: number | undefined
  /** When the link, and every role that it gave, expires; never by default. */
  expiresAt?: Date | undefined
}

/** The song or setlist that a link opened. */
export interface OpenedLink {
  /** The song that the link opened; null for a link to a setlist. */
  songId: string | null
  /** The setlist that the link opened; null for a link to a song. */
  setlistId: string | null
  /** Your role, which may be higher than the link's. */
  role: SongRole
}

/** A link with its token. */
export interface NewSongLink extends SongLink {
  /** Put it after the `#` of a URL, so that servers do not log it. It cannot be read again. */
  token: string
}

const newLink = object({
  role: optional(oneOf('view', 'edit')),
  maxUses: optional(integer(1, 100_000)),
  expiresAt: optional(instant),
})
const newSongLink: Reader<NewSongLink> = row({ ...linkFields, token: text() })
const links: Reader<SongLink[]> = list(row(linkFields))
const opening = 'sharing.openLink'
const opened = nullable(row({ ...targetIds, role: role as Reader<SongRole> }))

export const createLink: Operation<[target: ShareTarget, wanted?: NewLink], NewSongLink> = operation(
  'sharing.createLink',
  'create_link',
  { songId: target, wanted: withDefault(newLink, {}) },
  newSongLink,
  {},
  { toArguments: ({ songId, wanted }) => ({ ...songId, ...wanted }) },
)

export const openLink: Operation<[token: string], OpenedLink> = operation(
  opening,
  'open_link',
  { token: text() },
  (value, path) => {
    const answer = opened(value, path)
    if (answer) return answer
    throw new TertuliaError(
      'link_not_found',
      'unable to open the link; it is wrong, has ended or is not for you',
      {
        operation: opening,
      },
    )
  },
)

export const listLinks: Operation<[target: ShareTarget], SongLink[]> = operation(
  'sharing.listLinks',
  'list_links',
  { songId: target },
  links,
  {},
  { toArguments: onTarget },
)

export const revokeLink: Operation<[linkId: string], void> = operation(
  'sharing.revokeLink',
  'revoke_link',
  { linkId: id },
  nothing,
)
