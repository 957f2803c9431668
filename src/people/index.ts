import { bind } from '../core/bind.ts'
import type { Context } from '../core/context.ts'
import type { PortfolioCalls } from './portfolio/calls.ts'
import { listPortfolio, removePortfolioItem, savePortfolioItem } from './portfolio/portfolio.ts'
import type { ReviewCalls } from './reviews/calls.ts'
import { answerReview, hideReview, listReviews, removeReview, reviewUser } from './reviews/reviews.ts'

export type { AnySupabaseClient, Context, OperationReport, TertuliaOptions } from '../core/context.ts'
export { createContext } from '../core/create-context.ts'
export { isTertuliaError, TertuliaError } from '../core/error.ts'
export type { ErrorCode } from '../core/error-codes.ts'
export type { Page, Paged, PageOptions } from '../core/page.ts'
export type { Person } from '../core/person.ts'
export type { CallOptions } from '../core/run.ts'
export type { KeyValueStorage } from '../core/storage.ts'
export type { Lifecycle } from '../live/lifecycle.ts'
export type { PortfolioItem, PortfolioItemChanges } from './portfolio/portfolio.ts'
export type { HideReviewOptions, ListedReview, NewReview, Review } from './reviews/reviews.ts'

/** The portfolios of users, and the reviews about users. */
export interface People extends PortfolioCalls, ReviewCalls {}

/**
 * Creates portfolios and reviews, which are not part of the whole client.
 *
 * @param context - From `createContext`. Domains on one context share a connection.
 * @example
 * ```ts
 * const people = createPeople(createContext(supabase))
 * const items = await people.listPortfolio()
 * ```
 */
export function createPeople(context: Context): People {
  return bind(context, {
    savePortfolioItem,
    removePortfolioItem,
    listPortfolio,
    review: reviewUser,
    answerReview,
    removeReview,
    hideReview,
    listReviews,
  })
}
