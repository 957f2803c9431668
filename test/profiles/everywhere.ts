import type postgres from 'postgres'
import { type Person, signUp } from '../support/people.ts'

export const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3])

/** Calls a function of the database by its name. */
export const call = async ({ supabase }: Person, name: string, input: object) => {
  const { data, error } = await supabase.rpc(name, input)
  if (error) throw new Error(`${name}: ${error.message}`, { cause: error })
  return data
}

/** Ana with something in every table that can hold something of a person, all of it marked by one word; and Ben. */
export async function settle() {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const mark = `zm${crypto.randomUUID().slice(0, 8)}`
  await ana.tertulia.profiles.update({
    handle: `h-${mark}`,
    displayName: `Name ${mark}`,
    bio: `Bio ${mark}`,
    country: 'CL',
    professionalTypes: [`Type ${mark}`],
    experienceYears: 3,
    experience: `Details ${mark}`,
    rates: { basic: { amount: 1, currency: 'USD', unit: 'hour' } },
    software: [`Software ${mark}`],
    tags: [`Tag ${mark}`],
    languages: ['es'],
    links: [{ label: mark, url: `https://example.com/${mark}` }],
    paymentMethods: ['pix'],
    metadata: { mark },
  })
  await ana.tertulia.profiles.setAvatar(png)

  const song = await ana.tertulia.songs.create({
    title: `Song ${mark}`,
    content: `{title: Song ${mark}}\n[C]la [G7]la ${mark}`,
    visibility: 'public',
  })
  const other = await ben.tertulia.songs.create({ title: 'Other', content: '[C]la', visibility: 'public' })
  await call(ana, 'tag_song', { song_id: song.id, labels: [`Songtag ${mark}`] })
  for (const song_id of [song.id, other.id]) {
    await call(ana, 'favorite_song', { song_id })
    await call(ana, 'set_song_way', { song_id, changes: { note: `Note ${mark}` } })
    await call(ana, 'record_song_play', { song_id })
    await call(ana, 'add_comment', { song_id, comment_id: crypto.randomUUID(), content: `Comment ${mark}` })
    await call(ana, 'watch_comments', { song_id })
  }
  await call(ana, 'copy_song', { song_id: other.id })
  const plain = await ana.tertulia.songs.create({ content: '[C]plain', visibility: 'public' })
  await call(ben, 'copy_song', { song_id: plain.id })

  await call(ana, 'offer_share', {
    target_id: song.id,
    role: 'view',
    user_id: ben.id,
    message: `Share ${mark}`,
  })
  await call(ana, 'offer_share', { target_id: song.id, role: 'view', email: `${mark}@example.com` })
  await call(ana, 'create_link', { target_id: song.id })
  const share = await call(ben, 'offer_share', { target_id: other.id, role: 'edit', user_id: ana.id })
  await call(ana, 'accept_share', { share_id: share.id })
  await call(ana, 'save_song', { song_id: other.id, changes: { title: 'Ours' } })
  await call(ana, 'watch_song', { song_id: other.id })
  await call(ana, 'offer_transfer', { target_id: song.id, user_id: ben.id, message: `Take it ${mark}` })
  await call(ben, 'offer_transfer', { target_id: other.id, user_id: ana.id })
  await call(ben, 'track_events', { batch: [{ kind: 'profile_view', profile_id: ana.id }] })
  await call(ana, 'track_events', { batch: [{ kind: 'song_view', song_id: other.id }] })

  const own = await call(ana, 'create_setlist', {
    setlist: {
      title: `Set ${mark}`,
      note: `Details ${mark}`,
      entries: [{ song_id: song.id, note: `Note ${mark}` }],
    },
  })
  await call(ana, 'watch_setlist', { setlist_id: own.id })
  const setlist = await call(ben, 'create_setlist', {
    setlist: { title: 'Other', entries: [{ song_id: other.id }] },
  })
  const onSetlist = { target_id: setlist.id, target_kind: 'setlist' }
  const given = await call(ben, 'offer_share', { ...onSetlist, role: 'edit', user_id: ana.id })
  await call(ana, 'accept_share', { share_id: given.id })
  await call(ana, 'change_setlist', {
    setlist_id: setlist.id,
    steps: [{ do: 'add', entries: [{ song_id: other.id }] }],
  })

  await call(ana, 'request_access', { target_id: crypto.randomUUID(), message: `Share ${mark}` })
  const circle = crypto.randomUUID()
  await call(ana, 'create_circle', { circle_id: circle, name: `Circle ${mark}` })
  await call(ana, 'invite_to_circle', { circle_id: circle, user_id: ben.id, message: `Share ${mark}` })
  const [outsider, waiting] = await Promise.all([signUp('Outsider'), signUp('Waiting')])
  await call(ana, 'ban_from_circle', { circle_id: circle, user_id: outsider.id })
  await call(ana, 'share_with_circle', { circle_id: circle, target_id: song.id })
  const band = crypto.randomUUID()
  await call(ben, 'create_circle', { circle_id: band, name: 'Bens' })
  const joining = await call(ben, 'invite_to_circle', { circle_id: band, user_id: ana.id, role: 'admin' })
  await call(ana, 'accept_circle_invitation', { invitation_id: joining.id })
  await call(ana, 'invite_to_circle', {
    circle_id: band,
    email: `${mark}@example.com`,
    message: `Share ${mark}`,
  })
  await call(ana, 'ban_from_circle', { circle_id: band, user_id: waiting.id })
  await call(ana, 'watch_circle', { circle_id: band })

  await call(ana, 'report_content', {
    kind: 'song',
    subject_id: other.id,
    reason: 'other',
    note: `Note ${mark}`,
  })
  await call(ben, 'report_content', { kind: 'profile', subject_id: ana.id, reason: 'other' })

  const conversation = await ana.tertulia.chat.getDirect(ben.id)
  const path = `${conversation.id}/${ana.id}/${crypto.randomUUID()}/${mark}.png`
  await ana.supabase.storage.from('chat').upload(path, png, { contentType: 'image/png' })
  const [mine, theirs] = [crypto.randomUUID(), crypto.randomUUID()]
  await call(ana, 'send_message', {
    conversation_id: conversation.id,
    message_id: mine,
    content: `from Ana ${mark}`,
    metadata: { mark },
    extras: { attachments: [{ path, name: `${mark}.png` }] },
  })
  await call(ben, 'send_message', {
    conversation_id: conversation.id,
    message_id: theirs,
    content: 'from Ben',
    extras: { reply_to: mine, mentions: [ana.id] },
  })
  await ana.tertulia.chat.setDraft(conversation.id, { content: `Draft ${mark}` })
  await ana.tertulia.chat.markActive(true)
  await call(ana, 'react', { message_id: theirs, emoji: '👍', present: true })
  await call(ben, 'react', { message_id: mine, emoji: '👍', present: true })
  await call(ana, 'report_message', { message_id: theirs, reason: 'other', note: `Note ${mark}` })
  await call(ben, 'report_message', { message_id: mine, reason: 'other' })
  const group = crypto.randomUUID()
  await call(ana, 'create_group', { group_id: group, subject: `Group ${mark}`, member_ids: [ben.id] })
  const [blocked, blocking] = await Promise.all([signUp('Blocked'), signUp('Blocking')])
  await call(ana, 'block_user', { user_id: blocked.id })
  await call(blocking, 'block_user', { user_id: ana.id })
  const without = crypto.randomUUID()
  await call(ben, 'create_group', { group_id: without, subject: null, member_ids: [ana.id] })
  await call(ben, 'ban_user', { conversation_id: without, user_id: ana.id })
  await call(ana, 'ban_user', { conversation_id: group, user_id: blocked.id })
  await call(ana, 'set_contact_rules', { rules: { groups: 'known' } })
  const [asker, sought] = await Promise.all([signUp('Asker'), signUp('Asked')])
  await call(sought, 'set_contact_rules', { rules: { write: 'known' } })
  await call(ana, 'request_contact', { user_id: sought.id })
  await call(asker, 'create_group', { group_id: crypto.randomUUID(), subject: null, member_ids: [ana.id] })
  await call(ana, 'record_conversion', { conversation_id: conversation.id })
  await call(ana, 'review_user', {
    conversation_id: conversation.id,
    rating: 4,
    content: `Review ${mark}`,
  })
  const rita = await signUp('Rita')
  const asked = await rita.tertulia.chat.getDirect(ana.id)
  await call(rita, 'record_conversion', { conversation_id: asked.id })
  const review = await call(rita, 'review_user', { conversation_id: asked.id, rating: 5 })
  await call(ana, 'answer_review', { review_id: review.id, answer: `Answer ${mark}` })
  await call(ana, 'save_portfolio_item', {
    item_id: crypto.randomUUID(),
    item: { title: `Work ${mark}`, url: `https://example.com/${mark}` },
  })
  await call(ana, 'follow_user', { user_id: ben.id })
  await call(ben, 'follow_user', { user_id: ana.id })
  return { ana, ben, mark, conversation, group }
}

/** Every table of every schema that holds one of the texts, with the columns; partitions as one. */
export async function whereabouts(sql: postgres.Sql, texts: string[]): Promise<Record<string, string[]>> {
  const tables = await sql<{ name: string; family: string }[]>`
    select c.oid::regclass::text as name,
      coalesce((select i.inhparent::regclass::text from pg_inherits i where i.inhrelid = c.oid), c.oid::regclass::text) as family
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema)'
    order by 1`
  const found: Record<string, Set<string>> = {}
  for (const { name, family } of tables) {
    // The platform's own log, which it keeps as the project has set.
    if (name === 'auth.audit_log_entries') continue
    const columns = await sql<{ key: string }[]>`
      select distinct e.key
      from ${sql.unsafe(name)} t, jsonb_each_text(to_jsonb(t)) e
      where exists (select from unnest(${texts}::text[]) x where e.value ilike '%' || x || '%')
      order by 1`
    if (columns.length > 0)
      found[family] = new Set([...(found[family] ?? []), ...columns.map(({ key }) => key)])
  }
  return Object.fromEntries(Object.entries(found).map(([name, columns]) => [name, [...columns].sort()]))
}
