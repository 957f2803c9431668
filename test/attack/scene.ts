import type { SupabaseClient } from '@supabase/supabase-js'
import postgres from 'postgres'
import { inject } from 'vitest'
import { connect, connectAsService, type Person, signUp } from '../support/people.ts'

async function rpc<T>(supabase: SupabaseClient, name: string, named: object = {}): Promise<T> {
  const { data, error } = await supabase.rpc(name, named)
  if (error) throw new Error(`${name}: ${error.message}`, { cause: error })
  return data as T
}

/** Something of every kind, by people of every kind, and what all of it is called. */
export async function setScene() {
  const names = ['Ana', 'Ben', 'Eve', 'Fred', 'Gil', 'Judge', 'Vera', 'Edgar', 'Adam', 'Dora']
  const people = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name.toLowerCase(), await signUp(name)] as const)),
  ) as Record<string, Person>
  const { ana, ben, fred, gil, judge, vera, edgar, adam, dora } = people as Record<string, Person> & {
    ana: Person
  }
  if (!ben || !fred || !gil || !judge || !vera || !edgar || !adam || !dora) throw new Error('nobody there')
  await connectAsService().auth.admin.updateUserById(judge.id, { app_metadata: { role: 'moderator' } })
  await judge.supabase.auth.refreshSession()

  const group = crypto.randomUUID()
  await rpc(ana.supabase, 'create_group', {
    group_id: group,
    subject: 'Secret trio',
    member_ids: [ben.id, fred.id, dora.id],
  })
  const path = `${group}/${ana.id}/${crypto.randomUUID()}/score.pdf`
  const file = new Blob(['%PDF'], { type: 'application/pdf' })
  const uploaded = await ana.supabase.storage.from('chat').upload(path, file)
  if (uploaded.error) throw uploaded.error
  const message = crypto.randomUUID()
  await rpc(ana.supabase, 'send_message', {
    conversation_id: group,
    message_id: message,
    content: 'secret words',
    extras: { attachments: [{ path, name: 'score.pdf' }] },
  })
  await rpc(ben.supabase, 'react', { message_id: message, emoji: '🎻' })
  await rpc(ben.supabase, 'report_message', { message_id: message, reason: 'spam' })
  await rpc(ana.supabase, 'remove_participant', { conversation_id: group, user_id: fred.id })
  await rpc(ana.supabase, 'block_user', { user_id: gil.id })
  const direct = await rpc<{ id: string }>(ana.supabase, 'open_direct', { other_id: ben.id })

  const content = '{title: Zamba secreta}\n[Am]la [C]palabra'
  const [song] = await rpc<{ id: string }[]>(ana.supabase, 'create_song', {
    song: { content, visibility: 'shared' },
  })
  const [other] = await rpc<{ id: string }[]>(ben.supabase, 'create_song', {
    song: { content: '{title: Vals}\n[G]la', visibility: 'public' },
  })
  if (!song || !other) throw new Error('no song')
  await rpc(ana.supabase, 'tag_song', { song_id: song.id, labels: ['zamba'] })
  const shares: string[] = []
  for (const [person, role] of [
    [vera, 'view'],
    [edgar, 'edit'],
    [adam, 'admin'],
  ] as const) {
    const share = await rpc<{ id: string }>(ana.supabase, 'offer_share', {
      target_id: song.id,
      user_id: person.id,
      role,
    })
    await rpc(person.supabase, 'accept_share', { share_id: share.id })
    shares.push(share.id)
  }
  const setlist = await rpc<{ id: string; entries: { id: string }[] }>(ana.supabase, 'create_setlist', {
    setlist: { title: 'Lista', entries: [{ song_id: song.id }] },
  })
  for (const [person, role] of [
    [vera, 'view'],
    [edgar, 'edit'],
    [adam, 'admin'],
  ] as const) {
    const target = { target_id: setlist.id, target_kind: 'setlist' }
    const share = await rpc<{ id: string }>(ana.supabase, 'offer_share', {
      ...target,
      user_id: person.id,
      role,
    })
    await rpc(person.supabase, 'accept_share', { share_id: share.id })
  }
  const link = await rpc<{ id: string; token: string }>(ana.supabase, 'create_link', {
    target_id: song.id,
  })
  const circle = crypto.randomUUID()
  await rpc(ana.supabase, 'create_circle', { circle_id: circle, name: 'Secret band' })
  const joining = await rpc<{ token: string }>(ana.supabase, 'create_circle_link', { circle_id: circle })
  for (const person of [vera, adam])
    await rpc(person.supabase, 'accept_circle_invitation', { token: joining.token })
  await rpc(ana.supabase, 'set_circle_role', { circle_id: circle, user_id: adam.id, role: 'admin' })
  const invitation = await rpc<{ id: string }>(ana.supabase, 'invite_to_circle', {
    circle_id: circle,
    user_id: edgar.id,
  })
  const [loud] = await rpc<{ id: string }[]>(ana.supabase, 'create_song', {
    song: { content: '{title: Secret tango}\nla' },
  })
  const circleShare = await rpc<{ id: string }>(ana.supabase, 'share_with_circle', {
    circle_id: circle,
    target_id: loud?.id,
  })
  const transfer = await rpc<{ id: string }>(ana.supabase, 'offer_transfer', {
    target_id: song.id,
    user_id: ben.id,
  })
  await rpc(vera.supabase, 'favorite_song', { song_id: song.id })
  await rpc(ana.supabase, 'watch_song', { song_id: song.id })
  const comment = crypto.randomUUID()
  await rpc(vera.supabase, 'add_comment', {
    song_id: song.id,
    comment_id: comment,
    content: 'secret words',
    line: 2,
  })
  await rpc(ana.supabase, 'watch_setlist', { setlist_id: setlist.id })
  await rpc(ben.supabase, 'track_events', { batch: [{ kind: 'profile_view', profile_id: ana.id }] })
  const sql = postgres(inject('stack').adminDbUrl, { max: 1, onnotice: () => {} })
  const [report] = await sql`select id from public.message_reports where message_id = ${message}`
  const [notice] = await sql`select id from public.notices where user_id = ${ben.id} limit 1`
  const [keys] = await sql`
    select c.live_key, (select k.live_key from private.live_keys k where k.song_id = ${song.id}) as song_key,
      (select k.live_key from private.live_keys k where k.setlist_id = ${setlist.id}) as setlist_key
    from public.conversations c where c.id = ${group}`
  await sql.end()
  return {
    people,
    visitor: connect(),
    group,
    direct: direct.id,
    message,
    path,
    song: song.id,
    setlist: setlist.id,
    publicSong: other.id,
    shares,
    comment,
    link,
    circle,
    invitation: invitation.id,
    circleToken: joining.token,
    circleShare: circleShare.id,
    transfer: transfer.id,
    report: report?.id as string,
    notice: notice?.id as string,
    key: keys?.live_key as string,
    songKey: keys?.song_key as string,
    setlistKey: keys?.setlist_key as string,
  }
}
export type Scene = Awaited<ReturnType<typeof setScene>>

/** Every id of the scene. */
export const idsOf = (scene: Scene): string[] => [
  ...Object.values(scene.people).map(({ id }) => id),
  scene.group,
  scene.direct,
  scene.message,
  scene.song,
  scene.publicSong,
  ...scene.shares,
  scene.link.id,
  scene.circle,
  scene.invitation,
  scene.circleShare,
  scene.transfer,
  scene.report,
  scene.notice,
]
