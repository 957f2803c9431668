import postgres from 'postgres'
import { afterAll, expect, inject, test } from 'vitest'
import { signUp } from '../support/people.ts'

const sql = postgres(inject('stack').dbUrl, { max: 1, onnotice: () => {} })
afterAll(() => sql.end())

/** Lists for the service alone: a bad size there is an error of PostgreSQL. */
const ofTheService = /^list_abandoned_|^list_(?:content_)?reports$|^list_undelivered$|^list_empty_searches$/

test('every function with a page size refuses one that is no size of a page, and names the field', async () => {
  const ana = await signUp()
  const conversation = await ana.tertulia.chat.createGroup({ subject: 'Ensayo', memberIds: [] })
  const functions = await sql`
    select p.proname as name, array(
      select format('%I => %s', a.name, case
        when a.type = 'text' then '''an''' when a.name = 'conversation_id' then quote_literal(${conversation.id}::text) || '::uuid'
        when a.type = 'uuid' then 'gen_random_uuid()' else 'null::' || a.type end)
      from (
        select p.proargnames[n] as name, format_type(p.proargtypes[n - 1], null) as type
        from generate_series(1, p.pronargs - p.pronargdefaults) as n
      ) as a
      where a.name <> 'page_size'
    ) as arguments
    from pg_proc p
    where p.pronamespace = 'public'::regnamespace and 'page_size' = any (p.proargnames[:p.pronargs])
    order by 1`
  const ours = functions.filter(({ name }) => !ofTheService.test(name))
  expect(ours.length).toBeGreaterThan(20)
  const claims = JSON.stringify({ sub: ana.id, role: 'authenticated' })
  const answers: string[] = []
  for (const { name, arguments: given } of ours) {
    for (const size of [2147483647, 100_000, 0, -1, -2147483648, null]) {
      const call = `select * from public.${name}(${[...given, `page_size => ${size}`].join(', ')})`
      const answer = await sql
        .begin(async (tx) => {
          await tx`select set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${claims}, true)`
          await tx.unsafe(call)
          return 'an answer'
        })
        .catch(({ code, detail, message }) => (code === 'TT000' ? detail : `${code} ${message}`))
      const refused = answer.startsWith('{') && JSON.parse(answer)
      if (refused.code !== 'invalid_input' || refused.field !== 'limit')
        answers.push(`${name} ${size}: ${answer}`)
    }
  }
  expect(answers).toEqual([])
})
