import { nothing, type Operation, operation } from '../../core/call.ts'
import { id } from '../../core/parse.ts'
import { acceptedShare, onSong, role, type Share, type SongRole } from '../schema.ts'

export const acceptShare: Operation<[shareId: string], Share & { songId: string }> = operation(
  'sharing.accept',
  'accept_share',
  { shareId: id },
  acceptedShare,
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

export const getRole: Operation<[songId: string], SongRole | null> = operation(
  'sharing.getRole',
  'role_in',
  { songId: id },
  role,
  {},
  { toArguments: onSong },
)
