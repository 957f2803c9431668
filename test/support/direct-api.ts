import type postgres from 'postgres'

interface Argument {
  name: string
  type: string
}

/**
 * A fetch that answers calls of functions over a connection of the test's, as PostgREST does: one transaction, the caller's role and
 * claims, arguments out of JSON by name, the answer as JSON that PostgreSQL writes. So the settings of that connection count.
 */
export function fetchOver(sql: postgres.Sql): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const name = /\/rest\/v1\/rpc\/(\w+)/.exec(request.url)?.[1]
    if (!name) return new Response('{}', { status: 404 })
    const token = request.headers.get('authorization')?.split('.')[1]
    const claims = token ? JSON.parse(Buffer.from(token, 'base64url').toString()) : { role: 'anon' }
    const given: Record<string, unknown> =
      request.method === 'GET'
        ? Object.fromEntries(new URL(request.url).searchParams)
        : JSON.parse((await request.text()) || '{}')
    try {
      const answer = await sql.begin(async (tx) => {
        const [called] = await tx<{ named: Argument[]; rows: boolean; composite: boolean; empty: boolean }[]>`
          select p.proretset as rows, t.typtype = 'c' or p.prorettype = 'record'::regtype as composite, p.prorettype = 'void'::regtype as empty,
            (select coalesce(json_agg(json_build_object('name', a.name, 'type', format_type(a.type, null)) order by a.n), '[]')
              from unnest(p.proargnames, coalesce(p.proallargtypes, p.proargtypes::oid[]), p.proargmodes) with ordinality as a (name, type, mode, n)
              where coalesce(a.mode, 'i') in ('i', 'b')) as named
          from pg_proc p join pg_type t on t.oid = p.prorettype
          where p.pronamespace = 'public'::regnamespace and p.proname = ${name}`
        if (!called) throw Object.assign(new Error(`there is no function ${name}`), { code: 'PGRST202' })
        const used = called.named.filter((one) => one.name in given)
        const args = used.map((one) => `"${one.name}" => (select a."${one.name}" from args a)`).join(', ')
        const shape = used.map((one) => `"${one.name}" ${one.type}`).join(', ')
        const from =
          used.length > 0
            ? `with args as (select * from json_to_record($1::text::json) as _ (${shape})) `
            : ''
        const body =
          called.rows || called.composite
            ? `select coalesce(json_agg(r), '[]')::text as answer from public."${name}"(${args}) r`
            : `select coalesce(to_json(public."${name}"(${args})), 'null')::text as answer`
        await tx`select set_config('role', ${claims.role}, true), set_config('request.jwt.claims', ${JSON.stringify(claims)}, true),
          set_config('request.headers', ${JSON.stringify(Object.fromEntries(request.headers))}, true)`
        const [row] = await tx.unsafe(from + body, used.length > 0 ? [JSON.stringify(given)] : [])
        return { called, text: row?.answer as string }
      })
      const one = request.headers.get('accept')?.includes('vnd.pgrst.object')
      const rows = answer.called.rows || answer.called.composite
      if (answer.called.empty) return new Response(null, { status: 204 })
      const read = JSON.parse(answer.text)
      if (rows && one && read.length !== 1)
        return Response.json({ code: 'PGRST116', message: `${read.length} rows` }, { status: 406 })
      return new Response(rows && one ? JSON.stringify(read[0]) : answer.text, {
        headers: { 'content-type': 'application/json' },
      })
    } catch (error) {
      const { code, message, detail, hint } = error as postgres.PostgresError
      return Response.json({ code, message, details: detail ?? null, hint: hint ?? null }, { status: 400 })
    }
  }
}
