// What may be done, written anew from docs/sharing.md and docs/circles.md and nothing else: it shares no code with the database or the SDK.

export type Visibility = 'private' | 'shared' | 'public'
type Role = 'view' | 'edit' | 'admin' | 'owner'

/** Somebody in a state towards a song. */
export interface Actor {
  name: string
  state: string
  role?: Role
  /** A role by an accepted share of their own besides. */
  also?: Role
  kind?: 'person' | 'email' | 'link' | 'circle'
}

const given = (['view', 'edit', 'admin'] as const).flatMap((role): Actor[] => [
  ...[
    'pending',
    'accepted',
    'declined',
    'expired',
    'revoked',
    'left',
    'expired while pending',
    'revoked while pending',
  ].map((state): Actor => ({ name: `${role}, ${state}`, state, role, kind: 'person' })),
  ...['pending', 'accepted', 'unverified'].map(
    (state): Actor => ({ name: `${role} by e-mail, ${state}`, state, role, kind: 'email' }),
  ),
])
const linked = (['view', 'edit'] as const).flatMap((role): Actor[] =>
  ['opened', 'used up', 'link revoked', 'expired'].map(
    (state): Actor => ({ name: `${role} by link, ${state}`, state, role, kind: 'link' }),
  ),
)

const inCircles = [
  ...(['view', 'edit', 'admin'] as const).map(
    (role): Actor => ({ name: `${role} by circle, member`, state: 'member', role, kind: 'circle' }),
  ),
  ...['invited', 'left', 'removed', 'banned', 'circle deleted', 'given back', 'revoked', 'expired'].map(
    (state): Actor => ({ name: `edit by circle, ${state}`, state, role: 'edit', kind: 'circle' }),
  ),
  // Two grants at once: the higher counts, whichever it is, and what is left when one ends.
  { name: 'edit by circle, view by a share', state: 'member', role: 'edit', kind: 'circle', also: 'view' },
  { name: 'view by circle, admin by a share', state: 'member', role: 'view', kind: 'circle', also: 'admin' },
  {
    name: 'edit by circle, removed, view by a share',
    state: 'removed',
    role: 'edit',
    kind: 'circle',
    also: 'view',
  },
] satisfies Actor[]

export const actors: Actor[] = [
  { name: 'owner', state: 'owner' },
  ...given,
  ...linked,
  ...inCircles,
  { name: 'stranger', state: 'stranger' },
  { name: 'visitor', state: 'nobody' },
]

/** Actions, by the least role that may do them; null for those that a public song allows to everybody. */
const needs = {
  get: null,
  'see it in the list': null,
  'see it in a search': null,
  'read its tags': null,
  favourite: null,
  comment: null,
  'list the comments': null,
  'watch the comments': null,
  'resolve a comment of the owner': 'edit',
  'delete a comment of the owner': 'admin',
  'ask for access': null,
  watch: 'view',
  'change the text': 'edit',
  'change a field': 'edit',
  tag: 'edit',
  untag: 'edit',
  'list the versions': 'edit',
  'get a version': 'edit',
  'restore a version': 'edit',
  'share as view': 'admin',
  'list the shares': 'admin',
  'revoke a share of view': 'admin',
  'make a link': 'admin',
  'list the links': 'admin',
  'share as admin': 'owner',
  'change who sees it': 'owner',
  'offer it to somebody': 'owner',
  'delete and restore': 'owner',
  purge: 'nobody',
} as const satisfies Record<string, Role | null | 'nobody'>

export type Action = keyof typeof needs
export const actions = Object.keys(needs) as Action[]

const order = ['view', 'edit', 'admin', 'owner']

function roleOf(actor: Actor, visibility: Visibility): Role | null {
  if (actor.state === 'owner') return 'owner'
  if (actor.kind === 'link') return actor.state === 'opened' && visibility !== 'private' ? actor.role! : null
  if (actor.kind === 'circle') {
    const roles = [actor.also, actor.state === 'member' ? actor.role : undefined].filter(
      (role) => role !== undefined,
    )
    return roles.sort((a, b) => order.indexOf(b) - order.indexOf(a))[0] ?? null
  }
  return actor.state === 'accepted' ? actor.role! : null
}

const hidden: Partial<Record<Action, string>> = {
  'see it in the list': 'not seen',
  'see it in a search': 'not seen',
  'read its tags': 'not seen',
  'revoke a share of view': 'share_not_found',
  'resolve a comment of the owner': 'comment_not_found',
  'delete a comment of the owner': 'comment_not_found',
}

/** For users: a visitor signs in first. */
const forUsers: Action[] = [
  'favourite',
  'comment',
  'list the comments',
  'watch the comments',
  'ask for access',
]

/** What an actor's attempt comes to: `done`, or the code of its failure. */
export function expected(actor: Actor, action: Action, visibility: Visibility): string {
  const least = needs[action]
  const role = roleOf(actor, visibility)
  if (least === null) {
    if (actor.state === 'nobody' && forUsers.includes(action)) return 'not_signed_in'
    // It is answered alike, whatever there is.
    if (action === 'ask for access') return 'done'
    return role !== null || visibility === 'public' ? 'done' : (hidden[action] ?? 'song_not_found')
  }
  // Reading comes first in that attempt, and is for everybody who sees the song.
  if (action === 'change who sees it' && role === null && visibility !== 'public') return 'song_not_found'
  if (actor.state === 'nobody') return 'not_signed_in'
  // A living song is not in the trash, whoever asks.
  if (least === 'nobody') return 'song_not_found'
  // Who sees a public song sees its comments too.
  if (role === null && visibility === 'public' && hidden[action] === 'comment_not_found') return 'forbidden'
  if (role === null) return hidden[action] ?? 'song_not_found'
  if (order.indexOf(role) >= order.indexOf(least)) return 'done'
  return action === 'revoke a share of view' ? 'share_not_found' : 'forbidden'
}
