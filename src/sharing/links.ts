import { nothing, type Operation, operation } from '../core/call.ts'
import { TertuliaError } from '../core/error.ts'
import { id } from '../core/parse.ts'
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
} from '../core/shape.ts'
import { instant, linkFields, role, type SongLink, type SongRole } from './schema.ts'

/** What a link gives, to how many, until when. */
export interface NewLink {
  /** `view` unless told. */
  role?: SongLink['role']
  /** How many people may open it, 1 to 100,000; any number unless told. */
  maxUses?: number
  /** When it ends by itself, and what it gave with it; never unless told. */
  expiresAt?: Date
}

/** A link that was just made. */
export interface NewSongLink extends SongLink {
  /** Put it into a URL of your app, after the `#` so that no server logs it. Nobody can read it again. */
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
const opened = nullable(row({ songId: id, role: role as Reader<SongRole> }))

/**
 * Makes a link to a song. Whoever is signed in and opens it has its role from then on, while the song is `shared` or
 * `public` and until the link or the person is put out. A song has at most 50 open links.
 *
 * @throws `song_not_found`, `forbidden` without the role admin, `invalid_input`, `rate_limited`, `not_signed_in`.
 * @example
 * ```ts
 * const { token } = await tertulia.sharing.createLink(song.id, { role: 'view', maxUses: 10 })
 * const url = `https://example.com/songs#${token}`
 * ```
 */
export const createLink: Operation<[songId: string, wanted?: NewLink], NewSongLink> = operation(
  'sharing.createLink',
  'create_song_link',
  { songId: id, wanted: withDefault(newLink, {}) },
  newSongLink,
  {},
  { toArguments: ({ songId, wanted }) => ({ songId, ...wanted }) },
)

/**
 * Opens a link: takes the role that it gives. Opening it again changes nothing.
 *
 * @returns The song's id and one's role, which may be higher than the link's.
 * @throws `link_not_found` for every link that does not open: made up, revoked, expired, used up, of a private song;
 * `rate_limited` after 20 in ten minutes; `not_signed_in`.
 * @example
 * ```ts
 * const { songId } = await tertulia.sharing.openLink(location.hash.slice(1))
 * const song = await tertulia.songs.get(songId)
 * ```
 */
export const openLink: Operation<[token: string], { songId: string; role: SongRole }> = operation(
  opening,
  'open_song_link',
  { token: text() },
  (value, path) => {
    const answer = opened(value, path)
    if (answer) return answer
    throw new TertuliaError('link_not_found', 'unable to open the link; it does not open', {
      operation: opening,
    })
  },
)

/**
 * The latest 200 links of a song, closed ones too, without their tokens. For its owner and admins.
 *
 * @throws `song_not_found`, `forbidden`, `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * const open = (await tertulia.sharing.listLinks(song.id)).filter(({ state }) => state === 'open')
 * ```
 */
export const listLinks: Operation<[songId: string], SongLink[]> = operation(
  'sharing.listLinks',
  'list_song_links',
  { songId: id },
  links,
)

/**
 * Closes a link and ends every role that it gave. Revoking again changes nothing.
 *
 * @throws `link_not_found`, `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.sharing.revokeLink(link.id)
 * ```
 */
export const revokeLink: Operation<[linkId: string], void> = operation(
  'sharing.revokeLink',
  'revoke_song_link',
  { linkId: id },
  nothing,
)
