import { type ListOperation, listOperation, nothing, type Operation, operation } from '../../core/call.ts'
import { newId } from '../../core/new-id.ts'
import { id } from '../../core/parse.ts'
import { integer, object, optional, text } from '../../core/shape.ts'
import { type Comment, comment, type NewComment } from './schema.ts'

export const addComment: Operation<[songId: string, comment: NewComment], Comment> = operation(
  'comments.add',
  'add_comment',
  {
    songId: id,
    comment: object({
      content: text(),
      line: optional(integer(1, 2_147_483_647)),
      replyTo: optional(id),
      id: optional(id),
    }),
  },
  comment,
  {},
  {
    toArguments: ({ songId, comment: { id: commentId = newId(), ...rest } }) => ({
      songId,
      commentId,
      ...rest,
    }),
  },
)

export const editComment: Operation<[commentId: string, content: string], Comment> = operation(
  'comments.edit',
  'edit_comment',
  { commentId: id, content: text() },
  comment,
)

const resolving = (name: string, resolved: boolean): Operation<[commentId: string], Comment> =>
  operation(
    name,
    'resolve_comment',
    { commentId: id },
    comment,
    {},
    { toArguments: (input) => ({ ...input, resolved }) },
  )

export const resolveComment: Operation<[commentId: string], Comment> = resolving('comments.resolve', true)
export const reopenComment: Operation<[commentId: string], Comment> = resolving('comments.reopen', false)

export const deleteComment: Operation<[commentId: string], void> = operation(
  'comments.delete',
  'delete_comment',
  { commentId: id },
  nothing,
)

export const listComments: ListOperation<[songId: string], Comment> = listOperation(
  'comments.list',
  'list_comments',
  { songId: id },
  comment,
  [
    ['created_at', 'afterCreatedAt', text()],
    ['id', 'afterId', id],
  ],
)
