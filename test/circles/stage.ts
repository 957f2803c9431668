import { codeOf, connectToDatabase } from '../chat/sql/database.ts'

/** The part of a circle's JSON that these tests look at. */
export interface CircleJson {
  id: string
  name: string
  role: string | null
  version: number
  member_count: number
  members: { id: string; role: string }[]
}

/** The part of an invitation's JSON that these tests look at. */
export interface InvitationJson {
  id: string
  kind: string
  state: string
  circle_id: string | null
  circle_name: string
  token: string
  user: { id: string } | null
  email: string | null
}

/** Circles on connections of their own: each call is a transaction. */
export function stage(connections = 12) {
  const db = connectToDatabase(connections)
  const { call, sql } = db
  const invite = (by: string, circle: string, user: string, role = 'member') =>
    call<InvitationJson>(by, 'invite_to_circle', { circle_id: circle, user_id: user, role })
  const accept = (person: string, invitation: string) =>
    call<CircleJson>(person, 'accept_circle_invitation', { invitation_id: invitation })
  return {
    ...db,
    invite,
    accept,
    /** A circle of these people, the first of them its owner. */
    async circle([owner = '', ...members]: string[], role = 'member'): Promise<string> {
      const id = crypto.randomUUID()
      await call(owner, 'create_circle', { circle_id: id, name: 'The band' })
      for (const member of members) await accept(member, (await invite(owner, id, member, role)).id)
      return id
    },
    async link(by: string, circle: string, options: object = {}): Promise<InvitationJson> {
      return call<InvitationJson>(by, 'create_circle_link', { circle_id: circle, ...options })
    },
    open: (person: string, token: string) => call<CircleJson>(person, 'accept_circle_invitation', { token }),
    get: (person: string, circle: string) => call<CircleJson>(person, 'get_circle', { circle_id: circle }),
    async song(owner: string, fields: object = {}): Promise<string> {
      const id = crypto.randomUUID()
      await sql`insert into public.songs ${sql({ id, title: 'Secret', content: 'la', created_by: owner, ...fields })}`
      return id
    },
    share: (by: string, circle: string, song: string, role = 'view', more: object = {}) =>
      call<{ id: string }>(by, 'share_with_circle', { circle_id: circle, target_id: song, role, ...more }),
    role: (person: string, song: string) => call<string | null>(person, 'role_in', { target_id: song }),
    rolesIn: async (circle: string) =>
      (
        await sql<{ role: string }[]>`
          select role from public.circle_members where circle_id = ${circle} order by joined_at, user_id`
      ).map(({ role }) => role),
    /** Runs calls at once, in another order each round, and answers their codes. */
    async race(round: number, ...calls: (() => Promise<unknown>)[]): Promise<(string | null)[]> {
      const codes: (string | null)[] = []
      const order = calls.map((_, at) => (at + round) % calls.length)
      await Promise.all(
        order.map(async (at) => {
          codes[at] = await codeOf(calls[at]!())
        }),
      )
      return codes
    },
  }
}
