import type * as z from 'zod'

type Issue = z.core.$ZodIssue

function fieldsOfIssue(issue: Issue, before: readonly PropertyKey[]): string[] {
  const path = [...before, ...issue.path]
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => [...path, key].join('.'))
  if (issue.code === 'invalid_union') {
    // Of the alternatives the one that was meant: its faults lie deepest.
    const depth = (issues: readonly Issue[]) => Math.max(0, ...issues.map((one) => one.path.length))
    const [meant] = [...issue.errors].sort((a, b) => depth(b) - depth(a))
    if (meant && depth(meant) > 0) return meant.flatMap((one) => fieldsOfIssue(one, path))
  }
  return [path.join('.')]
}

/**
 * Returns the fields at fault, named as `TertuliaError.field` names them: `tags.0.kind`. A field that does not exist is named too. The
 * whole input is `''`.
 *
 * @param error - What `safeParse` returned as `error`, or what `parse` threw.
 * @example
 * ```ts
 * import { fieldsOf, newSong } from 'tertulia/schemas'
 *
 * const { error } = newSong.safeParse({ content: '[Am]la', tempo: 5 })
 * if (error) console.log(fieldsOf(error)) // ['tempo']
 * ```
 */
export function fieldsOf(error: z.core.$ZodError): string[] {
  return error.issues.flatMap((issue) => fieldsOfIssue(issue, []))
}
