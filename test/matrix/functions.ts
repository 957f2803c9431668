import type { Actor, Cast } from './actors.ts'

/**
 * What a call of a function by each actor should come to. Who is not named gets `otherwise`; visitor and service 42501. The token of a
 * deleted account gets nothing but what is said: it is refused as a stranger is, or told that the account is gone.
 */
export interface Declared {
  why: string
  args?: (cast: Cast, actor: Actor) => object
  ok?: readonly Actor[]
  otherwise?: string
  but?: Partial<Record<Actor, string>>
  /** The calls are made one after the other, for one decides on the next. */
  inTurn?: true
  /** Whose answer holds words of the group or the song that are secret: nobody else's does. */
  reveals?: readonly Actor[]
}

const signedIn = [
  'stranger',
  'former',
  'blocked',
  'deleted',
  'moderator',
  'viewer',
  'editor',
  'admin',
  'participant',
  'owner',
] as const
const living = signedIn.filter((actor) => actor !== 'deleted')
const everybody = ['visitor', ...signedIn, 'service'] as const
const inGroup = ['participant', 'owner'] as const
const withRole = ['viewer', 'editor', 'admin', 'owner'] as const
const editors = ['editor', 'admin', 'owner'] as const
const admins = ['admin', 'owner'] as const
const owner = ['owner'] as const
const service = ['service'] as const

const group = ({ scene }: Cast) => ({ conversation_id: scene.group })
const message = ({ scene }: Cast) => ({ message_id: scene.message })
const song = ({ scene }: Cast) => ({ song_id: scene.song })
const setlist = ({ scene }: Cast) => ({ setlist_id: scene.setlist })
const target = ({ scene }: Cast) => ({ target_id: scene.song })
const noGroup = 'conversation_not_found'
const noMessage = 'message_not_found'
const noSong = 'song_not_found'
const noSetlist = 'setlist_not_found'

/** Those who have a role that does not reach are told so; for all others there is no such song. */
const tooLow = (...low: Actor[]) => Object.fromEntries(low.map((actor) => [actor, 'forbidden']))

/** Every function of the API: reads first, then changes, then what takes something away. */
export const functions: Record<string, Declared> = {
  has_overdue_files: {
    why: 'doctor asks with the publishable key: yes or no, about upkeep alone',
    ok: ['visitor', ...signedIn],
  },
  tertulia_schema_version: { why: 'a client compares it before anybody signs in', ok: everybody },
  list_tag_categories: { why: 'a catalogue that everybody reads', ok: everybody },
  get_song: {
    why: 'public songs are for everybody, others for those with a role',
    args: song,
    ok: everybody,
    reveals: [...withRole, 'service'],
  },
  list_songs: { why: 'lists filter by visibility', ok: everybody, reveals: withRole },
  get_setlist: {
    why: 'setlists are for those with a role, public ones for everybody',
    args: setlist,
    ok: withRole,
    otherwise: noSetlist,
    but: { visitor: noSetlist },
    reveals: withRole,
  },
  list_setlists: { why: 'those in which the caller has a role', ok: signedIn },
  list_setlist_versions: {
    why: 'history is for editors',
    args: setlist,
    ok: editors,
    otherwise: noSetlist,
    but: tooLow('viewer'),
    reveals: editors,
  },
  search_songs: {
    why: 'searches filter by visibility',
    args: () => ({ query: 'secreta' }),
    ok: everybody,
    reveals: withRole,
  },
  count_songs: { why: 'counts filter by visibility', args: () => ({ query: 'secreta' }), ok: everybody },
  suggest_songs: {
    why: 'suggestions filter by visibility',
    args: () => ({ prefix: 'zamba sec' }),
    ok: everybody,
    reveals: withRole,
  },
  similar_songs: {
    why: 'like a song that the caller sees',
    args: song,
    ok: withRole,
    otherwise: noSong,
    but: { visitor: noSong, service: noSong },
  },
  list_song_tags: { why: 'tags are seen with their song', args: song, ok: everybody },
  get_song_analytics: {
    why: 'counters are for who sees the song',
    args: song,
    ok: withRole,
    otherwise: noSong,
    but: { visitor: noSong },
  },
  top_songs: { why: 'public songs alone', ok: ['visitor', ...signedIn] },
  track_events: { why: 'visitors are counted, too', args: () => ({ batch: [] }), ok: ['visitor', ...living] },

  get_own_profile: { why: 'one’s own', ok: living },
  get_profile: {
    why: 'the directory is for accounts',
    args: ({ idOf }) => ({ user_id: idOf('owner') }),
    ok: [...living, 'service'],
  },
  list_reviews: { why: 'of listed profiles', args: ({ idOf }) => ({ user_id: idOf('owner') }), ok: living },
  list_portfolio: { why: 'of listed profiles', args: ({ idOf }) => ({ user_id: idOf('owner') }), ok: living },
  get_follows: {
    why: 'counts of listed users',
    args: ({ idOf }) => ({ user_id: idOf('owner') }),
    ok: living,
  },
  list_followers: { why: 'listed users alone', args: ({ idOf }) => ({ user_id: idOf('owner') }), ok: living },
  list_following: { why: 'listed users alone', args: ({ idOf }) => ({ user_id: idOf('owner') }), ok: living },
  list_profiles: { why: 'the directory is for accounts', ok: [...living, 'service'] },
  search_profiles: { why: 'the directory is for accounts', ok: living },
  suggest_software: { why: 'the directory is for accounts', args: () => ({ prefix: 'a' }), ok: living },
  suggest_tags: { why: 'the directory is for accounts', args: () => ({ prefix: 'a' }), ok: living },
  suggest_song_tags: { why: 'of songs that the caller sees', ok: signedIn },
  export_account: { why: 'one’s own rows', ok: living, reveals: [...withRole, 'participant'] },
  list_last_seen: {
    why: 'of those who show it and wrote to the caller',
    args: ({ idOf }) => ({ user_ids: [idOf('owner')] }),
    ok: signedIn,
  },
  mark_active: { why: 'one’s own', ok: signedIn },
  list_blocks: { why: 'one’s own', ok: signedIn },
  get_profile_analytics: { why: 'one’s own', ok: signedIn },
  get_analytics_series: {
    why: 'of songs that the caller edits',
    args: ({ scene }) => ({ kind: 'song_view', entity_id: scene.song }),
    ok: editors,
    otherwise: noSong,
    but: tooLow('viewer'),
  },
  recommend_songs: { why: 'from what the caller sees', ok: signedIn },
  role_in: { why: 'the caller’s own role', args: target, ok: signedIn },
  list_favorite_songs: { why: 'one’s own', ok: signedIn, reveals: ['viewer'] },
  list_trash: { why: 'one’s own', ok: signedIn },
  list_shares_received: { why: 'one’s own', ok: living, reveals: ['viewer', 'editor', 'admin'] },
  list_shares_sent: { why: 'one’s own', ok: signedIn, reveals: owner },
  list_transfers: { why: 'from or to the caller', ok: signedIn, reveals: inGroup },
  list_notices: { why: 'one’s own', ok: signedIn, reveals: [...withRole, 'participant'] },
  list_shares: {
    why: 'who gives roles sees them',
    args: target,
    ok: admins,
    otherwise: noSong,
    but: tooLow('viewer', 'editor'),
    reveals: admins,
  },
  list_links: {
    why: 'who gives roles sees links',
    args: target,
    ok: admins,
    otherwise: noSong,
    but: tooLow('viewer', 'editor'),
  },
  list_song_versions: {
    why: 'history is for editors',
    args: song,
    ok: editors,
    otherwise: noSong,
    but: tooLow('viewer'),
  },
  get_song_version: {
    why: 'history is for editors',
    args: (cast) => ({ ...song(cast), version: 1 }),
    ok: editors,
    otherwise: noSong,
    but: tooLow('viewer'),
    reveals: editors,
  },
  get_inbox: { why: 'one’s own', ok: signedIn, reveals: inGroup },
  sync_inbox: { why: 'one’s own', ok: signedIn, reveals: inGroup },
  list_heads: {
    why: 'of the caller’s conversations',
    args: ({ scene }) => ({ conversation_ids: [scene.group] }),
    ok: signedIn,
  },
  list_messages: { why: 'participants read', args: group, ok: inGroup, otherwise: noGroup, reveals: inGroup },
  list_messages_around: {
    why: 'participants read',
    args: (cast) => ({ ...group(cast), seq: 1 }),
    ok: inGroup,
    otherwise: noGroup,
    reveals: inGroup,
  },
  find_message: {
    why: 'participants read',
    args: (cast) => ({ ...group(cast), ...message(cast) }),
    ok: inGroup,
    otherwise: noGroup,
  },
  sync_conversation: {
    why: 'participants read',
    args: group,
    ok: inGroup,
    otherwise: noGroup,
    reveals: inGroup,
  },
  search_messages: {
    why: 'in the caller’s conversations',
    args: () => ({ query: 'secret' }),
    ok: signedIn,
    reveals: inGroup,
  },
  list_pinned: { why: 'participants read', args: group, ok: inGroup, otherwise: noGroup },
  list_replies: { why: 'participants read', args: message, ok: inGroup, otherwise: noMessage },
  list_reports: {
    why: 'moderators read reports',
    ok: ['moderator'],
    otherwise: 'forbidden',
    reveals: ['moderator'],
  },
  list_content_reports: { why: 'moderators read reports', ok: ['moderator'], otherwise: 'forbidden' },
  list_empty_searches: {
    why: 'the app’s own server: words of three users and more',
    ok: service,
    otherwise: '42501',
    reveals: service,
  },
  create_offer_link: {
    why: 'the app’s own server, which mails it',
    args: ({ scene }) => ({ share_id: scene.shares[0] }),
    otherwise: '42501',
    but: { service: 'share_not_found' },
  },

  cleanup_old_data: { why: 'upkeep', ok: service, otherwise: '42501' },
  list_abandoned_avatars: { why: 'upkeep', ok: service, otherwise: '42501' },
  list_abandoned_portfolio_files: { why: 'upkeep', ok: service, otherwise: '42501' },
  list_abandoned_attachments: { why: 'upkeep', ok: service, otherwise: '42501' },
  list_undelivered: { why: 'the push feed', ok: service, otherwise: '42501', reveals: service },
  empty_deleted_accounts: { why: 'upkeep', ok: service, otherwise: '42501' },
  prune_song_history: { why: 'upkeep', ok: service, otherwise: '42501' },
  prune_notices: { why: 'upkeep', ok: service, otherwise: '42501' },
  purge_trash: { why: 'upkeep', ok: service, otherwise: '42501' },
  recompute_popular_tags: { why: 'upkeep', ok: service, otherwise: '42501' },
  refresh_popularity: { why: 'upkeep', ok: service, otherwise: '42501' },
  roll_up_analytics: { why: 'upkeep', ok: service, otherwise: '42501' },
  record_conversion_for: {
    why: 'the app’s own server',
    args: (cast) => ({ conversation_id: cast.scene.direct, profile_id: cast.idOf('owner') }),
    ok: service,
    otherwise: '42501',
  },

  update_profile: { why: 'one’s own', args: () => ({ changes: { bio: 'x' } }), ok: living },
  set_avatar: { why: 'one’s own', args: () => ({ path: null }), ok: living },
  create_song: { why: 'one’s own', args: () => ({ song: { content: 'la' } }), ok: living },
  import_songs: { why: 'one’s own', args: () => ({ songs: [{ content: 'la' }] }), ok: living },
  favorite_song: { why: 'what the caller sees', args: song, ok: withRole, otherwise: noSong },
  unfavorite_song: { why: 'one’s own', args: song, ok: living },
  watch_song: { why: 'those with a role', args: song, ok: withRole, otherwise: noSong, reveals: withRole },
  update_song: {
    why: 'editors and up',
    args: (cast) => ({ ...song(cast), changes: { year: 1999 } }),
    ok: editors,
    otherwise: noSong,
    but: tooLow('viewer'),
    reveals: editors,
  },
  save_song: {
    why: 'editors and up',
    args: (cast) => ({ ...song(cast), changes: { year: 2001 } }),
    ok: editors,
    otherwise: noSong,
    but: tooLow('viewer'),
    reveals: editors,
  },
  restore_song_version: {
    why: 'editors and up',
    args: (cast) => ({ ...song(cast), version: 1 }),
    ok: editors,
    otherwise: noSong,
    but: tooLow('viewer'),
    reveals: editors,
  },
  tag_song: {
    why: 'editors and up',
    args: (cast) => ({ ...song(cast), labels: ['one'] }),
    ok: editors,
    otherwise: noSong,
    but: tooLow('viewer'),
  },
  untag_song: {
    why: 'editors and up',
    args: (cast) => ({ ...song(cast), labels: ['one'] }),
    ok: editors,
    otherwise: noSong,
    but: tooLow('viewer'),
  },
  create_setlist: { why: 'one’s own', args: () => ({ setlist: { title: 'x' } }), ok: living },
  change_setlist: {
    why: 'editors and up',
    args: (cast) => ({ ...setlist(cast), steps: [{ do: 'fields', fields: { note: 'x' } }] }),
    ok: editors,
    otherwise: noSetlist,
    but: tooLow('viewer'),
    reveals: editors,
  },
  restore_setlist_version: {
    why: 'editors and up',
    args: (cast) => ({ ...setlist(cast), version: 1 }),
    ok: editors,
    otherwise: noSetlist,
    but: tooLow('viewer'),
    reveals: editors,
  },
  copy_setlist: {
    why: 'users who can see it',
    args: setlist,
    ok: withRole,
    otherwise: noSetlist,
    reveals: withRole,
  },
  watch_setlist: {
    why: 'users with a role',
    args: setlist,
    ok: withRole,
    otherwise: noSetlist,
    reveals: withRole,
  },
  offer_share: {
    why: 'admins give lower roles, the owner all',
    args: (cast) => ({ ...target(cast), role: 'view', email: 'nobody@example.org' }),
    ok: admins,
    otherwise: noSong,
    but: tooLow('viewer', 'editor'),
    reveals: admins,
  },
  create_link: {
    why: 'admins make links',
    args: target,
    ok: admins,
    otherwise: noSong,
    but: tooLow('viewer', 'editor'),
  },
  open_link: {
    why: 'whoever holds it, but across no block; the role that somebody has is not lowered',
    args: ({ scene }, actor) => ({
      token: ['viewer', 'owner', 'blocked'].includes(actor) ? scene.link.token : 'none',
    }),
    ok: living,
  },
  offer_transfer: {
    why: 'the owner',
    args: (cast) => ({ ...target(cast), user_id: cast.idOf('participant') }),
    ok: owner,
    otherwise: noSong,
    but: { participant: 'invalid_input', ...tooLow('viewer', 'editor', 'admin') },
    reveals: owner,
  },
  read_notices: { why: 'one’s own', ok: living },
  accept_share: {
    why: 'who was offered it',
    args: ({ scene }) => ({ share_id: scene.shares[0] }),
    ok: ['viewer'],
    otherwise: 'share_not_found',
    reveals: ['viewer'],
  },
  accept_transfer: {
    why: 'who was offered it',
    args: () => ({ transfer_id: crypto.randomUUID() }),
    otherwise: 'transfer_not_found',
  },
  end_transfer: {
    why: 'from or to the caller',
    args: () => ({ transfer_id: crypto.randomUUID() }),
    otherwise: 'transfer_not_found',
  },
  decline_share: {
    why: 'who was offered it',
    args: ({ scene }) => ({ share_id: scene.shares[2] }),
    ok: ['admin'],
    otherwise: 'share_not_found',
  },
  revoke_share: {
    why: 'who gives roles takes them',
    args: ({ scene }) => ({ share_id: scene.shares[0] }),
    ok: owner,
    otherwise: 'share_not_found',
  },
  delete_setlist: {
    why: 'the owner',
    args: setlist,
    ok: owner,
    otherwise: noSetlist,
    but: tooLow('viewer', 'editor', 'admin'),
    inTurn: true,
  },
  revoke_link: {
    why: 'who makes links closes them',
    args: ({ scene }) => ({ link_id: scene.link.id }),
    ok: owner,
    otherwise: 'link_not_found',
  },

  open_direct: {
    why: 'two people, but across no block',
    args: ({ idOf }, actor) => ({
      other_id: idOf(actor === 'blocked' ? 'owner' : actor === 'participant' ? 'owner' : 'participant'),
    }),
    ok: living.filter((one) => one !== 'blocked'),
    but: { blocked: 'blocked' },
  },
  create_group: {
    why: 'the caller owns it',
    args: () => ({ group_id: crypto.randomUUID(), subject: 'x', member_ids: [] }),
    ok: living,
  },
  send_message: {
    why: 'participants write',
    args: (cast) => ({ ...group(cast), message_id: crypto.randomUUID(), content: 'x' }),
    ok: inGroup,
    otherwise: noGroup,
  },
  react: {
    why: 'participants',
    args: (cast) => ({ ...message(cast), emoji: '👍' }),
    ok: inGroup,
    otherwise: noMessage,
    reveals: inGroup,
  },
  pin_message: {
    why: 'owners and admins of the group',
    args: message,
    ok: owner,
    otherwise: noMessage,
    but: tooLow('participant'),
    reveals: owner,
  },
  edit_message: {
    why: 'its sender',
    args: (cast) => ({ ...message(cast), changes: { content: 'secret edit' } }),
    ok: owner,
    otherwise: noMessage,
    but: tooLow('participant'),
    reveals: owner,
  },
  mark_read: {
    why: 'one’s own mark',
    args: (cast) => ({ ...group(cast), seq: 1 }),
    ok: inGroup,
    otherwise: noGroup,
  },
  set_conversation_flags: {
    why: 'one’s own side',
    args: (cast) => ({ ...group(cast), flags: { muted: true } }),
    ok: inGroup,
    otherwise: noGroup,
    reveals: inGroup,
  },
  set_draft: {
    why: 'one’s own side',
    args: (cast) => ({ ...group(cast), draft: { content: 'x' } }),
    ok: inGroup,
    otherwise: noGroup,
  },
  report_message: {
    why: 'participants report, and for a week those who were removed',
    args: (cast) => ({ ...message(cast), reason: 'spam' }),
    ok: ['former', ...inGroup],
    otherwise: noMessage,
  },
  resolve_report: {
    why: 'moderators',
    args: ({ scene }) => ({ report_id: scene.report }),
    ok: ['moderator'],
    otherwise: 'forbidden',
  },
  report_content: {
    why: 'users who can see it',
    args: ({ scene }) => ({ kind: 'song', subject_id: scene.song, reason: 'spam' }),
    ok: ['viewer', 'editor', 'admin'],
    otherwise: noSong,
    but: { owner: 'invalid_input' },
  },
  resolve_content_report: {
    why: 'moderators',
    args: () => ({ report_id: crypto.randomUUID() }),
    otherwise: 'forbidden',
    but: { moderator: 'report_not_found' },
  },
  record_conversion: {
    why: 'who takes part in a direct conversation with a profile',
    args: ({ scene }) => ({ conversation_id: scene.group }),
    otherwise: noGroup,
    but: { participant: 'invalid_input', owner: 'invalid_input' },
  },
  update_group: {
    why: 'owners and admins of the group',
    args: (cast) => ({ ...group(cast), changes: { metadata: {} } }),
    ok: owner,
    otherwise: noGroup,
    but: tooLow('participant'),
    reveals: owner,
  },
  set_role: {
    why: 'owners of the group',
    args: (cast) => ({ ...group(cast), user_id: cast.idOf('participant'), role: 'member' }),
    ok: owner,
    otherwise: noGroup,
    but: tooLow('participant'),
    reveals: owner,
  },
  add_participants: {
    why: 'owners and admins of the group',
    args: (cast) => ({ ...group(cast), user_ids: [] }),
    ok: owner,
    otherwise: noGroup,
    but: tooLow('participant'),
    reveals: owner,
  },
  remove_participant: {
    why: 'owners, and admins for members',
    args: (cast, actor) => ({ ...group(cast), user_id: cast.idOf(actor === 'viewer' ? 'editor' : 'viewer') }),
    ok: owner,
    otherwise: noGroup,
    but: tooLow('participant'),
    reveals: owner,
  },
  review_user: {
    why: 'who converted, as the participant did above',
    args: (cast) => ({ conversation_id: cast.scene.direct, rating: 5 }),
    ok: ['participant'],
    otherwise: 'conversion_not_found',
  },
  answer_review: {
    why: 'who is reviewed',
    args: () => ({ review_id: crypto.randomUUID(), answer: 'x' }),
    otherwise: 'review_not_found',
    but: { deleted: 'account_not_found' },
  },
  remove_review: { why: 'one’s own', args: () => ({ review_id: crypto.randomUUID() }), ok: signedIn },
  hide_review: {
    why: 'moderators',
    args: () => ({ review_id: crypto.randomUUID() }),
    otherwise: 'forbidden',
    but: { deleted: 'account_not_found', moderator: 'review_not_found' },
  },
  save_portfolio_item: {
    why: 'one’s own',
    args: () => ({ item_id: crypto.randomUUID(), item: { title: 'x', url: 'https://example.com' } }),
    ok: living,
  },
  remove_portfolio_item: { why: 'one’s own', args: () => ({ item_id: crypto.randomUUID() }), ok: living },
  follow_user: {
    why: 'any account, but across no block',
    args: ({ idOf }, actor) => ({ user_id: idOf(actor === 'owner' ? 'viewer' : 'owner') }),
    ok: living.filter((one) => one !== 'blocked'),
    otherwise: 'profile_not_found',
    but: { blocked: 'blocked' },
  },
  unfollow_user: { why: 'one’s own', args: ({ idOf }) => ({ user_id: idOf('owner') }), ok: signedIn },
  verify_profile: {
    why: 'only the service verifies a user',
    args: ({ idOf }) => ({ user_id: idOf('owner'), handle: 'x', display_name: 'x' }),
    otherwise: '42501',
    but: { service: 'profile_not_found' },
  },
  unverify_profile: {
    why: 'the service alone',
    args: ({ idOf }) => ({ user_id: idOf('owner') }),
    ok: service,
    otherwise: '42501',
  },
  check_upload: {
    why: 'those in the group',
    args: group,
    ok: inGroup,
    otherwise: noGroup,
  },
  list_bans: {
    why: 'owners and admins of the group',
    args: group,
    ok: owner,
    otherwise: noGroup,
    but: tooLow('participant'),
  },
  get_contact_rules: { why: 'one’s own', ok: signedIn },
  list_requests: { why: 'one’s own', ok: signedIn },
  set_contact_rules: {
    why: 'one’s own',
    args: () => ({ rules: {} }),
    ok: living,
    otherwise: 'account_not_found',
  },
  request_contact: {
    why: 'anybody asks anybody who has not blocked them',
    args: ({ idOf }, actor) => ({ user_id: idOf(actor === 'viewer' ? 'editor' : 'viewer') }),
    ok: living,
    otherwise: 'profile_not_found',
  },
  answer_request: {
    why: 'whom the request is for',
    args: () => ({ request_id: crypto.randomUUID(), accept: true }),
    otherwise: 'request_not_found',
  },
  ban_user: {
    why: 'owners, and admins for members',
    args: (cast, actor) => ({ ...group(cast), user_id: cast.idOf(actor === 'viewer' ? 'editor' : 'viewer') }),
    ok: owner,
    otherwise: noGroup,
    but: tooLow('participant'),
    reveals: owner,
  },
  unban_user: {
    why: 'owners and admins of the group',
    args: (cast) => ({ ...group(cast), user_id: cast.idOf('viewer') }),
    ok: owner,
    otherwise: noGroup,
    but: tooLow('participant'),
  },
  block_user: {
    why: 'anybody blocks anybody',
    args: ({ idOf }, actor) => ({ user_id: idOf(actor === 'viewer' ? 'stranger' : 'viewer') }),
    ok: living,
    otherwise: 'profile_not_found',
  },
  unblock_user: { why: 'one’s own', args: ({ idOf }) => ({ user_id: idOf('viewer') }), ok: signedIn },

  delete_message: {
    why: 'its sender, owners and admins of the group, moderators',
    args: message,
    ok: ['moderator', 'owner'],
    otherwise: noMessage,
    but: tooLow('participant'),
  },
  clear_conversation: {
    why: 'one’s own side',
    args: (cast) => ({ ...group(cast), up_to_seq: 0 }),
    ok: inGroup,
    otherwise: noGroup,
  },
  leave_conversation: {
    inTurn: true,
    why: 'participants; leaving again is nothing',
    args: group,
    ok: ['former', 'participant', 'owner'],
    otherwise: noGroup,
    but: { deleted: 'ok' },
  },
  delete_song: { why: 'the owner', args: song, ok: owner, otherwise: noSong, but: tooLow('editor') },
  restore_song: { why: 'the owner', args: song, ok: owner, otherwise: noSong, reveals: owner },
  purge_song: { why: 'the owner, from the trash', args: song, otherwise: noSong },
  delete_account: { why: 'one’s own', ok: ['stranger'], otherwise: 'not called' },
}
