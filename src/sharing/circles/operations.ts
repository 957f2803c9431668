import { avatarUrl } from '../../core/avatar.ts'
import {
  call,
  type ListOperation,
  listOperation,
  nothing,
  type Operation,
  operation,
} from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import { type FileBytes, refusedFile } from '../../core/file-bytes.ts'
import { newId } from '../../core/new-id.ts'
import { calledWith, id, parseInput } from '../../core/parse.ts'
import { removePictures, uploadPicture } from '../../core/picture.ts'
import type { CallOptions } from '../../core/run.ts'
import { list, object, oneOf, optional, row, text } from '../../core/shape.ts'
import type { LiveHandle } from '../../live/types.ts'
import { type WatchedState, watchTarget } from '../../live/watch-target.ts'
import { byTime } from '../schema.ts'
import {
  ban,
  type Circle,
  type CircleBan,
  type CircleRole,
  type CircleSummary,
  circle,
  circleSummary,
} from './schema.ts'

/** A circle to create. */
export interface NewCircle {
  /** 1 to 120 characters on one line. */
  name: string
  /** A UUID, created for you by default. Keep it when you retry: the same id is the same circle. */
  id?: string | undefined
}

/** The state of a watched circle. `closeReason` is `removed` when the user is no longer in it, or it was deleted. */
export interface WatchedCircleSnapshot extends WatchedState<CircleRole> {
  /** Null before the first answer, and once the user is not in it. */
  circle: Circle | null
}

/** A live handle on a circle. */
export interface WatchedCircle extends LiveHandle<WatchedCircleSnapshot> {
  readonly id: string
}

const one = { circleId: id }
const member = { circleId: id, userId: id }

export const createCircle: Operation<[circle: NewCircle], Circle> = operation(
  'circles.create',
  'create_circle',
  { circle: object({ name: text(), id: optional(id) }) },
  circle,
  {},
  { toArguments: ({ circle: { name, id: circleId = newId() } }) => ({ circleId, name }) },
)

export const getCircle: Operation<[circleId: string], Circle> = operation(
  'circles.get',
  'get_circle',
  one,
  circle,
)

export const listCircles: ListOperation<[], CircleSummary> = listOperation(
  'circles.list',
  'list_circles',
  {},
  circleSummary,
  byTime,
)

export const renameCircle: Operation<[circleId: string, name: string], Circle> = operation(
  'circles.rename',
  'update_circle',
  { circleId: id, name: text() },
  circle,
)

export const deleteCircle: Operation<[circleId: string], void> = operation(
  'circles.delete',
  'delete_circle',
  one,
  nothing,
)

export const leaveCircle: Operation<[circleId: string], void> = operation(
  'circles.leaveCircle',
  'leave_circle',
  one,
  nothing,
)

export const removeMember: Operation<[circleId: string, userId: string], Circle> = operation(
  'circles.removeMember',
  'remove_circle_member',
  member,
  circle,
)

export const banMember: Operation<[circleId: string, userId: string], Circle> = operation(
  'circles.ban',
  'ban_from_circle',
  member,
  circle,
)

export const unbanMember: Operation<[circleId: string, userId: string], void> = operation(
  'circles.unban',
  'unban_from_circle',
  member,
  nothing,
)

export const listCircleBans: ListOperation<[circleId: string], CircleBan> = listOperation(
  'circles.listBans',
  'list_circle_bans',
  one,
  ban,
  [
    ['created_at', 'beforeCreatedAt', text()],
    ['user_id', 'beforeId', id],
  ],
)

export const setCircleRole: Operation<[circleId: string, userId: string, role: CircleRole], Circle> =
  operation(
    'circles.setRole',
    'set_circle_role',
    { ...member, role: oneOf<CircleRole>('owner', 'admin', 'member') },
    circle,
  )

export const transferCircle: Operation<[circleId: string, userId: string], Circle> = operation(
  'circles.transfer',
  'transfer_circle',
  member,
  circle,
)

export const openCircleConversation: Operation<[circleId: string], string> = operation(
  'circles.openConversation',
  'open_circle_conversation',
  { circleId: id },
  id,
)

export const releaseCircleConversation: Operation<[circleId: string], void> = operation(
  'circles.releaseConversation',
  'release_circle_conversation',
  { circleId: id },
  nothing,
)

export const watchCircle = (context: Context, circleId: string): WatchedCircle =>
  watchTarget<'circle', Circle, CircleRole>(
    context,
    'circles.watch',
    'circle',
    'watch_circle',
    circle,
    circleId,
  )

const replacedFiles = row({ replaced: list(text()) })
const about = calledWith(one)

/** Records the picture, and removes the files that it replaced. */
async function record(
  context: Context,
  operation: string,
  circleId: string,
  path: string | null,
  options?: CallOptions,
) {
  // The generated type does not know that an argument may be null.
  const input = { circleId, path: path as string }
  const { replaced } = await call(context, operation, options, 'set_circle_picture', input, replacedFiles)
  await removePictures(context, operation, replaced, options)
}

export async function setCirclePicture(
  context: Context,
  circleId: string,
  file: FileBytes,
  options?: CallOptions,
): Promise<string> {
  const operation = 'circles.setPicture'
  const given = parseInput(operation, about, [circleId, options])
  const refuse = refusedFile(operation, 'picture')
  const path = await uploadPicture(context, operation, async () => given.circleId, file, refuse, options)
  await record(context, operation, given.circleId, path, options)
  return avatarUrl(context, path)
}

export async function removeCirclePicture(
  context: Context,
  circleId: string,
  options?: CallOptions,
): Promise<void> {
  const operation = 'circles.removePicture'
  const given = parseInput(operation, about, [circleId, options])
  await record(context, operation, given.circleId, null, options)
}
