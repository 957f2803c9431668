import type { CallOptions } from '../../core/run.ts'
import type { SongLink, SongRole } from '../schema.ts'
import type { NewLink, NewSongLink } from './links.ts'

/** Calls about links that give a role in a song. */
export interface LinkCalls {
  /**
   * Creates a link to a song. Each signed-in user who opens it has its role while the song is `shared` or `public`, until you revoke the
   * link or that user's share. A song has at most 50 open links.
   *
   * @param songId - The song's id. You must be its owner or an admin.
   * @param wanted - `role` is `view` by default. `maxUses` and `expiresAt` limit the link; it has no limits by default.
   * @returns The link with its token, which you cannot read again. Put it after the `#` of a URL, so that servers do not log it.
   * @throws `song_not_found` without a role in the song; `forbidden` for editors and viewers; `invalid_input`, also for the 51st open
   * link; `rate_limited` after 60 shares, links and transfers in an hour; `not_signed_in`.
   * @example
   * ```ts
   * const { token } = await tertulia.sharing.createLink(song.id, { role: 'view', maxUses: 10 })
   * const address = `https://example.com/songs#${token}`
   * ```
   */
  createLink(songId: string, wanted?: NewLink, options?: CallOptions): Promise<NewSongLink>
  /**
   * Opens a link and takes the role that it gives. Opening it again does nothing.
   *
   * @param token - The token of `createLink`.
   * @returns The song's id and your role, which may be higher than the link's.
   * @throws `link_not_found` for every link that does not open, whether it is unknown, revoked, expired, used up or of a private song;
   * `rate_limited` after 20 attempts in ten minutes; `not_signed_in`.
   * @example
   * ```ts
   * const { songId } = await tertulia.sharing.openLink(location.hash.slice(1))
   * const opened = await tertulia.songs.get(songId)
   * ```
   */
  openLink(token: string, options?: CallOptions): Promise<{ songId: string; role: SongRole }>
  /**
   * Lists the latest 200 links of a song, closed ones too, without their tokens. For its owner and admins.
   *
   * @param songId - The song's id.
   * @throws `song_not_found` without a role in the song, `forbidden` for editors and viewers, `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * const open = (await tertulia.sharing.listLinks(song.id)).filter(({ state }) => state === 'open')
   * ```
   */
  listLinks(songId: string, options?: CallOptions): Promise<SongLink[]>
  /**
   * Revokes a link and every role that it gave. Revoking again does nothing.
   *
   * @param linkId - The link's id, from `listLinks`.
   * @throws `link_not_found`; `song_not_found` without a role in the song; `forbidden` for editors and viewers; `invalid_input`;
   * `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.sharing.revokeLink(link.id)
   * ```
   */
  revokeLink(linkId: string, options?: CallOptions): Promise<void>
}
