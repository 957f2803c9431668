import type postgres from 'postgres'
import { toPeople } from './driver.ts'
import type { World } from './world.ts'

/**
 * What is wrong in the devices' inboxes: newest message, its position, what is unread, how far everybody has read, flags and draft must be
 * as the database has them, and so must the invitations that wait.
 */
export async function checkInboxes(
  { devices, conversationIds }: World,
  sql: postgres.Sql,
): Promise<string[]> {
  const rows = await sql<{ person: string; line: string }[]>`
    select p.user_id as person,
      concat_ws(' ', c.id, c.last_seq, (
        select count(*) from public.messages u where u.conversation_id = c.id and u.seq > p.last_read_seq and u.deleted_at is null
          and u.system is null
      ), c.subject, left(m.content, 30), (
        select string_agg(concat_ws(' ', o.user_id, o.role, o.last_read_seq), ',' order by o.user_id)
        from public.conversation_participants o where o.conversation_id = c.id and o.left_at is null
      ), case when p.pinned then 'pinned' end, case when p.archived then 'archived' end, (
        select d.content from private.drafts d where d.conversation_id = c.id and d.user_id = p.user_id
      )) as line
    from public.conversation_participants p
    join public.conversations c on c.id = p.conversation_id
    left join public.messages m on m.conversation_id = c.id and m.seq = c.last_seq
    where c.id in ${sql(conversationIds)} and p.left_at is null`
  const waiting = await sql<{ id: string; person: string }[]>`
    select r.id, r.recipient_id as person from private.contact_requests r
    where r.conversation_id in ${sql(conversationIds)} and r.answered_at is null and private.is_request_valid(r)`
  const wrongRequests = devices.flatMap(({ name, person, requests }) => {
    const { status, items } = requests.getSnapshot()
    const shown = items.flatMap(({ id, group }) => (group && conversationIds.includes(group.id) ? [id] : []))
    const there = waiting.flatMap((one) => (one.person === person.id ? [one.id] : []))
    return shown.join() === there.join() && status === 'live'
      ? []
      : [`${name}, invitations: ${status}, shows "${shown}" of "${there}"`]
  })
  const wrongInboxes = devices.flatMap(({ name, person, inbox }) => {
    if (!inbox) return []
    const { status, items, archived } = inbox.getSnapshot()
    const shown = [...items, ...archived]
      .filter(({ conversation }) => conversationIds.includes(conversation.id))
      .map(({ conversation, unread, lastMessage, draft, ...flags }) =>
        [
          conversation.id,
          conversation.lastSeq,
          unread,
          conversation.subject,
          lastMessage && [...lastMessage.content].slice(0, 30).join(''),
          toPeople(conversation).join(),
          flags.pinned ? 'pinned' : null,
          flags.archived ? 'archived' : null,
          draft?.content ?? null,
        ]
          .filter((part) => part !== null)
          .join(' '),
      )
    const there = rows.filter((row) => row.person === person.id).map(({ line }) => line)
    const wrong = there.filter((line) => !shown.includes(line))
    if (shown.length === there.length && wrong.length === 0 && status === 'live') return []
    return [
      `${name}, inbox: ${status}, shows ${shown.length} of ${there.length}, without "${wrong[0] ?? ''}"`,
    ]
  })
  return [...wrongRequests, ...wrongInboxes]
}
