import type { Paged, PageOptions } from '../../core/page.ts'
import type { CallOptions } from '../../core/run.ts'
import type { UserChanges } from '../../live/types.ts'
import type { Comment, NewComment } from './schema.ts'
import type { WatchedComments } from './watch.ts'

/**
 * Comments on songs and on lines of them. Every signed-in user who sees a song reads its comments and writes some: on a public song that is
 * everybody.
 */
export interface Comments extends UserChanges {
  /**
   * Adds a comment to a song, to one of its lines, or to another comment. The owner of the song and the users in the thread get the notice
   * `comment_added`.
   *
   * @param songId - The song's id.
   * @param comment - `content` of 1 to 2,000 characters; `line` or `replyTo`.
   * @returns The comment.
   * @throws `song_not_found` for a song that you do not see; `comment_not_found` for a `replyTo` that is deleted or on another song;
   * `blocked` when you and the owner of the song, or the user whom you answer, have blocked each other; `too_many_comments` after 1,000;
   * `invalid_input`; `rate_limited` after 120 comments and changes in an hour; `account_not_found`; `not_signed_in`.
   * @example
   * ```ts
   * const first = await comments.add(song.id, { line: 3, content: 'C or Am here?' })
   * await comments.add(song.id, { replyTo: first.id, content: 'Am.' })
   * ```
   */
  add(songId: string, comment: NewComment, options?: CallOptions): Promise<Comment>
  /**
   * Changes the words of a comment of yours.
   *
   * @param commentId - The comment's id.
   * @param content - 1 to 2,000 characters.
   * @returns The comment.
   * @throws `comment_not_found` once it is deleted or you do not see the song; `forbidden` for another user's; `invalid_input`;
   * `rate_limited`; `account_not_found`; `not_signed_in`.
   * @example
   * ```ts
   * const mine = await comments.add(song.id, { content: 'Slowr.' })
   * await comments.edit(mine.id, 'Slower.')
   * ```
   */
  edit(commentId: string, content: string, options?: CallOptions): Promise<Comment>
  /**
   * Marks a thread as done. For the author of its first comment and for users who may edit the song. Again does nothing.
   *
   * @param commentId - The id of the first comment of the thread.
   * @returns The comment.
   * @throws `comment_not_found`, `forbidden`, `invalid_input` for a reply, `rate_limited`, `account_not_found`, `not_signed_in`.
   * @example
   * ```ts
   * const { items } = await comments.list(song.id)
   * for (const { id, replyTo } of items) if (!replyTo) await comments.resolve(id)
   * ```
   */
  resolve(commentId: string, options?: CallOptions): Promise<Comment>
  /**
   * Opens a resolved thread again. For the same users as `resolve`.
   *
   * @param commentId - The id of the first comment of the thread.
   * @returns The comment.
   * @throws `comment_not_found`, `forbidden`, `invalid_input` for a reply, `rate_limited`, `account_not_found`, `not_signed_in`.
   * @example
   * ```ts
   * const { items } = await comments.list(song.id)
   * for (const { id, resolvedAt } of items) if (resolvedAt) await comments.reopen(id)
   * ```
   */
  reopen(commentId: string, options?: CallOptions): Promise<Comment>
  /**
   * Deletes a comment; replies to it stay. You can delete your own, also of a song that you no longer see. The owner and admins of the song
   * delete every comment on it, and moderators every comment. Again does nothing.
   *
   * @param commentId - The comment's id.
   * @throws `comment_not_found`, `forbidden` for another user's, `invalid_input`, `account_not_found`, `not_signed_in`.
   * @example
   * ```ts
   * const mine = await comments.add(song.id, { content: 'Wrong song.' })
   * await comments.delete(mine.id)
   * ```
   */
  delete(commentId: string, options?: CallOptions): Promise<void>
  /**
   * Lists the comments of a song with their replies, the oldest first, a page at a time.
   *
   * @param songId - The song's id.
   * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @throws `song_not_found`, `invalid_input`, `invalid_cursor`, `account_not_found`, `not_signed_in`.
   * @example
   * ```ts
   * for await (const { author, content } of comments.list(song.id)) console.log(author?.displayName, content)
   * ```
   */
  list(songId: string, options?: PageOptions & CallOptions): Paged<Comment>
  /**
   * Opens a live handle on the comments of a song. It closes with the reason `removed` when you no longer see the song.
   *
   * At most 256 users hear at once of a change; the others see it within 30 seconds.
   *
   * @param songId - The song's id.
   * @throws `invalid_input` at once. Later failures are in the snapshot: `song_not_found`, `not_signed_in`.
   * @example
   * ```ts
   * const handle = comments.watch(song.id)
   * const stop = handle.subscribe(() => console.log(handle.getSnapshot().comments.length))
   * ```
   */
  watch(songId: string): WatchedComments
}
