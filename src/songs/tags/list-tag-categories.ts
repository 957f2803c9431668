import { type Operation, operation } from '../../core/call.ts'
import { list, nullable, type Reader, row, text } from '../../core/shape.ts'

/** A category of tags. */
export interface TagCategory {
  name: string
  description: string | null
  /** The color as `#45B7D1`, or null. */
  colorHex: string | null
  /** The name of an icon, which your app draws; or null. */
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

export const listTagCategories: Operation<[], TagCategory[]> = operation(
  'songs.listTagCategories',
  'list_tag_categories',
  {},
  categories,
)
