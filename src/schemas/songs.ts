import * as z from 'zod'
import { readChord } from '../chordpro/chord.ts'
import { metadata } from './metadata.ts'
import { id, language, webAddress } from './scalars.ts'
import { anyText, emptyableName, faultOfCatalogueName, matching, ruled } from './text.ts'

const emptyable = <T extends z.ZodType>(schema: T) => schema.nullable().optional()
const within = (least: number, most: number) => emptyable(z.int().min(least).max(most))
const encoder = new TextEncoder()

const content = ruled((text) => (encoder.encode(text).length > 131_072 ? 'has more than 128 KiB' : undefined))

const fields = {
  title: emptyable(emptyableName(255)),
  artist: emptyable(emptyableName(255)),
  album: emptyable(emptyableName(255)),
  key: emptyable(matching(/^[A-G][#b]?m?$/, 'a key such as F#m')),
  tempo: within(30, 300),
  timeSignature: emptyable(
    matching(/^(?:[1-9]|[12][0-9]|3[0-2])\/(?:1|2|4|8|16|32)$/, 'a time signature such as 3/4'),
  ),
  capo: within(0, 24),
  genre: emptyable(emptyableName(100)),
  style: emptyable(emptyableName(100)),
  language: emptyable(language),
  year: within(1, 9999),
  durationSeconds: within(1, 86_400),
  difficulty: within(1, 5),
  sourceUrl: emptyable(webAddress),
  sourceType: matching(/^[a-z][a-z0-9_-]{0,49}$/, 'a lower-case word').optional(),
  visibility: z.enum(['private', 'shared', 'public']).optional(),
  metadata: metadata.optional(),
}

/**
 * The input of `songs.create`, and one song of `songs.import`.
 *
 * @example
 * ```ts
 * import { newSong } from 'tertulia/schemas'
 *
 * const input = newSong.parse({ content: '{title: Luna}\n[C]La luna' })
 * await tertulia.songs.create(input)
 * ```
 */
export const newSong = z.strictObject({ ...fields, content, id: id.optional() })

/**
 * The changes of `songs.update`.
 *
 * @example
 * ```ts
 * import { songChanges } from 'tertulia/schemas'
 *
 * songChanges.parse({ visibility: 'public' })
 * ```
 */
export const songChanges = z.strictObject({ ...fields, content: content.optional() })

const values = z.array(anyText).min(1).max(100).optional()
const chords = z
  .array(anyText)
  .min(1)
  .max(100)
  .superRefine((names, context) => {
    const strange = names.find((name) => !readChord(name))
    if (strange !== undefined) context.addIssue({ code: 'custom', message: `${strange} is not a chord` })
  })
  .optional()
const bound = z.int().min(-999_999_999).max(999_999_999).nullable()
const span = z.tuple([bound, bound]).readonly().optional()

/**
 * The filters of `songs.search` and `songs.facets`.
 *
 * @example
 * ```ts
 * import { songFilters } from 'tertulia/schemas'
 *
 * songFilters.parse({ genre: ['folk'] })
 * ```
 */
export const songFilters = z
  .strictObject({
    artist: values,
    genre: values,
    style: values,
    key: values,
    language: values,
    source: values,
    difficulty: span,
    year: span,
    tempo: span,
    duration: span,
    anyTags: values,
    allTags: values,
    chords,
    playable: chords,
    missing: z.int().min(0).max(99).optional(),
  })
  .superRefine(({ missing, playable }, context) => {
    if (missing === undefined || playable) return
    context.addIssue({
      code: 'custom',
      path: ['missing'],
      message: 'counts chords beside those that are playable',
    })
  })

// Controls separate the words of a tag as white space does.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are meant
const spaced = /[\s\x00-\x1f\x7f-\x9f]+/g

/**
 * The tags of `songs.tag` and `songs.untag`.
 *
 * @example
 * ```ts
 * import { songTags } from 'tertulia/schemas'
 *
 * songTags.parse(['Fogata'])
 * ```
 */
export const songTags = z
  .array(anyText)
  .min(1)
  .max(50)
  .superRefine((tags, context) => {
    for (const tag of tags) {
      const fault = faultOfCatalogueName(tag.replace(spaced, ' '))
      if (fault) context.addIssue({ code: 'custom', message: `a tag ${fault}` })
    }
  })
