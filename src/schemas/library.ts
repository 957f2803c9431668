import * as z from 'zod'
import { id } from './scalars.ts'
import { emptyableLines, lines, matching, name } from './text.ts'

const key = matching(/^[A-G][#b]?m?$/, 'a key such as F#m')
  .nullable()
  .optional()
const capo = z.int().min(0).max(24).nullable().optional()
/** An empty text is none. */
const note = (longest: number) =>
  emptyableLines(longest, (text) => text === '')
    .nullable()
    .optional()
const visibility = z.enum(['private', 'shared', 'public']).optional()

const entry = {
  key,
  capo,
  tempo: z.int().min(30).max(300).nullable().optional(),
  note: note(500),
}

/**
 * The changes of `setlists.updateEntry`.
 *
 * @example
 * ```ts
 * import { entryChanges } from 'tertulia/schemas'
 *
 * entryChanges.parse({ key: 'D', capo: 2 })
 * ```
 */
export const entryChanges = z.strictObject(entry)

/**
 * The input of `setlists.create`.
 *
 * @example
 * ```ts
 * import { newSetlist } from 'tertulia/schemas'
 *
 * newSetlist.parse({ title: 'Friday' })
 * ```
 */
export const newSetlist = z.strictObject({
  title: name(255),
  note: note(2000),
  visibility,
  id: id.optional(),
  entries: z
    .array(z.strictObject({ ...entry, songId: id }))
    .max(200)
    .optional(),
})

/**
 * The changes of `setlists.update`.
 *
 * @example
 * ```ts
 * import { setlistChanges } from 'tertulia/schemas'
 *
 * setlistChanges.parse({ note: 'Bring the capo.' })
 * ```
 */
export const setlistChanges = z.strictObject({ title: name(255).optional(), note: note(2000), visibility })

/**
 * The changes of `library.setWay`: how a user plays a song.
 *
 * @example
 * ```ts
 * import { wayChanges } from 'tertulia/schemas'
 *
 * wayChanges.parse({ key: 'D', capo: 2, fontSize: 14 })
 * ```
 */
export const wayChanges = z.strictObject({
  key,
  capo,
  note: note(2000),
  fontSize: z.int().min(6).max(72).nullable().optional(),
})

/**
 * The input of `comments.add`.
 *
 * @example
 * ```ts
 * import { newComment } from 'tertulia/schemas'
 *
 * newComment.parse({ content: 'C or Am here?', line: 3 })
 * ```
 */
export const newComment = z
  .strictObject({
    content: lines(2000),
    line: z.int().min(1).max(2_147_483_647).optional(),
    replyTo: id.optional(),
    id: id.optional(),
  })
  .superRefine(({ line, replyTo }, context) => {
    if (line === undefined || replyTo === undefined) return
    context.addIssue({
      code: 'custom',
      path: ['line'],
      message: 'is that of the thread: leave out line or replyTo',
    })
  })
