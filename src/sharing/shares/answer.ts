import { nothing, type Operation, operation } from '../../core/call.ts'
import { id } from '../../core/parse.ts'
import { onTarget, role, type Share, type ShareTarget, type SongRole, share, target } from '../schema.ts'

export const acceptShare: Operation<[shareId: string], Share> = operation(
  'sharing.accept',
  'accept_share',
  { shareId: id },
  share,
)

export const declineShare: Operation<[shareId: string], void> = operation(
  'sharing.decline',
  'decline_share',
  { shareId: id },
  nothing,
)

export const revokeShare: Operation<[shareId: string], SongRole | null> = operation(
  'sharing.revoke',
  'revoke_share',
  { shareId: id },
  role,
)

export const getRole: Operation<[target: ShareTarget], SongRole | null> = operation(
  'sharing.getRole',
  'role_in',
  { songId: target },
  role,
  {},
  { toArguments: onTarget },
)
