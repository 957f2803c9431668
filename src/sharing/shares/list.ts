import { type ListOperation, listOperation } from '../../core/call.ts'
import { id } from '../../core/parse.ts'
import { byTime, onSong, type Share, share } from '../schema.ts'

export const listShares: ListOperation<[songId: string], Share> = listOperation(
  'sharing.listShares',
  'list_shares',
  { songId: id },
  share,
  byTime,
  {},
  onSong,
)

export const listReceived: ListOperation<[], Share> = listOperation(
  'sharing.listReceived',
  'list_shares_received',
  {},
  share,
  byTime,
)

export const listSent: ListOperation<[], Share> = listOperation(
  'sharing.listSent',
  'list_shares_sent',
  {},
  share,
  byTime,
)
