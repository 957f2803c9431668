import type postgres from 'postgres'
import { type Row, type Shown, show } from './driver.ts'
import type { World } from './world.ts'

/** Every message of every conversation of a run, as the database has them. */
export async function readDatabase(sql: postgres.Sql, ids: string[]): Promise<Map<string, Row[]>> {
  const rows = await sql<(Row & { conversation_id: string })[]>`
    select conversation_id, id, seq::integer, sender_id as sender, content
    from public.messages where conversation_id in ${sql(ids)} order by seq`
  return new Map(
    ids.map((id) => [
      id,
      rows
        .filter(({ conversation_id }) => conversation_id === id)
        .map(({ conversation_id: _, ...row }) => ({ ...row })),
    ]),
  )
}

/** What is wrong in the database itself: positions with gaps, something said twice or lost or before what came first. */
export function checkDatabase({ intents }: World, database: Map<string, Row[]>): string[] {
  const wrong: string[] = []
  for (const [id, rows] of database) {
    const gap = rows.findIndex(({ seq }, i) => seq !== i + 1)
    if (gap >= 0) wrong.push(`conversation ${id}: position ${gap + 1} is ${rows[gap]?.seq}`)
    const seqs = new Map<string, number[]>()
    for (const { content, seq } of rows) seqs.set(content, [...(seqs.get(content) ?? []), seq])
    const newest = new Map<string, number>()
    for (const { conversationId, speaker, content, acknowledged } of intents) {
      if (conversationId !== id) continue
      const found = seqs.get(content) ?? []
      const what = `"${content.slice(0, 30)}" in conversation ${id}`
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
export function checkDevices({ devices }: World, database: Map<string, Row[]>): string[] {
  return devices.flatMap(({ name, open }) =>
    [...open].flatMap(([id, conversation]) => {
      const wrong = checkShown(show(conversation), database.get(id) ?? [])
      return wrong ? [`${name}, conversation ${id}: ${wrong}`] : []
    }),
  )
}

/** The first difference between what is shown and what is there. */
function checkShown(
  { status, closeReason, error, lastSeq, hasOlder, rows, pending }: Shown,
  there: Row[],
): string | null {
  const first = rows[0]?.seq ?? there.length + 1
  const wanted = there.slice(first - 1)
  const at = wanted.findIndex((row, i) => JSON.stringify(row) !== JSON.stringify(rows[i]))
  const brief = (row: Row | undefined) =>
    row ? `${row.seq} ${row.id} "${row.content.slice(0, 30)}"` : 'nothing'
  if (at >= 0) return `shows ${brief(rows[at])} where the database has ${brief(wanted[at])} (${status})`
  if (rows.length > wanted.length)
    return `shows ${brief(rows[wanted.length])}, which is not there (${status})`
  if (there.length > 0 && rows.length === 0) return `shows nothing of ${there.length} (${status})`
  if (lastSeq !== there.length) return `says that the newest is ${lastSeq} of ${there.length} (${status})`
  if (hasOlder !== first > 1) return `says hasOlder ${hasOlder}, and starts at ${first}`
  if (pending.length > 0) return `has not sent ${pending}`
  if (status !== 'live') return `is ${status} (${closeReason ?? error ?? 'no reason'})`
  return null
}
