import type postgres from 'postgres'
import type { Acknowledged } from './device.ts'

/** What is wrong after a fault: lost, twice, half-done. */
export async function findWrongs(
  sql: postgres.Sql,
  conversationId: string,
  acknowledged: Acknowledged[],
  readFile: (path: string) => Promise<string | null>,
): Promise<string[]> {
  const wrong: string[] = []
  const rows = await sql<{ content: string; seq: number }[]>`
    select content, seq::integer from public.messages where conversation_id = ${conversationId} order by seq`
  const [head] = await sql`select last_seq::integer from public.conversations where id = ${conversationId}`
  const gap = rows.findIndex(({ seq }, i) => seq !== i + 1)
  if (gap >= 0) wrong.push(`position ${gap + 1} is ${rows[gap]?.seq}`)
  if (head?.last_seq !== rows.length) wrong.push(`the head is ${head?.last_seq} of ${rows.length}`)
  const times = new Map<string, number>()
  for (const { content } of rows) times.set(content, (times.get(content) ?? 0) + 1)
  for (const [content, count] of times) if (count > 1) wrong.push(`"${content}" is there ${count} times`)
  for (const done of acknowledged) {
    if (done.kind === 'message') {
      if (!times.has(done.content)) wrong.push(`"${done.content}" was acknowledged and is lost`)
    } else if (done.kind === 'file') {
      const bytes = await readFile(done.path)
      if (bytes !== done.bytes) wrong.push(`file ${done.path} was acknowledged and reads ${bytes}`)
    } else {
      const [song] = await sql`select title, deleted_at from public.songs where id = ${done.id}`
      if (!song) wrong.push(`song ${done.id} was acknowledged and is lost`)
      else if (done.kind === 'deleted song' && !song.deleted_at) wrong.push(`song ${done.id} came back`)
      else if (done.kind === 'song' && !song.title.startsWith(done.title))
        wrong.push(`song ${done.id} was saved as ${done.title} and is ${song.title}`)
    }
  }
  // No row without its file, no song without its history, words and chords.
  const files = await sql<{ name: string }[]>`select name from storage.objects where bucket_id = 'chat'`
  for (const { name } of files)
    if ((await readFile(name)) === null) wrong.push(`file ${name} has a row and no bytes`)
  const halves = await sql`
    select s.id from public.songs s
    where s.version <> (select count(*) from public.song_history h where h.song_id = s.id)
      or not exists (select from public.song_chords c where c.song_id = s.id)`
  for (const { id } of halves) wrong.push(`song ${id} is half-saved`)
  return wrong
}
