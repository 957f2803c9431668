import { call, nothing } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { TertuliaError } from '../core/error.ts'
import { id, parseInput } from '../core/parse.ts'
import type { CallOptions } from '../core/run.ts'
import { exactly, integer, list, nullable, oneOf, optional, type Reader, row, text } from '../core/shape.ts'
import { byId, instant, linkFields, role, type SongLink, type SongRole } from './schema.ts'

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

const newLink = exactly({
  role: optional(oneOf('view', 'edit')),
  maxUses: optional(integer(1, 100_000)),
  expiresAt: optional(instant),
})
const newSongLink: Reader<NewSongLink> = row({ ...linkFields, token: text() })
const links: Reader<SongLink[]> = list(row(linkFields))

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
export async function createLink(
  context: Context,
  songId: string,
  wanted: NewLink = {},
  options?: CallOptions,
): Promise<NewSongLink> {
  const operation = 'sharing.createLink'
  const input = { songId: parseInput(operation, id, songId), ...parseInput(operation, newLink, wanted) }
  return call(context, operation, options, 'create_song_link', input, newSongLink)
}

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
export async function openLink(
  context: Context,
  token: string,
  options?: CallOptions,
): Promise<{ songId: string; role: SongRole }> {
  const operation = 'sharing.openLink'
  const opened = nullable(row({ songId: id, role: role as Reader<SongRole> }))
  return call(
    context,
    operation,
    options,
    'open_song_link',
    { token: parseInput(operation, text({ max: 200 }), token) },
    (value, path) => {
      const answer = opened(value, path)
      if (answer) return answer
      throw new TertuliaError('link_not_found', 'unable to open the link; it does not open', { operation })
    },
  )
}

/**
 * The latest 200 links of a song, closed ones too, without their tokens. For its owner and admins.
 *
 * @throws `song_not_found`, `forbidden`, `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * const open = (await tertulia.sharing.listLinks(song.id)).filter(({ state }) => state === 'open')
 * ```
 */
export const listLinks = byId('sharing.listLinks', 'list_song_links', 'songId', links)

/**
 * Closes a link and ends every role that it gave. Revoking again changes nothing.
 *
 * @throws `link_not_found`, `invalid_input`, `not_signed_in`.
 * @example
 * ```ts
 * await tertulia.sharing.revokeLink(link.id)
 * ```
 */
export const revokeLink = byId('sharing.revokeLink', 'revoke_song_link', 'linkId', nothing)
