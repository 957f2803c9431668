import { createHmac } from 'node:crypto'
import { createClient } from '@supabase/supabase-js'
import type postgres from 'postgres'
import { signUpConfirmed } from '../../local/test/support/sign-up.ts'

/** Where the stack is. */
export interface Backend {
  secretKey: string
  apiUrl: string
  adminDbUrl: string
  publishableKey: string
  jwtSecret: string
}

/** Somebody with an account, who takes part in every run of a process. */
export interface Person {
  id: string
  name: string
  email: string
  /** What a device that is signed in has in its storage. */
  session: string
}

export const password = 'correct-horse-battery'

export async function signUpPeople(backend: Backend, names: string[]): Promise<Person[]> {
  return Promise.all(
    names.map(async (name) => {
      const supabase = createClient(backend.apiUrl, backend.publishableKey, {
        auth: { persistSession: false, autoRefreshToken: false },
      })
      const email = `${name}-${crypto.randomUUID()}@example.com`
      const { id } = await signUpConfirmed(supabase, backend, { email, password })
      const { data } = await supabase.auth.getSession()
      return { id, name, email, session: JSON.stringify(data.session) }
    }),
  )
}

/** A session as sign-in would have given it, valid for another day: no run refreshes it. */
export function sessionFor(backend: Backend, person: Person): string {
  const expires_at = Math.floor(Date.now() / 1000) + 86_400
  const access_token = signToken(backend, person.id, expires_at)
  return JSON.stringify({ ...JSON.parse(person.session), access_token, expires_at, expires_in: 86_400 })
}

/**
 * Tokens of another issuer: they end after a second or so, until it is calm and they last. Between two of them comes one
 * that ended a minute ago, as from a cache that notices too late: REST takes a token for half a minute longer than it says.
 */
export function createIssuer(backend: Backend, userId: string) {
  let token = ''
  let endsAt = 0
  let lifeMs = 500
  let gaveEnded = false
  return {
    async accessToken(): Promise<string> {
      const now = Date.now()
      if (endsAt - now >= lifeMs / 4) return token
      gaveEnded = !gaveEnded && lifeMs < 1_000
      if (gaveEnded) return signToken(backend, userId, Math.floor(now / 1000) - 60)
      // Whole seconds: PostgREST takes a time with a fraction for one long past.
      endsAt = Math.ceil((now + lifeMs) / 1000) * 1000
      token = signToken(backend, userId, endsAt / 1000)
      return token
    },
    /** Resolves when no short token is valid any more. */
    async calm(): Promise<void> {
      lifeMs = 3_600_000
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, endsAt - Date.now() + 50)))
    },
  }
}

function signToken({ jwtSecret }: Backend, sub: string, exp: number): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { aud: 'authenticated', role: 'authenticated', sub, exp }
  const body = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${body}.${createHmac('sha256', jwtSecret).update(body).digest('base64url')}`
}

/** A new conversation of two people, in place of the one that an earlier run left, with some messages in it. */
export async function startConversation(
  sql: postgres.Sql,
  [one, other]: [Person, Person],
  messages: number,
): Promise<string> {
  return sql.begin(async (tx) => {
    await tx`delete from public.conversations where direct_key = ${[one.id, other.id].sort().join(':')}`
    await tx`set local role authenticated`
    await tx`select set_config('request.jwt.claims', ${JSON.stringify({ sub: one.id, role: 'authenticated' })}, true)`
    const [made] = await tx`select public.open_direct(${other.id}) ->> 'id' as id`
    await tx`
      select public.send_message(${made?.id}, gen_random_uuid(), 'before ' || n) from generate_series(1, ${messages}) n`
    return String(made?.id)
  })
}

/** A new group of these people, which the first of them owns, with some messages in it. */
export async function startGroup(sql: postgres.Sql, people: Person[], messages: number): Promise<string> {
  const id = crypto.randomUUID()
  const others = people.slice(1).map((person) => person.id)
  await as(sql, people[0]!, async (tx) => {
    await tx`select public.create_group(${id}, 'Ensayo', ${others}::uuid[])`
    await tx`select public.send_message(${id}, gen_random_uuid(), 'before ' || n) from generate_series(1, ${messages}) n`
  })
  return id
}

/** Everybody takes part again, whatever they chose about being added. Invitations that wait go on waiting. */
export async function seatAll(sql: postgres.Sql, groupId: string, people: Person[]): Promise<void> {
  const others = people.slice(1).map((person) => person.id)
  await sql`delete from private.contact_rules where user_id in ${sql(others)}`
  await as(sql, people[0]!, (tx) => tx`select public.add_participants(${groupId}, ${others}::uuid[])`)
}

async function as<T>(
  sql: postgres.Sql,
  { id }: Person,
  run: (tx: postgres.TransactionSql) => Promise<T>,
): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`set local role authenticated`
    await tx`select set_config('request.jwt.claims', ${JSON.stringify({ sub: id, role: 'authenticated' })}, true)`
    await run(tx)
  })
}
