import type { Paged, PageOptions } from '../../core/page.ts'
import type { CallOptions } from '../../core/run.ts'
import type { HideReviewOptions, ListedReview, NewReview, Review } from './reviews.ts'

/** Calls by which users review each other. */
export interface ReviewCalls {
  /**
   * Reviews the other user of a direct conversation in which you converted, once for each conversion. A retry returns the same review.
   * Average and count of a user's reviews are in `reviews` of the profile.
   *
   * @param conversationId - The conversation for which `analytics.recordConversion` or your service recorded your conversion.
   * @param review - `rating` from 1 to 5; `content` of at most 2,000 characters.
   * @throws `conversion_not_found`; `review_exists` when you have written another review of it; `profile_not_found` when the other account
   * is deleted; `invalid_input`; `rate_limited` after 20 reviews and answers in an hour; `account_not_found`; `not_signed_in`.
   * @example
   * ```ts
   * const { id } = await tertulia.chat.getDirect(ben.id)
   * await people.review(id, { rating: 5, content: 'Quick and careful.' })
   * ```
   */
  review(conversationId: string, review: NewReview, options?: CallOptions): Promise<Review>
  /**
   * Answers a review of you, once. A retry with the same answer does nothing.
   *
   * @param reviewId - The review's id.
   * @param answer - 1 to 2,000 characters.
   * @throws `review_not_found`; `review_answered` when it has another answer; `invalid_input`; `rate_limited` after 20 reviews and answers in
   * an hour; `account_not_found`; `not_signed_in`.
   * @example
   * ```ts
   * const { items } = await people.listReviews()
   * if (items[0]) await people.answerReview(items[0].id, 'Thank you!')
   * ```
   */
  answerReview(reviewId: string, answer: string, options?: CallOptions): Promise<void>
  /**
   * Removes a review that you wrote, with its answer. Then you can write another one. Does nothing for a review of another user, and for one
   * that a moderator hid.
   *
   * @param reviewId - The review's id.
   * @throws `invalid_input` for an id that is not a UUID, `not_signed_in`.
   * @example
   * ```ts
   * const review = await people.review(conversation.id, { rating: 2 })
   * await people.removeReview(review.id)
   * ```
   */
  removeReview(reviewId: string, options?: CallOptions): Promise<void>
  /**
   * Hides a review from lists, averages and counts, or shows it again. For moderators. Users report reviews with
   * `moderation.report('review', …)`.
   *
   * @param reviewId - The review's id.
   * @param options - `hidden`: false shows it again.
   * @throws `forbidden`, `review_not_found`, `invalid_input`, `account_not_found`, `not_signed_in`.
   * @example
   * ```ts
   * const { items } = await moderation.listReports()
   * for (const { kind, subjectId } of items) if (kind === 'review') await people.hideReview(subjectId)
   * ```
   */
  hideReview(reviewId: string, options?: CallOptions & HideReviewOptions): Promise<void>
  /**
   * Lists reviews of a user, the latest first. It is empty for an unlisted profile that you cannot see.
   *
   * @param userId - The user's id; leave it out for reviews of you.
   * @param options - `limit` per page: 1 to 200, default 50. `cursor`: the `nextCursor` of the page before.
   * @throws `invalid_input`, `invalid_cursor`, `account_not_found`, `not_signed_in`.
   * @example
   * ```ts
   * for await (const { rating, content } of people.listReviews(ben.id)) console.log(rating, content)
   * ```
   */
  listReviews(userId?: string, options?: PageOptions & CallOptions): Paged<ListedReview>
}
