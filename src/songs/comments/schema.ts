import { id, timestamp } from '../../core/parse.ts'
import { type Person, person } from '../../core/person.ts'
import { integer, nullable, type Reader, row, text } from '../../core/shape.ts'

/** A comment on a song. */
export interface Comment {
  id: string
  songId: string
  /** The first comment of the thread that this one replies to; null for a first comment. */
  replyTo: string | null
  /** The line of the song's content when the comment was written, from 1. Null when it is about the whole song. `lineOf` finds it again. */
  line: number | null
  /** What that line said, its first 500 characters; null without a line. */
  quote: string | null
  /** Empty once the comment is deleted. */
  content: string
  /** The song's version when the comment was written. */
  songVersion: number
  /** The user who wrote it. Null once it is deleted, and on public songs for an unlisted profile that you cannot see. */
  author: Person | null
  createdAt: Date
  /** When the author last changed it, or null. */
  editedAt: Date | null
  /** When its thread was resolved, or null. */
  resolvedAt: Date | null
  /** The user who resolved it, or null. */
  resolvedBy: Person | null
  /** When it was deleted, or null. A deleted comment is only there while it has replies. */
  deletedAt: Date | null
}

/** A comment to add. */
export interface NewComment {
  /** 1 to 2,000 characters. */
  content: string
  /** The line of the song's content that it is about, from 1. Leave it out for the whole song and for a reply. */
  line?: number | undefined
  /** The id of the comment that it replies to. A reply to a reply belongs to the same thread. */
  replyTo?: string | undefined
  /** A UUID, created for you by default. Keep it when you retry: the same id is the same comment. */
  id?: string | undefined
}

export const comment: Reader<Comment> = row({
  id,
  songId: id,
  replyTo: nullable(id),
  line: nullable(integer()),
  quote: nullable(text()),
  content: text(),
  songVersion: integer(),
  author: nullable(person),
  createdAt: timestamp,
  editedAt: nullable(timestamp),
  resolvedAt: nullable(timestamp),
  resolvedBy: nullable(person),
  deletedAt: nullable(timestamp),
})
