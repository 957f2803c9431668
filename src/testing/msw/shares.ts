import { newShare } from '../../schemas/sharing.ts'
import { check, refuse, toCamel } from './refusal.ts'
import type { Args, Notice, Share, StoredSong } from './rows.ts'
import { rank, roleIn, songOf, tellWatchers } from './songs.ts'
import { type Account, type Call, isBefore, latestFirst, page, person, type World } from './world.ts'

export const nameOf = (world: World, id: string) => {
  const { id: userId, handle, display_name } = person(world.accounts.get(id) as Account)
  return { id: userId, handle, display_name }
}
export const hasPassed = (at: string | null) => at !== null && Date.parse(at) <= Date.now()
export const asTime = (at?: string) => (at ? new Date(at).toISOString().replace('Z', '+00:00') : null)
const song = (world: World, id: string) => world.songs.get(id) as StoredSong
export const named = { target_kind: 'song', setlist_id: null } as const

/** Keeps a notice for a user and delivers it. */
export function notify(
  world: World,
  id: string,
  kind: string,
  about: StoredSong,
  actor: Account,
  data: Args,
): void {
  const isOffer = ['share_offered', 'transfer_offered', 'transfer_cancelled'].includes(kind) || data.pending
  const notice: Notice = {
    ...named,
    id: crypto.randomUUID(),
    kind,
    song_id: isOffer ? null : about.id,
    circle_id: null,
    actor: nameOf(world, actor.id),
    title: about.title,
    role: data.role ?? null,
    subject_id: data.subject_id,
    created_at: world.now(),
    read_at: null,
  }
  world.accounts.get(id)?.notices.push(notice)
  world.deliver(id, 'notice', notice)
}

function shareRow(world: World, share: Share, viewer: Account): object {
  const { id, kind, role, message, email, created_at, accepted_at, expires_at, ended_at } = share
  const isGiver = viewer.id !== share.shared_with
  const state = share.end_reason ?? (hasPassed(expires_at) ? 'expired' : accepted_at ? 'accepted' : 'pending')
  const isKnown = kind !== 'email' || accepted_at || !isGiver
  return {
    ...{ id, kind, state, role, created_at, accepted_at, expires_at, ended_at, ...named },
    song_id: isGiver || state === 'accepted' ? share.song_id : null,
    title: song(world, share.song_id).title,
    message: [share.shared_by, share.shared_with].includes(viewer.id) ? message : null,
    shared_by: nameOf(world, share.shared_by),
    shared_with: share.shared_with && isKnown ? nameOf(world, share.shared_with) : null,
    email: viewer.id === share.shared_by ? email : null,
    circle: null,
  }
}

export function requireSong(args: Args): void {
  if ((args.target_kind ?? 'song') !== 'song') {
    refuse('setlist_not_found', 'unable to reach the setlist; the fake backend has no setlists')
  }
}

function requireBelow(role: string, mine: string | null): void {
  if (rank(role) >= rank(mine))
    refuse('forbidden', `unable to share; the role ${mine} gives only lower ones`, 'role')
}

export function requireNoBlock(world: World, me: Account, id: string, field: string): Account {
  const other = world.accounts.get(id)
  if (!other) refuse('profile_not_found', 'unable to share the song; there is no such user', field)
  if (other.blocks.has(me.id) || me.blocks.has(id)) {
    refuse('blocked', 'unable to share the song; one of you blocked the other')
  }
  return other
}

const offer: Call = (world, me, args) => {
  const { target_id, target_kind, ...wanted } = args
  requireSong(args)
  check('share the song', newShare, toCamel(wanted))
  const email = args.email?.trim().toLowerCase() ?? null
  if (args.user_id === me.id || email === me.email) {
    refuse('invalid_input', 'unable to share the song; the recipient is you', email ? 'email' : 'userId')
  }
  const other = args.user_id
    ? requireNoBlock(world, me, args.user_id, 'userId')
    : [...world.accounts.values()].find((one) => one.email === email)
  const target = songOf(world, me, target_id, 'share', 'admin')
  requireBelow(args.role, roleIn(world, target, me))
  if (other && other.id === target.created_by) {
    refuse('invalid_input', 'unable to share the song; that user owns it', 'userId')
  }
  const known = [...world.shares.values()].find(
    (one) =>
      one.song_id === target.id &&
      !one.ended_at &&
      ((other && one.kind !== 'link' && one.shared_with === other.id) || (email && one.email === email)),
  )
  const given = { role: args.role, expires_at: asTime(args.expires_at) }
  if (known) {
    Object.assign(known, given, { message: args.message ?? known.message })
    if (known.accepted_at && known.shared_with) {
      notify(world, known.shared_with, 'share_changed', target, me, { role: args.role, subject_id: known.id })
    }
    tellWatchers(world, target)
    return shareRow(world, known, me)
  }
  const share: Share = {
    ...given,
    id: crypto.randomUUID(),
    kind: email ? 'email' : 'person',
    song_id: target.id,
    message: args.message ?? null,
    shared_by: me.id,
    shared_with: other?.id ?? null,
    email,
    link_id: null,
    created_at: world.now(),
    accepted_at: null,
    ended_at: null,
    end_reason: null,
  }
  world.shares.set(share.id, share)
  if (other) notify(world, other.id, 'share_offered', target, me, { role: share.role, subject_id: share.id })
  return shareRow(world, share, me)
}

/** A share that was offered to the user, accepted or not. */
function received(world: World, me: Account, id: string): Share {
  const share = world.shares.get(id)
  const stands = share?.shared_with === me.id && !share.ended_at && !hasPassed(share.expires_at)
  if (share && stands && !song(world, share.song_id).deleted_at) return share
  refuse('share_not_found', 'unable to reach the share; there is none with that id for you')
}

export function end(world: World, share: Share, reason: string): void {
  Object.assign(share, { ended_at: world.now(), end_reason: reason })
  tellWatchers(world, song(world, share.song_id))
  const { shared_with: id, song_id } = share
  if (id) world.deliver(id, 'song', { song_id })
}

const list = (world: World, me: Account, args: Args, belongs: (share: Share) => boolean) => {
  const key = (share: Share): [string, string] => [share.created_at, share.id]
  const all = [...world.shares.values()].filter((one) => belongs(one) && !song(world, one.song_id).deleted_at)
  return page(latestFirst(all, key), args, (one) =>
    isBefore(key(one), args.before_created_at, args.before_id),
  ).map((share) => shareRow(world, share, me))
}

export const shareCalls: Record<string, Call> = {
  offer_share: offer,
  accept_share(world, me, { share_id: id }) {
    const share = received(world, me, id)
    if (!share.accepted_at) {
      share.accepted_at = world.now()
      const data = { role: share.role, subject_id: share.id }
      notify(world, share.shared_by, 'share_accepted', song(world, share.song_id), me, data)
    }
    return shareRow(world, share, me)
  },
  decline_share(world, me, { share_id: id }) {
    const share = received(world, me, id)
    const wasPending = !share.accepted_at
    end(world, share, wasPending ? 'declined' : 'left')
    if (share.kind === 'link') return
    const data = { role: share.role, subject_id: share.id }
    const kind = wasPending ? 'share_declined' : 'share_left'
    notify(world, share.shared_by, kind, song(world, share.song_id), me, data)
  },
  revoke_share(world, me, { share_id: id }) {
    const share = world.shares.get(id)
    const target = share && world.songs.get(share.song_id)
    const mine = target ? roleIn(world, target, me) : null
    if (!share || !target || rank(mine) < rank('admin')) {
      refuse('share_not_found', 'unable to reach the share; there is none with that id for you')
    }
    requireBelow(share.role, mine)
    if (!share.ended_at) {
      const data = { role: share.role, subject_id: share.id, pending: !share.accepted_at }
      end(world, share, 'revoked')
      if (share.shared_with) notify(world, share.shared_with, 'share_revoked', target, me, data)
    }
    const other = world.accounts.get(share.shared_with ?? '')
    return other ? roleIn(world, target, other) : null
  },
  role_in(world, me, args) {
    requireSong(args)
    const target = world.songs.get(args.target_id)
    return target && !target.deleted_at ? roleIn(world, target, me) : null
  },
  list_shares(world, me, args) {
    requireSong(args)
    const { id } = songOf(world, me, args.target_id, 'list the shares of', 'admin')
    return list(world, me, args, (share) => share.song_id === id)
  },
  list_shares_received: (world, me, args) =>
    list(world, me, args, (one) => one.shared_with === me.id && !one.ended_at && !hasPassed(one.expires_at)),
  list_shares_sent: (world, me, args) =>
    list(world, me, args, (one) => one.shared_by === me.id && one.kind !== 'link'),
}
