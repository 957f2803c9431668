import { describe, expect, it } from 'vitest'
import { service } from '../support/people.ts'
import { stackOfProject } from '../support/project-stack.ts'

const MIGRATION = `
create table public.things (id integer primary key, word text, note text);
insert into public.things select n, 'word ' || n, case when n % 2 = 0 then 'a, "b"' end from generate_series(1, 20) n;
create table public.many (id integer primary key);
insert into public.many select generate_series(1, 50);
analyze public.many;
alter role authenticator set pgrst.db_plan_enabled = 'true';
notify pgrst, 'reload config';
`

const stack = stackOfProject(MIGRATION, '[api]\nmax_rows = 30\n')
async function ask(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const { apiUrl, secretKey } = stack()
  return await fetch(`${apiUrl}/rest/v1/${path}`, { method, headers: { apikey: secretKey, ...headers } })
}
const rangeOf = async (path: string, headers: Record<string, string> = {}) => {
  const response = await ask(path, headers)
  await response.text()
  return [response.status, response.headers.get('content-range')]
}

describe('the range of an answer', () => {
  it('says which rows it has, and of how many when they are counted', async () => {
    expect(await rangeOf('things')).toEqual([200, '0-19/*'])
    expect(await rangeOf('things', { prefer: 'count=exact' })).toEqual([200, '0-19/20'])
    expect(await rangeOf('things?limit=5&offset=5', { prefer: 'count=exact' })).toEqual([206, '5-9/20'])
    expect(await rangeOf('things?id=eq.0', { prefer: 'count=exact' })).toEqual([200, '*/0'])
    expect(await rangeOf('things?limit=0', { prefer: 'count=exact' })).toEqual([206, '*/20'])
  })

  it('may be asked for in a header', async () => {
    expect(await rangeOf('things', { range: '0-4' })).toEqual([200, '0-4/*'])
    expect(await rangeOf('things', { range: '15-', prefer: 'count=exact' })).toEqual([206, '15-19/20'])
    expect(await rangeOf('things', { range: '5-2' })).toEqual([416, null])
  })

  it('beyond the last row is refused with 416 when rows are counted', async () => {
    const { status, error } = await service(stack())
      .from('things')
      .select('*', { count: 'exact' })
      .range(50, 60)
    expect([status, error?.code, error?.details]).toEqual([
      416,
      'PGRST103',
      'An offset of 50 was requested, but there are only 20 rows.',
    ])
    expect(await rangeOf('things?offset=50')).toEqual([200, '*/*'])
    expect(await rangeOf('things?limit=-1')).toEqual([416, null])
  })

  it('is of the planner for planned, and for estimated beyond the most rows of an answer', async () => {
    expect(await rangeOf('many', { prefer: 'count=planned' })).toEqual([206, '0-29/50'])
    expect(await rangeOf('many', { prefer: 'count=estimated' })).toEqual([206, '0-29/50'])
    expect(await rangeOf('many?id=lte.10', { prefer: 'count=estimated' })).toEqual([200, '0-9/10'])
  })

  it('is there for HEAD, without a body', async () => {
    const { count, data, error } = await service(stack())
      .from('things')
      .select('*', { count: 'exact', head: true })
      .gt('id', 15)
    expect([count, data, error]).toEqual([5, null, null])
  })
})

describe('single and maybeSingle', () => {
  it('want one row, and answer 406 or nothing without it', async () => {
    const things = () => service(stack()).from('things').select('word')
    expect((await things().eq('id', 1).single()).data).toEqual({ word: 'word 1' })
    expect(await things().eq('id', 0).single()).toMatchObject({
      status: 406,
      error: { code: 'PGRST116', details: 'The result contains 0 rows' },
    })
    expect((await things().single()).error).toMatchObject({ details: 'The result contains 20 rows' })
    expect(await things().eq('id', 0).maybeSingle()).toMatchObject({ data: null, error: null })
    expect((await things().maybeSingle()).error?.code).toBe('PGRST116')
  })
})

describe('the form of an answer', () => {
  it('is CSV with the names of the columns, also without a row', async () => {
    const { data } = await service(stack()).from('things').select('id, note').lte('id', 2).order('id').csv()
    expect(data).toBe('id,note\n1,\n2,"a, ""b"""')
    expect((await service(stack()).from('things').select('id, note').eq('id', 0).csv()).data).toBe('\n')
  })

  it('leaves nulls out where that is asked for', async () => {
    const { data } = await service(stack())
      .from('things')
      .select('id, note')
      .lte('id', 2)
      .order('id')
      .stripNulls()
    expect(data).toEqual([{ id: 1 }, { id: 2, note: 'a, "b"' }])
    const one = await ask('things?select=id,note&id=eq.1', {
      accept: 'application/vnd.pgrst.object+json;nulls=stripped',
    })
    expect(await one.json()).toEqual({ id: 1 })
  })

  it('is a plan, with the options that are asked for', async () => {
    const text = await service(stack()).from('things').select('id').explain()
    expect(text.data).toContain('Seq Scan on things')
    const full = await ask('things?select=id', {
      accept: 'application/vnd.pgrst.plan+json; for="text/csv"; options=analyze|verbose|buffers',
    })
    expect(full.headers.get('content-type')).toBe(
      'application/vnd.pgrst.plan+json; for="text/csv"; options=analyze|verbose|buffers; charset=utf-8',
    )
    const [plan] = await full.json()
    expect(plan).toHaveProperty('Execution Time')
    expect(JSON.stringify(plan)).toContain('"Output"')
  })

  it('is of PostGIS for GeoJSON, whose function is not here', async () => {
    const { error, status } = await service(stack()).from('things').select('id').geojson()
    expect([status, error?.code]).toEqual([404, '42883'])
  })

  it('is the first accepted one that there is, or 406', async () => {
    const html = await ask('things?limit=1', { accept: 'text/html, application/xml;q=0.9, */*;q=0.8' })
    expect(html.headers.get('content-type')).toBe('application/json; charset=utf-8')
    const none = await ask('things', { accept: 'image/png' })
    expect([none.status, (await none.json()).code]).toEqual([406, 'PGRST107'])
  })

  it('says where it comes from', async () => {
    const response = await ask('things?select=id&id=eq.1')
    expect(response.headers.get('content-location')).toBe('/things?id=eq.1&select=id')
  })
})

describe('a request that cannot be read', () => {
  it.each([
    ['things?id=noop.1', 400, 'PGRST100'],
    ['things?select=id,', 400, 'PGRST100'],
    ['things?order=id.sideways', 400, 'PGRST100'],
    ['things?or=(id.eq.1', 400, 'PGRST100'],
    ['things?select=nothing(id)', 400, 'PGRST200'],
    ['things?select=id::nonsense', 400, '42704'],
    ['things?nothing=eq.1', 400, '42703'],
    ['thing', 404, 'PGRST205'],
    ['things/1', 404, 'PGRST125'],
    ['rpc/nothing', 404, 'PGRST202'],
  ])('%s', async (path, status, code) => {
    const response = await ask(path)
    expect([response.status, (await response.json()).code]).toEqual([status, code])
  })

  it('names what was perhaps meant', async () => {
    expect((await (await ask('thing')).json()).hint).toBe(`Perhaps you meant the table 'public.things'`)
  })

  it('of another method is refused', async () => {
    const response = await ask('things', {}, 'PROPFIND')
    expect([response.status, (await response.json()).code]).toEqual([405, 'PGRST117'])
  })
})

it('filters take what PostgreSQL has for every type', async () => {
  const ids = async (search: string) => {
    const response = await ask(`things?select=id&order=id&${search}`)
    const body = await response.json()
    return response.ok ? body.map(({ id }: { id: number }) => id) : body.code
  }
  expect(await ids('id=in.(1,2,30)')).toEqual([1, 2])
  expect(await ids('id=in.()')).toEqual([])
  expect(await ids('word=in.("word 1","a,b")')).toEqual([1])
  expect(await ids('word=like.*1&id=lt.12')).toEqual([1, 11])
  expect(await ids('word=ilike(any).{*D 3,*d 4}')).toEqual([3, 4])
  expect(await ids('word=match.^word [12]$')).toEqual([1, 2])
  expect(await ids('word=imatch.^WORD 1$')).toEqual([1])
  expect(await ids('note=is.null&id=lt.4')).toEqual([1, 3])
  expect(await ids('note=is.not_null&id=lt.4')).toEqual([2])
  expect(await ids('note=not.is.null&id=lt.4')).toEqual([2])
  expect(await ids('note=isdistinct.a&id=lt.3')).toEqual([1, 2])
  expect(await ids('word=fts(simple).3')).toEqual([3])
  expect(await ids('word=not.wfts(simple).word')).toEqual([])
  expect(await ids('or=(id.eq.1,and(id.gt.18,note.not.is.null))')).toEqual([1, 20])
  expect(await ids('not.or=(id.gt.2,word.eq."word 1")')).toEqual([2])
  expect(await ids('or=(word.in.("word 1","word 2"),id.eq.3)')).toEqual([1, 2, 3])
  expect(await ids('id=eq.abc')).toBe('22P02')
})
