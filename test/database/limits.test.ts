import { expect, test } from 'vitest'
import { codeOf, connectToDatabase } from '../chat/sql/database.ts'
import { takeFreshStack } from '../support/fresh-stack.ts'

// The stacks of the other tests have raised limits; this one has those that ship.
await takeFreshStack('migratedCluster')

const word = crypto.randomUUID().slice(0, 8)

type Database = ReturnType<typeof connectToDatabase>

/** Ana with friends, a group of hers, a message and a song; and what more each action needs. */
async function settle(database: Database) {
  const { sql, call, people, group } = database
  // Nothing refills while the test counts.
  await sql`update private.limits set per_seconds = 1e9 where per_seconds is not null`
  const [ana = '', ben = '', ...others] = await people(24)
  const id = await group([ana, ben])
  const song = crypto.randomUUID()
  await sql`insert into public.songs ${sql({ id: song, title: 'x', content: 'la', created_by: ana, visibility: 'shared' })}`
  const messages = await sql<{ id: string }[]>`
    insert into public.messages (id, conversation_id, sender_id, seq, revision, content)
    select gen_random_uuid(), ${id}, ${ana}, n, n + 1, 'x' from generate_series(2, 25) as n
    returning id`
  await sql`update public.conversations set last_seq = 25, last_revision = 26 where id = ${id}`
  const { id: setlist } = await call<{ id: string }>(ana, 'create_setlist', { setlist: { title: 'x' } })
  const circle = crypto.randomUUID()
  await call(ana, 'create_circle', { circle_id: circle, name: 'x' })
  await sql`delete from private.rate_limits`
  return {
    ...database,
    ana,
    ben,
    others,
    id,
    song,
    setlist,
    circle,
    message: (n: number) => messages[n]?.id ?? '',
    call,
  }
}
type Stage = Awaited<ReturnType<typeof settle>>

/** For each limit a call of Ana's that counts once, another one each time; and what else counts as the same. */
const actions: Record<string, ((stage: Stage, n: number) => Promise<unknown>)[]> = {
  send: [({ send, ana, id }) => send(ana, id)],
  change: [
    ({ call, ana, message }, n) =>
      call(ana, 'edit_message', { message_id: message(n), changes: { content: `${n}` } }),
    ({ call, ana, message }, n) => call(ana, 'pin_message', { message_id: message(n) }),
    ({ call, ana, message }, n) => call(ana, 'react', { message_id: message(n), emoji: '🎸' }),
    ({ call, ana }) => call(ana, 'set_contact_rules', { rules: {} }),
    ({ call, ana }) => call(ana, 'answer_request', { request_id: crypto.randomUUID(), accept: true }),
  ],
  draft: [
    ({ call, ana, id }, n) => call(ana, 'set_draft', { conversation_id: id, draft: { content: `${n}` } }),
  ],
  open_direct: [({ call, ana, others }, n) => call(ana, 'open_direct', { other_id: others[n] ?? '' })],
  group: [
    ({ call, ana }) =>
      call(ana, 'create_group', { group_id: crypto.randomUUID(), subject: 'x', member_ids: [] }),
    ({ call, ana, circle }) => call(ana, 'open_circle_conversation', { circle_id: circle }),
  ],
  group_change: [
    ({ call, ana, id }, n) =>
      call(ana, 'update_group', { conversation_id: id, changes: { subject: `${n}` } }),
    ({ call, ana, ben, id }) => call(ana, 'remove_participant', { conversation_id: id, user_id: ben }),
    ({ call, ana, id }) => call(ana, 'leave_conversation', { conversation_id: id }),
    ({ call, ana, ben, id }, n) =>
      call(ana, 'set_role', { conversation_id: id, user_id: ben, role: n % 2 ? 'admin' : 'owner' }),
  ],
  add_people: [
    ({ call, ana, id, others }, n) =>
      call(ana, 'add_participants', { conversation_id: id, user_ids: [others[n] ?? ''] }),
    ({ call, ana, others }) =>
      call(ana, 'create_group', {
        group_id: crypto.randomUUID(),
        subject: 'x',
        member_ids: [others[0] ?? ''],
      }),
  ],
  block: [({ call, ana, others }, n) => call(ana, 'block_user', { user_id: others[n] ?? '' })],
  review: [
    async ({ sql, call, ana, others }, n) => {
      const conversation_id = crypto.randomUUID()
      const other = others[n] ?? ''
      const pair = [ana, other].sort().join(':')
      await sql`insert into public.conversations ${sql({ id: conversation_id, kind: 'direct', direct_key: pair, created_by: ana })}`
      await sql`insert into private.conversions ${sql({ conversation_id, profile_id: other, converted_by: ana })}`
      return call(ana, 'review_user', { conversation_id, rating: 5 })
    },
    ({ call, ana }) => call(ana, 'answer_review', { review_id: crypto.randomUUID(), answer: 'x' }),
  ],
  follow: [({ call, ana, others }, n) => call(ana, 'follow_user', { user_id: others[n] ?? '' })],
  portfolio: [
    ({ call, ana }, n) =>
      call(ana, 'save_portfolio_item', {
        item_id: crypto.randomUUID(),
        item: { title: `${n}`, url: 'https://example.com' },
      }),
    ({ call, ana }) => call(ana, 'remove_portfolio_item', { item_id: crypto.randomUUID() }),
  ],
  report: [
    ({ call, ana, message }, n) => call(ana, 'report_message', { message_id: message(n), reason: 'spam' }),
  ],
  invite: [
    ({ call, ana, song }, n) =>
      call(ana, 'offer_share', { target_id: song, email: `${n}@example.org`, role: 'view' }),
    ({ call, ana, song, others }, n) =>
      call(ana, 'offer_transfer', { target_id: song, user_id: others[n] ?? '' }),
    ({ call, ana, song }) => call(ana, 'create_link', { target_id: song }),
    ({ call, ana, circle }, n) =>
      call(ana, 'invite_to_circle', { circle_id: circle, email: `${n}@example.org` }),
    ({ call, ana, circle, song }) => call(ana, 'share_with_circle', { circle_id: circle, target_id: song }),
  ],
  song: [
    ({ call, ana }) => call(ana, 'create_song', { song: { content: 'x' } }),
    ({ call, ana }) => call(ana, 'import_songs', { songs: [{ content: 'x' }] }),
    ({ call, ana, song }) => call(ana, 'copy_song', { song_id: song }),
  ],
  song_bytes: [
    ({ call, ana }) => call(ana, 'create_song', { song: { content: 'x' } }),
    ({ call, ana }) => call(ana, 'import_songs', { songs: [{ content: 'x' }] }),
    ({ call, ana, song }, n) => call(ana, 'update_song', { song_id: song, changes: { content: `of ${n}` } }),
    ({ call, ana, song }, n) => call(ana, 'save_song', { song_id: song, changes: { content: `of ${n}` } }),
  ],
  song_change: [
    ({ call, ana, song }, n) => call(ana, 'update_song', { song_id: song, changes: { year: 1900 + n } }),
    ({ call, ana, song }, n) => call(ana, 'save_song', { song_id: song, changes: { year: 1950 + n } }),
  ],
  song_play: [({ call, ana, song }) => call(ana, 'record_song_play', { song_id: song })],
  song_way: [
    ({ call, ana, song }, n) => call(ana, 'set_song_way', { song_id: song, changes: { capo: n % 12 } }),
  ],
  setlist: [
    ({ call, ana }) => call(ana, 'create_setlist', { setlist: { title: 'x' } }),
    ({ call, ana, setlist }) => call(ana, 'copy_setlist', { setlist_id: setlist }),
  ],
  circle: [({ call, ana }) => call(ana, 'create_circle', { circle_id: crypto.randomUUID(), name: 'x' })],
  circle_join: [
    ({ call, ana }) => call(ana, 'create_circle', { circle_id: crypto.randomUUID(), name: 'x' }),
    ({ call, ana }) => call(ana, 'accept_circle_invitation', { token: 'x' }),
  ],
  circle_change: [
    ({ call, ana, circle }, n) => call(ana, 'update_circle', { circle_id: circle, name: `${n}` }),
    ({ call, ana, circle }) => call(ana, 'set_circle_picture', { circle_id: circle, path: null }),
    ({ call, ana, circle, others }, n) =>
      call(ana, 'ban_from_circle', { circle_id: circle, user_id: others[n] ?? '' }),
    ({ call, ana, circle, others }, n) =>
      call(ana, 'unban_from_circle', { circle_id: circle, user_id: others[n] ?? '' }),
    ({ call, ana, circle }) => call(ana, 'release_circle_conversation', { circle_id: circle }),
  ],
  setlist_change: [
    ({ call, ana, setlist }, n) =>
      call(ana, 'change_setlist', {
        setlist_id: setlist,
        steps: [{ do: 'fields', fields: { note: `${n}` } }],
      }),
    ({ call, ana, setlist }) => call(ana, 'restore_setlist_version', { setlist_id: setlist, version: 1 }),
  ],
  catalogue_name: [
    ({ call, ana, song }, n) => call(ana, 'tag_song', { song_id: song, labels: [`${word} ${n}`] }),
    ({ call, ana }, n) => call(ana, 'update_profile', { changes: { tags: [`${word} tag ${n}`] } }),
    ({ call, ana }, n) => call(ana, 'update_profile', { changes: { software: [`${word} software ${n}`] } }),
  ],
  name: [
    ({ call, ana }, n) => call(ana, 'update_profile', { changes: { display_name: `${n}` } }),
    ({ call, ana }) => call(ana, 'set_avatar', { path: null }),
  ],
  handle: [
    ({ call, ana }, n) => call(ana, 'update_profile', { changes: { handle: `h${n}${ana.slice(0, 8)}` } }),
  ],
  directory: [
    ({ call, ana }) => call(ana, 'list_profiles', { page_size: 1 }),
    ({ call, ana }) => call(ana, 'search_profiles', { page_size: 1 }),
    ({ call, ana }) => call(ana, 'list_followers', { page_size: 1 }),
    ({ call, ana }) => call(ana, 'list_following', { page_size: 1 }),
  ],
  request: [({ call, ana, others }, n) => call(ana, 'request_contact', { user_id: others[n] ?? '' })],
  last_seen: [({ call, ana }, n) => call(ana, 'mark_active', { visible: n % 2 === 0 })],
  access_request: [({ call, ana }) => call(ana, 'request_access', { target_id: crypto.randomUUID() })],
  comment: [
    ({ call, ana, song }, n) =>
      call(ana, 'add_comment', { song_id: song, comment_id: crypto.randomUUID(), content: `${n}` }),
    ({ call, ana }) => call(ana, 'edit_comment', { comment_id: crypto.randomUUID(), content: 'x' }),
    ({ call, ana }) => call(ana, 'resolve_comment', { comment_id: crypto.randomUUID() }),
  ],
  open_link: [
    ({ call, ana }, n) => call(ana, 'open_link', { token: `${n}` }),
    ({ call, ana }) => call(ana, 'get_circle_invitation', { token: 'x' }),
    ({ call, ana }) => call(ana, 'accept_circle_invitation', { token: 'x' }),
  ],
}

test('every limit of a rate has a call here that it bounds', async () => {
  const { sql } = connectToDatabase(1)
  const rows = await sql`select key from private.limits where per_seconds is not null order by 1`
  // Receipts and notices have tests of their own: reading, sharing and asking are not refused. How long a handle or a request rests is a
  // time and no rate.
  const apart = [
    'receipt',
    'circle_notices',
    'access_notices',
    'comment_notices',
    'handle_rest',
    'request_rest',
  ]
  expect([...Object.keys(actions), ...apart].sort()).toEqual(rows.map(({ key }) => key))
})

test.each(Object.entries(actions))(
  '%s: as many as the limit says, and then none',
  async (key, [count, ...same]) => {
    const stage = await settle(connectToDatabase(4))
    const { sql, ana } = stage
    const [limit] = await sql<
      { at_most: number }[]
    >`select at_most::integer from private.limits where key = ${key}`
    // Twelve are made; of what is larger the rest is taken away.
    const most = limit?.at_most ?? 0
    const counted = Math.min(most - 1, 12)
    for (let n = 0; n < counted; n++) expect(await codeOf(count!(stage, n)), `call ${n}`).toBeNull()
    const [left] =
      await sql`select tokens::integer from private.rate_limits where user_id = ${ana} and action = ${key}`
    expect(left?.tokens).toBe(most - counted)
    await sql`update private.rate_limits set tokens = 1 where user_id = ${ana} and action = ${key}`
    expect(await codeOf(count!(stage, counted))).toBeNull()
    for (const call of [count!, ...same]) expect(await codeOf(call(stage, counted + 1))).toBe('rate_limited')
    // Another user is not held up.
    const [other] = await sql`select count(*)::integer as n from private.rate_limits where user_id <> ${ana}`
    expect(other?.n).toBe(0)
  },
)

test('receipt: a read mark beyond the limit is kept, and not told to others at once', async () => {
  const { sql, call, ben, id } = await settle(connectToDatabase(2))
  const read = (seq: number) => call(ben, 'mark_read', { conversation_id: id, seq })
  const marks = async () =>
    (
      await sql`
        select last_read_seq::integer as own, receipt_seq::integer as told
        from public.conversation_participants where conversation_id = ${id} and user_id = ${ben}`
    )[0]
  await read(3)
  expect(await marks()).toEqual({ own: 3, told: 3 })
  await sql`update private.rate_limits set tokens = 0 where user_id = ${ben} and action = 'receipt'`
  await read(5)
  expect(await marks()).toMatchObject({ own: 5 })
  const [heard] = await sql`
    select count(*)::integer as n from realtime.messages
    where topic like 'user:%' and topic <> ${`user:${ben}`} and payload::text like ${`%"last_read_seq": 5%`}`
  expect(heard?.n).toBe(0)
})
