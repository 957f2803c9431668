import { type Operation, operation } from '../core/call.ts'
import { list, nullable, type Reader, row, text } from '../core/shape.ts'

/** What a tag can be about. */
export interface TagCategory {
  name: string
  description: string | null
  /** `#45B7D1` */
  colorHex: string | null
  /** The name of an icon, which the app draws. */
  icon: string | null
}

const categories: Reader<TagCategory[]> = list(
  row({
    name: text(),
    description: nullable(text()),
    colorHex: nullable(text()),
    icon: nullable(text()),
  }),
)

/**
 * What tags can be about, in order of names: those that the schema comes with and the app's own, which its service adds. Genre,
 * style and difficulty are among them; of a song they are fields, and no tag repeats those.
 *
 * @example
 * ```ts
 * const moods = (await tertulia.songs.listTagCategories()).find(({ name }) => name === 'mood')
 * ```
 */
export const listTagCategories: Operation<[], TagCategory[]> = operation(
  'songs.listTagCategories',
  'list_tag_categories',
  {},
  categories,
)
