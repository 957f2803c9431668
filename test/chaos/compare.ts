import type postgres from 'postgres'
import { type Row, type Shown, show } from './driver.ts'
import type { World } from './world.ts'

/** A conversation as the database has it. */
export interface There {
  rows: Row[]
  people: string[]
  /** Of each person in it, how far they have read. */
  read: Record<string, number>
}

/** Every conversation of a run, as the database has it. */
export async function readDatabase(sql: postgres.Sql, ids: string[]): Promise<Map<string, There>> {
  const rows = await sql<(Row & { conversation_id: string })[]>`
    select m.conversation_id, m.id, m.seq::integer, m.sender_id as sender, m.content, m.edited_at is not null as edited,
      m.deleted_at is not null as deleted, r.id || ' ' || left(r.content, 140) as reply,
      (
        select coalesce(json_agg(json_build_array(e.emoji, e.people) order by e.first), '[]')
        from (
          select x.emoji, array_agg(x.user_id order by x.revision) as people, min(x.revision) as first
          from public.message_reactions x where x.message_id = m.id group by x.emoji
        ) e
      ) as reactions,
      case when m.system is not null then
        concat_ws(' ', m.system ->> 'type', (
          select string_agg(u, ' ' order by n) from jsonb_array_elements_text(m.system -> 'user_ids') with ordinality as t (u, n)
        ), coalesce(m.system ->> 'value', ''))
      end as told
    from public.messages m left join public.messages r on r.id = m.reply_to
    where m.conversation_id in ${sql(ids)} order by m.seq`
  const people = await sql<{ conversation_id: string; user_id: string; role: string; read: number }[]>`
    select conversation_id, user_id, role, last_read_seq::integer as read from public.conversation_participants
    where conversation_id in ${sql(ids)} and left_at is null`
  return new Map(
    ids.map((id) => {
      const inIt = people.filter(({ conversation_id }) => conversation_id === id)
      return [
        id,
        {
          rows: rows
            .filter(({ conversation_id }) => conversation_id === id)
            .map(({ conversation_id: _, ...row }) => ({ ...row })),
          people: inIt.map(({ user_id, role, read }) => `${user_id} ${role} ${read}`).sort(),
          read: Object.fromEntries(inIt.map(({ user_id, read }) => [user_id, read])),
        },
      ]
    }),
  )
}

/** What was said, also after an edit. */
const sayingOf = (content: string) => /^\S+ says \d+/.exec(content)?.[0]

/** What is wrong in the database itself: positions with gaps, something said twice or lost or before what came first. */
export function checkDatabase({ intents, reactions }: World, database: Map<string, There>): string[] {
  const wrong: string[] = []
  const rows = [...database.values()].flatMap((there) => there.rows)
  for (const { messageId, userId, emoji, present } of reactions.values()) {
    const row = rows.find(({ id }) => id === messageId)
    const isThere = row?.reactions.some(([one, people]) => one === emoji && people.includes(userId)) ?? false
    if (row && !row.deleted && isThere !== present)
      wrong.push(`${emoji} of ${userId} on message ${messageId} is ${isThere ? '' : 'not '}there`)
  }
  for (const [id, { rows }] of database) {
    const gap = rows.findIndex(({ seq }, i) => seq !== i + 1)
    if (gap >= 0) wrong.push(`conversation ${id}: position ${gap + 1} is ${rows[gap]?.seq}`)
    const newest = new Map<string, number>()
    for (const { conversationId, speaker, messageId, content, acknowledged } of intents) {
      if (conversationId !== id) continue
      const said = sayingOf(content)
      const found = rows
        .filter((row) => row.id === messageId || sayingOf(row.content) === said)
        .map(({ seq }) => seq)
      const what = `"${said}" in conversation ${id}`
      if (found.length > 1) wrong.push(`${what} is there ${found.length} times, at ${found}`)
      if (!acknowledged) continue
      if (found.length === 0) wrong.push(`${what} was acknowledged and is not there`)
      if ((found[0] ?? 0) < (newest.get(speaker) ?? 0))
        wrong.push(`${what} is before what its sender said before`)
      newest.set(speaker, found[0] ?? 0)
    }
  }
  return wrong
}

/** What is wrong on the devices: every open conversation must equal the database. */
export function checkDevices({ devices }: World, database: Map<string, There>): string[] {
  return devices.flatMap(({ name, person, open }) =>
    [...open].flatMap(([id, conversation]) => {
      const there = database.get(id)
      const wrong = there ? checkShown(show(conversation), there, person.id) : 'is not there'
      return wrong ? [`${name}, conversation ${id}: ${wrong}`] : []
    }),
  )
}

/** The first difference between what is shown and what is there. */
function checkShown(
  { status, closeReason, error, lastSeq, lastReadSeq, hasOlder, hasNewer, people, rows, pending }: Shown,
  { rows: there, people: inIt, read }: There,
  userId: string,
): string | null {
  const first = rows[0]?.seq ?? there.length + 1
  const wanted = there.slice(first - 1, hasNewer ? first - 1 + rows.length : undefined)
  const at = wanted.findIndex((row, i) => JSON.stringify(row) !== JSON.stringify(rows[i]))
  const brief = (row: Row | undefined) =>
    row
      ? `${row.seq} ${row.id} "${row.content.slice(0, 30)}" ${JSON.stringify({ ...row, id: '', content: '' })}`
      : 'nothing'
  if (at >= 0) return `shows ${brief(rows[at])} where the database has ${brief(wanted[at])} (${status})`
  if (rows.length > wanted.length)
    return `shows ${brief(rows[wanted.length])}, which is not there (${status})`
  if (there.length > 0 && rows.length === 0) return `shows nothing of ${there.length} (${status})`
  if (lastSeq !== there.length) return `says that the newest is ${lastSeq} of ${there.length} (${status})`
  if (hasOlder !== first > 1) return `says hasOlder ${hasOlder}, and starts at ${first}`
  if (hasNewer && rows.at(-1)?.seq === there.length) return 'says that there is something after the newest'
  if (people.join() !== inIt.join()) return `shows ${people} taking part, and there are ${inIt}`
  if (lastReadSeq !== (read[userId] ?? 0)) return `says that ${lastReadSeq} was read of ${read[userId]}`
  if (pending.length > 0) return `has not sent ${pending}`
  if (status !== 'live') return `is ${status} (${closeReason ?? error ?? 'no reason'})`
  return null
}
