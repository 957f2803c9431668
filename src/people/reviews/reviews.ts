import { type ListOperation, listOperation, nothing, type Operation, operation } from '../../core/call.ts'
import { id, timestamp } from '../../core/parse.ts'
import { type Person, person } from '../../core/person.ts'
import type { CallOptions } from '../../core/run.ts'
import { flag, integer, nullable, object, optional, type Reader, row, text } from '../../core/shape.ts'

/** A review that a user writes about another user after a conversion. */
export interface Review {
  id: string
  /** The reviewed user. */
  userId: string
  /** The rating, 1 to 5. */
  rating: number
  /** The text of the review. Empty where the reviewer wrote nothing, or once the reviewer's account is deleted. */
  content: string
  createdAt: Date
  /** The answer of the reviewed user, or null. */
  answer: string | null
  /** When the reviewed user answered, or null. */
  answeredAt: Date | null
  /** When a moderator hid the review, or null. Only the reviewer and moderators see hidden reviews. */
  hiddenAt: Date | null
}

/** A review in a list. */
export interface ListedReview extends Review {
  /** The user who wrote the review. Null for an unlisted profile that you cannot see, and once the account is deleted. */
  reviewer: Person | null
}

/** A review to write. */
export interface NewReview {
  /** The rating, 1 to 5. */
  rating: number
  /** At most 2,000 characters. */
  content?: string | undefined
}

/** Options of `hideReview`. */
export interface HideReviewOptions {
  /** False shows the review again. Default true. */
  hidden?: boolean | undefined
}

const fields = {
  id,
  userId: id,
  rating: integer(),
  content: text(),
  createdAt: timestamp,
  answer: nullable(text()),
  answeredAt: nullable(timestamp),
  hiddenAt: nullable(timestamp),
}
const listed: Reader<ListedReview> = row({ ...fields, reviewer: nullable(person) })

export const reviewUser: Operation<[conversationId: string, review: NewReview], Review> = operation(
  'people.review',
  'review_user',
  { conversationId: id, review: object({ rating: integer(1, 5), content: optional(text()) }) },
  row(fields),
  {},
  { toArguments: ({ conversationId, review }) => ({ conversationId, ...review }) },
)

export const answerReview: Operation<[reviewId: string, answer: string], void> = operation(
  'people.answerReview',
  'answer_review',
  { reviewId: id, answer: text() },
  nothing,
)

export const removeReview: Operation<[reviewId: string], void> = operation(
  'people.removeReview',
  'remove_review',
  { reviewId: id },
  nothing,
)

export const hideReview: Operation<[reviewId: string], void, CallOptions & HideReviewOptions> = operation(
  'people.hideReview',
  'hide_review',
  { reviewId: id },
  nothing,
  { hidden: optional(flag) },
)

export const listReviews: ListOperation<[userId?: string], ListedReview> = listOperation(
  'people.listReviews',
  'list_reviews',
  { userId: optional(id) },
  listed,
  [
    ['created_at', 'beforeAt', text()],
    ['id', 'beforeId', id],
  ],
)
