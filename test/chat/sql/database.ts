import postgres from 'postgres'
import { inject, onTestFinished } from 'vitest'

/** The part of a conversation's JSON that these tests look at. */
export interface ConversationJson {
  id: string
  last_seq: number
  last_revision: number
  participants: { user_id: string; role: string; last_read_seq: number; handle: string | null }[]
}

/** The part of a message's JSON that these tests look at. */
export interface MessageJson {
  id: string
  conversation_id: string
  sender_id: string
  seq: number
  revision: number
  content: string
  deleted_at: string | null
  reply: { excerpt: string } | null
  attachments: { path: string; name: string; mime_type: string; size: number }[]
  reactions: { emoji: string; user_ids: string[] }[]
}

type Argument = string | number | boolean | null | string[] | object

/** A function called as a signed-in person, each call a transaction of its own on a connection of its own. */
type Call = <T>(person: string, name: string, named?: Record<string, Argument>) => Promise<T>

/** Connections straight to PostgreSQL, as many as call at once; they end with the test. */
export function connectToDatabase(connections = 16) {
  const sql = postgres(inject('stack').dbUrl, {
    max: connections,
    onnotice: () => {},
    // Through a Date the microseconds of a cursor would be lost.
    types: { timestamptz: { to: 1184, from: [1184], serialize: String, parse: String } },
  })
  onTestFinished(() => sql.end())

  const call: Call = async <T>(person: string, name: string, named: Record<string, Argument> = {}) => {
    const names = Object.keys(named)
    const values = Object.values(named).map((value) =>
      typeof value === 'object' && value !== null && !Array.isArray(value) ? sql.json(value as never) : value,
    )
    const list = names.map((argument, i) => `${argument} => $${i + 1}`).join(', ')
    const [row] = await sql.begin(async (tx) => {
      const claims = JSON.stringify({ sub: person, role: 'authenticated' })
      await tx`select set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${claims}, true)`
      return tx.unsafe(`select public.${name}(${list}) as answer`, values as never[])
    })
    return row?.answer as T
  }

  return {
    sql,
    call,
    /** New accounts, without the detour over the API. */
    async people(count: number): Promise<string[]> {
      const ids = Array.from({ length: count }, () => crypto.randomUUID())
      await sql`
        insert into auth.users (id, email)
        select id, id || '@example.com' from unnest(${ids}::uuid[]) as id`
      return ids
    },
    /** A group of these people, the first of them its owner. */
    async group([owner = '', ...members]: string[]): Promise<string> {
      const id = crypto.randomUUID()
      await call(owner, 'create_group', { group_id: id, subject: 'Group', member_ids: members })
      return id
    },
    send: (person: string, conversation: string, content = 'x', extras: object = {}) =>
      call<MessageJson>(person, 'send_message', {
        conversation_id: conversation,
        message_id: crypto.randomUUID(),
        content,
        metadata: {},
        extras,
      }),
    /** What was delivered to a person, in the order of the changes. */
    delivered: async (person: string, conversation: string) =>
      (
        await sql<{ event: string; payload: { revision?: number; own_revision?: number; seq?: number } }[]>`
          select event, payload
          from realtime.messages
          where topic = ${`user:${person}`} and payload ->> 'conversation_id' = ${conversation}
          order by (payload ->> 'revision')::bigint nulls last`
      ).map(({ event, payload }) => ({ event, ...payload })),
  }
}

/** The stable code of a refused call, its SQLSTATE when it is none of ours, null when it was answered. */
export async function codeOf(answer: Promise<unknown>): Promise<string | null> {
  try {
    await answer
    return null
  } catch (error) {
    const { code, detail } = error as { code?: string; detail?: string }
    if (code === undefined) throw error
    return code === 'TT000' ? JSON.parse(detail ?? '{}').code : code
  }
}

/** The numbers from 1 to another. */
export const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1)
