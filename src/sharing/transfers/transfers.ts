import { nothing, type Operation, operation } from '../../core/call.ts'
import { id } from '../../core/parse.ts'
import type { CallOptions } from '../../core/run.ts'
import { list, optional, text } from '../../core/shape.ts'
import { onTarget, type ShareTarget, type Transfer, target, transfer } from '../schema.ts'

export const offerTransfer: Operation<
  [target: ShareTarget, userId: string],
  Transfer,
  { message?: string | undefined } & CallOptions
> = operation(
  'sharing.offerTransfer',
  'offer_transfer',
  { songId: target, userId: id },
  transfer,
  {
    message: optional(text()),
  },
  { toArguments: onTarget },
)

export const acceptTransfer: Operation<[transferId: string], string> = operation(
  'sharing.acceptTransfer',
  'accept_transfer',
  { transferId: id },
  id,
)

export const endTransfer: Operation<[transferId: string], void> = operation(
  'sharing.endTransfer',
  'end_transfer',
  { transferId: id },
  nothing,
)

export const listTransfers: Operation<[], Transfer[]> = operation(
  'sharing.listTransfers',
  'list_transfers',
  {},
  list(transfer),
)
