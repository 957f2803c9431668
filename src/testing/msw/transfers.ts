import { refuse } from './refusal.ts'
import type { Args, Notice, Share, StoredSong, Transfer } from './rows.ts'
import { hasPassed, named, nameOf, notify, requireNoBlock, requireSong } from './shares.ts'
import { addVersion, songOf } from './songs.ts'
import { type Account, type Call, isBefore, latestFirst, page, type World } from './world.ts'

function transferRow(world: World, transfer: Transfer, viewer: Account) {
  const { id, from, to, song_id, message, outcome, created_at, expires_at } = transfer
  return {
    ...named,
    ...{ id, message, created_at, expires_at },
    from: nameOf(world, from),
    to: nameOf(world, to),
    title: world.songs.get(song_id)?.title,
    state: outcome ?? (hasPassed(expires_at) ? 'expired' : 'pending'),
    song_id: from === viewer.id || outcome === 'accepted' ? song_id : null,
  }
}

const isPending = (world: World, one: Transfer) =>
  !one.outcome && !hasPassed(one.expires_at) && !world.songs.get(one.song_id)?.deleted_at

/** A pending transfer from or to the user, with its song. */
function pending(world: World, me: Account, id: string): { transfer: Transfer; target: StoredSong } {
  const transfer = world.transfers.get(id)
  const target = transfer && world.songs.get(transfer.song_id)
  if (transfer && target && isPending(world, transfer) && [transfer.from, transfer.to].includes(me.id)) {
    return { transfer, target }
  }
  refuse('transfer_not_found', 'unable to reach the transfer; there is none that is pending')
}

export const transferCalls: Record<string, Call> = {
  offer_transfer(world, me, args: Args) {
    requireSong(args)
    const { target_id, user_id: to, message = null } = args
    if (to === me.id) refuse('invalid_input', 'unable to offer the song; the id is your own', 'userId')
    requireNoBlock(world, me, to, 'userId')
    const target = songOf(world, me, target_id, 'hand over', 'owner')
    for (const one of world.transfers.values()) {
      if (one.song_id !== target.id || !isPending(world, one)) continue
      one.outcome = 'replaced'
      if (one.to !== to) notify(world, one.to, 'transfer_cancelled', target, me, { subject_id: one.id })
    }
    const created_at = world.now()
    const expires_at = new Date(Date.parse(created_at) + 14 * 86_400_000).toISOString().replace('Z', '+00:00')
    const id = crypto.randomUUID()
    const transfer = {
      id,
      song_id: target.id,
      from: me.id,
      to,
      message,
      outcome: null,
      created_at,
      expires_at,
    }
    world.transfers.set(id, transfer)
    notify(world, to, 'transfer_offered', target, me, { subject_id: id })
    return transferRow(world, transfer, me)
  },
  accept_transfer(world, me, { transfer_id: id }) {
    const { transfer, target } = pending(world, me, id)
    if (transfer.to !== me.id) {
      refuse('transfer_not_found', 'unable to accept the transfer; there is none for you')
    }
    transfer.outcome = 'accepted'
    const now = world.now()
    for (const one of world.shares.values()) {
      if (one.song_id !== target.id || one.shared_with !== me.id || one.ended_at) continue
      Object.assign(one, { ended_at: now, end_reason: 'became_owner' })
    }
    const before = { ...target }
    Object.assign(target, { created_by: me.id, version: target.version + 1, updated_at: now })
    const share: Share = {
      ...{
        id: crypto.randomUUID(),
        kind: 'person',
        role: 'admin',
        song_id: target.id,
        message: null,
        email: null,
      },
      ...{ shared_by: me.id, shared_with: transfer.from, link_id: null, created_at: now, accepted_at: now },
      ...{ expires_at: null, ended_at: null, end_reason: null },
    }
    world.shares.set(share.id, share)
    addVersion(world, me, target, 'transfer', before)
    notify(world, transfer.from, 'transfer_accepted', target, me, { subject_id: id })
    return target.id
  },
  end_transfer(world, me, { transfer_id: id }) {
    const { transfer, target } = pending(world, me, id)
    const isMine = transfer.from === me.id
    transfer.outcome = isMine ? 'cancelled' : 'declined'
    const kind = isMine ? 'transfer_cancelled' : 'transfer_declined'
    notify(world, isMine ? transfer.to : transfer.from, kind, target, me, { subject_id: id })
  },
  list_transfers: (world, me) =>
    latestFirst(
      [...world.transfers.values()].filter(
        (one) => isPending(world, one) && [one.from, one.to].includes(me.id),
      ),
      (one) => [one.created_at, one.id],
    ).map((one) => transferRow(world, one, me)),
  list_notices(_world, me, args) {
    const key = (one: Notice): [string, string] => [one.created_at, one.id]
    const all = me.notices.filter(({ read_at: at }) => !args.only_unread || at === null)
    return page(latestFirst(all, key), args, (one) =>
      isBefore(key(one), args.before_created_at, args.before_id),
    )
  },
  read_notices(world, me, { notice_ids: ids }) {
    const unread = me.notices.filter(({ id, read_at: at }) => at === null && (!ids || ids.includes(id)))
    for (const notice of unread) notice.read_at = world.now()
    return unread.length
  },
}
