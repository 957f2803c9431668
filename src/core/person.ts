import { id } from './parse.ts'
import { nullable, type Reader, row, text } from './shape.ts'

/** A user, as other objects name them. A deleted account keeps its id and has neither a handle nor a name. */
export interface Person {
  id: string
  /** The unique handle; null once the account is deleted. */
  handle: string | null
  /** The name that other users see; empty once the account is deleted. */
  displayName: string
  /** URL of the public profile picture, or null; left out where only names are read. */
  avatarUrl?: string | null
}

export const personFields = { id, handle: nullable(text()), displayName: text() }

export const person: Reader<Person> = row(personFields)
