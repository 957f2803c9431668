import { type ListOperation, listOperation, type Operation, operation } from '../../core/call.ts'
import type { PageOptions } from '../../core/page.ts'
import { id } from '../../core/parse.ts'
import type { CallOptions } from '../../core/run.ts'
import { flag, integer, list, optional } from '../../core/shape.ts'
import { byTime, type Notice, notice } from '../schema.ts'

export const listNotices: ListOperation<
  [],
  Notice,
  { unread?: boolean | undefined } & PageOptions & CallOptions
> = listOperation(
  'sharing.listNotices',
  'list_notices',
  {},
  notice,
  byTime,
  { unread: optional(flag) },
  ({ unread }) => ({ onlyUnread: unread }),
)

export const markRead: Operation<[noticeIds?: string[]], number> = operation(
  'sharing.markRead',
  'read_notices',
  { noticeIds: optional(list(id)) },
  integer(),
)
