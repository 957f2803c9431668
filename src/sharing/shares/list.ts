import { type ListOperation, listOperation } from '../../core/call.ts'
import { byTime, onTarget, type Share, type ShareTarget, share, target } from '../schema.ts'

export const listShares: ListOperation<[target: ShareTarget], Share> = listOperation(
  'sharing.listShares',
  'list_shares',
  { songId: target },
  share,
  byTime,
  {},
  onTarget,
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
