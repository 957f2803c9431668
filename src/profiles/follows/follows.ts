import { avatarUrl } from '../../core/avatar.ts'
import { type ListOperation, listOperation, nothing, type Operation, operation } from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import { id, timestamp } from '../../core/parse.ts'
import { type Person, personFields } from '../../core/person.ts'
import { flag, integer, nullable, optional, type Reader, row, text } from '../../core/shape.ts'

/** A user in a list of followers or of followed users. */
export interface FollowedPerson extends Person {
  avatarUrl: string | null
  /** When your service verified the user; null if it has not. */
  verifiedAt: Date | null
  /** When the one began to follow the other. */
  followedAt: Date
  /** Whether you follow this user. */
  isFollowed: boolean
}

/** How many follow a user and are followed. */
export interface Follows {
  /** How many listed users follow the user. */
  followers: number
  /** How many listed users the user follows. */
  following: number
  /** Whether you follow the user. */
  isFollowed: boolean
  /** Whether the user follows you. */
  followsYou: boolean
}

const avatar: Reader<string> = (value, path, context) => avatarUrl(context as Context, text()(value, path))

const followedPerson: Reader<FollowedPerson> = row(
  {
    ...personFields,
    avatarUrl: nullable(avatar),
    verifiedAt: nullable(timestamp),
    followedAt: timestamp,
    isFollowed: flag,
  },
  { avatarUrl: 'avatar_path' },
)

export const followUser: Operation<[userId: string], void> = operation(
  'profiles.follow',
  'follow_user',
  { userId: id },
  nothing,
)

export const unfollowUser: Operation<[userId: string], void> = operation(
  'profiles.unfollow',
  'unfollow_user',
  { userId: id },
  nothing,
)

export const getFollows: Operation<[userId?: string], Follows> = operation(
  'profiles.getFollows',
  'get_follows',
  { userId: optional(id) },
  row({ followers: integer(), following: integer(), isFollowed: flag, followsYou: flag }),
)

const listOf = (
  name: string,
  functionName: 'list_followers' | 'list_following',
): ListOperation<[userId?: string], FollowedPerson> =>
  listOperation(name, functionName, { userId: optional(id) }, followedPerson, [
    ['followed_at', 'beforeAt', text()],
    ['id', 'beforeId', id],
  ])

export const listFollowers = /* @__PURE__ */ listOf('profiles.listFollowers', 'list_followers')
export const listFollowing = /* @__PURE__ */ listOf('profiles.listFollowing', 'list_following')
