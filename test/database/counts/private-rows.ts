import postgres, { type Sql } from 'postgres'
import { inject, onTestFinished } from 'vitest'
import { type Person, signUp } from '../../support/people.ts'

/** What Ana keeps private, who asks about it, and the words and ids to ask with. */
export interface PrivateRows {
  ana: Person
  /** Never had anything to do with Ana. */
  stranger: Person
  /** Was removed from Ana's group. */
  former: Person
  /** One word that stands in every private text. */
  secret: string
  songId: string
  conversationId: string
  messageId: string
}

const rows = 300
/** How many songs one import takes. */
const batch = 100

/** Calls a function as a signed-in user. */
async function callAs(sql: Sql, user: string, statement: string, values: unknown[] = []) {
  return sql.begin(async (tx) => {
    const claims = JSON.stringify({ sub: user, role: 'authenticated' })
    await tx`select set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${claims}, true)`
    return tx.unsafe(statement, values as never[])
  })
}

/** Gives Ana hundreds of private rows in every table that has private rows, and lets the planner count them. */
export async function makePrivateRows(): Promise<PrivateRows> {
  const [ana, stranger, former] = await Promise.all([signUp('Ana'), signUp('Stranger'), signUp('Former')])
  const sql = postgres(inject('stack').adminDbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(() => sql.end())
  const secret = Array.from({ length: 8 }, () => 'abcdefghij'[Math.floor(Math.random() * 10)]).join('')
  const conversationId = crypto.randomUUID()
  const asAna = (statement: string, ...values: unknown[]) => callAs(sql, ana.id, statement, values)

  await asAna(`select public.update_profile('{"payment_methods": ["oxxo"], "shows_payment_methods": false}')`)
  const songs = Array.from({ length: batch }, () => ({
    content: `{title: ${secret}}\n{artist: ${secret}}\n{album: ${secret}}\n[C]${secret}`,
    genre: secret,
  }))
  // As many public songs beside them, or the planner would know that nothing is public.
  const shown = songs.map(() => ({ content: '{title: Public}\n[C]la', visibility: 'public' }))
  for (let made = 0; made < rows; made += batch) {
    await asAna(`select public.import_songs($1::jsonb)`, songs)
    await callAs(sql, former.id, `select public.import_songs($1::jsonb)`, [shown])
  }
  const made = await sql`select id from public.songs where created_by = ${ana.id}`
  const songIds: string[] = made.map(({ id }) => id)
  await asAna(`select public.create_group($1, $2, array[$3]::uuid[])`, conversationId, secret, former.id)
  await asAna(
    `select public.send_message($1, gen_random_uuid(), $2) from generate_series(1, ${rows})`,
    conversationId,
    secret,
  )
  const messages =
    await sql`select id from public.messages where sender_id = ${ana.id} and system is null order by seq limit 20`
  const messageIds: string[] = messages.map(({ id }) => id)
  await asAna(
    `select public.react(id, '👍'), public.report_message(id, $1, $1) from unnest($2::uuid[]) as id`,
    secret,
    messageIds,
  )
  await asAna(`select public.remove_participant($1, $2)`, conversationId, former.id)
  await asAna(
    `select public.tag_song(id, array[$1::text, $1 || id]), public.favorite_song(id), public.offer_share(id, 'view', $2, null)
    from unnest($3::uuid[]) as id`,
    secret,
    former.id,
    songIds,
  )
  await sql`analyze`
  return {
    ana,
    stranger,
    former,
    secret,
    songId: songIds[0] ?? '',
    conversationId,
    messageId: messageIds[0] ?? '',
  }
}
