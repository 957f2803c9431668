import type { CallOptions } from '../../core/run.ts'
import type { PortfolioItem, PortfolioItemChanges } from './portfolio.ts'

/** Calls that keep and show portfolios. */
export interface PortfolioCalls {
  /**
   * Adds an item to your portfolio, or changes the fields of one that you pass. Changes of two devices at once are both kept: each one
   * moves only its own item.
   *
   * @param item - A new item needs `title`, and `url` or `file`. With the `id` of an item only the fields that you pass change.
   * @returns The item after the change.
   * @throws `invalid_input` with `field`: `title`, `url`, `file`, `position`, `id` for an id of another user's item, or `item` when there
   * are 50 already; `rate_limited` after 300 changes in an hour; `account_not_found`; `not_signed_in`.
   * @example
   * ```ts
   * const reel = await people.savePortfolioItem({ title: 'Reel 2026', url: 'https://vimeo.com/1' })
   * await people.savePortfolioItem({ id: reel.id, position: 0 })
   * ```
   */
  savePortfolioItem(item: PortfolioItemChanges, options?: CallOptions): Promise<PortfolioItem>
  /**
   * Removes an item of your portfolio and its file. Does nothing if you have no such item.
   *
   * @param itemId - The item's id.
   * @throws `invalid_input` for an id that is not a UUID, `rate_limited` after 300 changes in an hour, `account_not_found`,
   * `not_signed_in`.
   * @example
   * ```ts
   * const [first] = await people.listPortfolio()
   * if (first) await people.removePortfolioItem(first.id)
   * ```
   */
  removePortfolioItem(itemId: string, options?: CallOptions): Promise<void>
  /**
   * Returns the portfolio of a user in the user's order: at most 50 items. It is empty for an unlisted profile that you cannot see.
   *
   * @param userId - The user's id; leave it out for your own portfolio.
   * @throws `invalid_input` for an id that is not a UUID, `account_not_found`, `not_signed_in`.
   * @example
   * ```ts
   * const items = await people.listPortfolio(ben.id)
   * ```
   */
  listPortfolio(userId?: string, options?: CallOptions): Promise<PortfolioItem[]>
}
