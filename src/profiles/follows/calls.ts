import type { Paged, PageOptions } from '../../core/page.ts'
import type { CallOptions } from '../../core/run.ts'
import type { FollowedPerson, Follows } from './follows.ts'

/** Calls by which users follow each other. */
export interface FollowCalls {
  /**
   * Follows a user. Following again does nothing. A block between you ends both follows and prevents new ones.
   *
   * @param userId - The user's id.
   * @throws `blocked` when one of you blocked the other, `profile_not_found`, `invalid_input` for your own id and when you already follow
   * 5,000 users, `rate_limited` after 200 follows in an hour, `account_not_found`, `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.profiles.follow(ben.id)
   * ```
   */
  follow(userId: string, options?: CallOptions): Promise<void>
  /**
   * Stops following a user. Does nothing if you do not follow the user.
   *
   * @param userId - The user's id.
   * @throws `invalid_input` for an id that is not a UUID, `not_signed_in`.
   * @example
   * ```ts
   * await tertulia.profiles.unfollow(ben.id)
   * ```
   */
  unfollow(userId: string, options?: CallOptions): Promise<void>
  /**
   * Counts the followers of a user and the users whom the user follows, and returns whether the two of you follow each other. Counts leave
   * out unlisted profiles.
   *
   * @param userId - The user's id; leave it out for your own counts.
   * @throws `profile_not_found`, also for an unlisted profile that you cannot see; `account_not_found`, `invalid_input`, `not_signed_in`.
   * @example
   * ```ts
   * const { followers, isFollowed } = await tertulia.profiles.getFollows(ben.id)
   * ```
   */
  getFollows(userId?: string, options?: CallOptions): Promise<Follows>
  /**
   * Lists who follows a user, the latest first. Unlisted profiles are left out.
   *
   * @param userId - The user's id; leave it out for your own followers.
   * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @throws `invalid_input`, `invalid_cursor`, `rate_limited` after 20,000 profiles in an hour, `account_not_found`, `not_signed_in`.
   * @example
   * ```ts
   * const { items, nextCursor } = await tertulia.profiles.listFollowers(ben.id, { limit: 20 })
   * ```
   */
  listFollowers(userId?: string, options?: PageOptions & CallOptions): Paged<FollowedPerson>
  /**
   * Lists whom a user follows, the latest first. Unlisted profiles are left out.
   *
   * @param userId - The user's id; leave it out for the users whom you follow.
   * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @throws `invalid_input`, `invalid_cursor`, `rate_limited` after 20,000 profiles in an hour, `account_not_found`, `not_signed_in`.
   * @example
   * ```ts
   * for await (const person of tertulia.profiles.listFollowing()) console.log(person.handle)
   * ```
   */
  listFollowing(userId?: string, options?: PageOptions & CallOptions): Paged<FollowedPerson>
}
