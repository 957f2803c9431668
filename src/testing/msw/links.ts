import { newLink } from '../../schemas/sharing.ts'
import { check, refuse, toCamel } from './refusal.ts'
import type { Share, StoredLink } from './rows.ts'
import { asTime, end, hasPassed, nameOf, requireSong } from './shares.ts'
import { rank, roleIn, songOf } from './songs.ts'
import { type Call, latestFirst, type World } from './world.ts'

const linkRow = (world: World, link: StoredLink) => {
  const { id, song_id, role, max_uses, use_count, created_at, expires_at } = link
  const isUsedUp = max_uses !== null && use_count >= max_uses
  const state = link.revoked_at
    ? 'revoked'
    : hasPassed(expires_at)
      ? 'expired'
      : isUsedUp
        ? 'used_up'
        : 'open'
  const created_by = nameOf(world, link.created_by)
  return {
    id,
    song_id,
    setlist_id: null,
    role,
    created_by,
    state,
    max_uses,
    use_count,
    created_at,
    expires_at,
  }
}

const openLink: Call = (world, me, { token }) => {
  const link = [...world.links.values()].find((one) => one.token === token)
  const target = link && world.songs.get(link.song_id)
  if (!link || !target || target.deleted_at || target.visibility === 'private') return null
  const before = [...world.shares.values()].find(
    (one) => one.link_id === link.id && one.shared_with === me.id,
  )
  const mine = roleIn(world, target, me)
  if (link.revoked_at || hasPassed(link.expires_at) || before?.end_reason === 'revoked') return null
  if (rank(mine) >= rank(link.role)) return { song_id: target.id, setlist_id: null, role: mine }
  if (!before && link.max_uses !== null && link.use_count >= link.max_uses) return null
  const now = world.now()
  const share: Share = {
    ...{
      id: crypto.randomUUID(),
      kind: 'link',
      role: link.role,
      song_id: target.id,
      message: null,
      email: null,
    },
    ...{
      shared_by: link.created_by,
      shared_with: me.id,
      link_id: link.id,
      created_at: now,
      accepted_at: now,
    },
    ...{ expires_at: link.expires_at, ended_at: null, end_reason: null },
  }
  world.shares.set(share.id, share)
  if (!before) link.use_count++
  return { song_id: target.id, setlist_id: null, role: link.role }
}

export const linkCalls: Record<string, Call> = {
  create_link(world, me, args) {
    const { target_id, target_kind, ...wanted } = args
    requireSong(args)
    check('make the link', newLink, toCamel(wanted))
    const target = songOf(world, me, target_id, 'make a link to', 'admin')
    const link: StoredLink = {
      id: crypto.randomUUID(),
      token: `${crypto.randomUUID()}${crypto.randomUUID()}`.replaceAll('-', ''),
      song_id: target.id,
      role: args.role ?? 'view',
      created_by: me.id,
      max_uses: args.max_uses ?? null,
      use_count: 0,
      created_at: world.now(),
      expires_at: asTime(args.expires_at),
      revoked_at: null,
    }
    world.links.set(link.id, link)
    return { ...linkRow(world, link), token: link.token }
  },
  open_link: openLink,
  list_links(world, me, args) {
    requireSong(args)
    const { id } = songOf(world, me, args.target_id, 'list the links of', 'admin')
    const all = [...world.links.values()].filter((one) => one.song_id === id)
    return latestFirst(all, (one) => [one.created_at, one.id]).map((one) => linkRow(world, one))
  },
  revoke_link(world, me, { link_id: id }) {
    const link = world.links.get(id)
    const target = link && world.songs.get(link.song_id)
    if (!link || !target || rank(roleIn(world, target, me)) < rank('admin')) {
      refuse('link_not_found', 'unable to revoke the link; there is none with that id')
    }
    link.revoked_at ??= world.now()
    for (const share of world.shares.values()) {
      if (share.link_id === id && !share.ended_at) end(world, share, 'link_revoked')
    }
  },
}
