import { describe, expect, it } from 'vitest'
import { service } from '../support/people.ts'
import { stackOfProject } from '../support/project-stack.ts'

const MIGRATION = `
create table public.things (id integer primary key, word text default 'default', at timestamptz default '2026-01-15T12:00:00Z');
create function public.numbers(most integer) returns setof integer language sql stable as $$ select generate_series(1, most) $$;
`

const stack = stackOfProject(MIGRATION)

async function ask(method: string, path: string, prefer: string, body?: unknown) {
  const response = await fetch(`${stack().apiUrl}/rest/v1/${path}`, {
    method,
    headers: { apikey: stack().secretKey, 'content-type': 'application/json', prefer },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  return {
    status: response.status,
    text: await response.text(),
    range: response.headers.get('content-range'),
  }
}

describe('preferences', () => {
  it('for defaults answer no rows by themselves', async () => {
    const admin = service(stack())
    expect(await admin.from('things').insert([{ id: 1 }, { id: 2 }], { defaultToNull: false })).toMatchObject(
      {
        status: 201,
        data: null,
      },
    )
    expect((await admin.from('things').select('word').order('id')).data).toEqual([
      { word: 'default' },
      { word: 'default' },
    ])
    expect(await ask('POST', 'things', 'missing=default', { id: 3 })).toMatchObject({ status: 201, text: '' })
    expect(await ask('PATCH', 'things?id=eq.3', 'count=exact', { word: 'x' })).toMatchObject({
      status: 204,
      text: '',
    })
  })

  it('for a time zone are followed when there is one of that name', async () => {
    const at = async (zone: string) =>
      JSON.parse((await ask('GET', 'things?select=at&limit=1', `timezone=${zone}`)).text)
    expect(await at('America/New_York')).toEqual([{ at: '2026-01-15T07:00:00-05:00' }])
    expect(await at('Asia/Kolkata')).toEqual([{ at: '2026-01-15T17:30:00+05:30' }])
    expect(await at('Nowhere/Land')).toEqual([{ at: '2026-01-15T12:00:00+00:00' }])
  })

  it('count what a function answers without the rows', async () => {
    const answer = await service(stack()).rpc('numbers', { most: 5 }, { head: true, count: 'exact' })
    expect(answer).toMatchObject({ status: 200, count: 5, data: null })
  })
})

describe('quantified filters', () => {
  it('match any or all of their patterns', async () => {
    const things = () => service(stack()).from('things').select('id').order('id')
    await service(stack())
      .from('things')
      .insert([
        { id: 11, word: 'alpha' },
        { id: 12, word: 'beta' },
      ])
    expect((await things().likeAnyOf('word', ['al%', 'be%'])).data).toEqual([{ id: 11 }, { id: 12 }])
    expect((await things().ilikeAllOf('word', ['AL%', '%a'])).data).toEqual([{ id: 11 }])
  })
})
