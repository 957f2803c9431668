import { describe, expect, it } from 'vitest'
import { service } from '../support/people.ts'
import { stackOfProject } from '../support/project-stack.ts'

const DEPTH = 10
const levels = Array.from({ length: DEPTH }, (_, n) => n + 1)

/** A line of tables, each with a key to the one before it. */
const MIGRATION = `
create table public.t0 (id integer primary key, word text);
insert into public.t0 values (1, 'a'), (2, 'b'), (3, 'c');
${levels
  .map(
    (
      n,
    ) => `create table public.t${n} (id integer primary key, up integer references public.t${n - 1}, word text);
insert into public.t${n} values (1, 1, 'a'), (2, 1, 'b'), (3, 2, 'c');`,
  )
  .join('\n')}
`

const stack = stackOfProject(MIGRATION)

/** All tables within each other, with one filter on each; `child` is the name of what is embedded in it. */
async function count(join: string, filter: (child: string) => [key: string, value: string]) {
  const { apiUrl, secretKey } = stack()
  const params = new URLSearchParams()
  params.set(
    'select',
    levels.reduceRight((inner, n) => `id,t${n}${join}(${inner})`, 'id'),
  )
  for (const n of levels) {
    const path = levels.slice(0, n - 1).map((above) => `t${above}.`)
    const [key, value] = filter(`t${n}`)
    params.append(`${path.join('')}${key}`, value)
  }
  const headers = { apikey: secretKey, prefer: 'count=exact' }
  const response = await fetch(`${apiUrl}/rest/v1/t0?${params}`, { headers })
  const body = (await response.json()) as { id: number; code?: string }[]
  return [response.status, body.map?.(({ id }) => id) ?? body, response.headers.get('content-range')]
}

describe('an exact count', () => {
  it('counts what the rows joined from the inside leave', async () => {
    const { data, count: total } = await service(stack())
      .from('t0')
      .select('id, t1!inner(word)', { count: 'exact' })
      .eq('t1.word', 'c')
    expect([data, total]).toEqual([[{ id: 2, t1: [{ word: 'c' }] }], 1])
  })

  it('of rows within rows is one statement of the same length, however often each is asked for', async () => {
    const there = (child: string): [string, string] => [child, 'not.is.null']
    const both = (child: string): [string, string] => ['or', `(${child}.is.null,${child}.not.is.null)`]
    const thrice = (child: string): [string, string] => [
      'and',
      `(${child}.not.is.null,or(${child}.not.is.null,id.eq.99),not.and(${child}.is.null,id.gt.0))`,
    ]
    expect(await count('!inner', there)).toEqual([200, [1], '0-0/1'])
    expect(await count('!inner', both)).toEqual([200, [1], '0-0/1'])
    expect(await count('!inner', thrice)).toEqual([200, [1], '0-0/1'])
    expect(await count('', there)).toEqual([200, [1], '0-0/1'])
    expect(await count('', both)).toEqual([200, [1, 2, 3], '0-2/3'])
    expect(await count('', thrice)).toEqual([200, [1], '0-0/1'])
  })

  it('knows what is not there', async () => {
    const without = await service(stack())
      .from('t0')
      .select('id, t1!left(id)', { count: 'exact' })
      .is('t1', null)
    expect([without.data, without.count]).toEqual([[{ id: 3, t1: [] }], 1])
    const none = await service(stack())
      .from('t0')
      .select('id, t1!inner(id)', { count: 'exact' })
      .is('t1', null)
    expect([none.data, none.count]).toEqual([[], 0])
  })
})
