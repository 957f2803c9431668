import { describe, expect, it } from 'vitest'
import { service } from '../support/people.ts'
import { stackOfProject } from '../support/project-stack.ts'

const MIGRATION = `
create table public.notes (id integer primary key, body text);
insert into public.notes values (1, 'one'), (2, 'two'), (3, 'three');

create function public.whole_text(text) returns text language sql as $$ select 'text: ' || $1 $$;
create function public.whole_json(json) returns json language sql as $$ select $1 -> 'a' $$;
create function public.whole_bytes(bytea) returns integer language sql as $$ select length($1) $$;
create function public.two_unnamed(integer, integer) returns integer language sql as $$ select $1 + $2 $$;
create function public.by_type(value integer) returns text language sql as $$ select 'integer' $$;
create function public.by_type(value text) returns text language sql as $$ select 'text' $$;
create function public.by_name(a integer) returns text language sql as $$ select 'a' $$;
create function public.by_name(a integer, b integer) returns text language sql as $$ select 'a, b' $$;
create function public.greet(name text, greeting text default 'olá') returns text language sql as $$ select greeting || ' ' || name $$;
create function public.total(variadic numbers integer[]) returns bigint language sql as $$ select sum(n) from unnest(numbers) n $$;
create function public.nothing() returns void language sql as $$ select $$;
create function public.words() returns setof text language sql as $$ values ('a'), ('b') $$;
create function public.one_note(wanted integer) returns public.notes stable language sql as $$ select * from public.notes where id = wanted $$;
create function public.all_notes() returns setof public.notes stable language sql as $$ select * from public.notes order by id $$;
create function public.pairs() returns table (a integer, b text) language sql as $$ values (1, 'x'), (2, 'y') $$;
create function public.parts(out a integer, out b text) language sql as $$ select 1, 'x' $$;
create function public.one_part(out a integer) language sql as $$ select 1 $$;
create function public.add_note(new_id integer, new_body text) returns setof public.notes language sql
  as $$ insert into public.notes values (new_id, new_body) returning * $$;
create function public.slow() returns text language plpgsql set statement_timeout = '100ms'
  as $$ begin perform pg_sleep(5); return 'late'; end $$;
create function public.teapot() returns text language plpgsql as $$ begin
  perform set_config('response.status', '418', true);
  perform set_config('response.headers', '[{"X-Pot": "tea"}, {"Set-Cookie": "a=1"}, {"Set-Cookie": "b=2"}]', true);
  return 'short';
end $$;
create function public.refuses() returns void language plpgsql as $$ begin
  raise sqlstate 'PGRST' using
    message = '{"code": "BUSY", "message": "later", "details": null, "hint": "wait"}',
    detail = '{"status": 429, "headers": {"Retry-After": "5"}}';
end $$;
create function public.pays() returns void language plpgsql as $$ begin
  raise sqlstate 'PT402' using message = 'Payment Required', detail = 'no credit', hint = 'pay';
end $$;
create domain public."text/html" as text;
create function public.page() returns public."text/html" language sql as $$ select '<p>olá</p>' $$;
`

const stack = stackOfProject(MIGRATION)
async function ask(path: string, init: RequestInit & { type?: string; accept?: string } = {}) {
  const { apiUrl, secretKey } = stack()
  const headers = new Headers({ apikey: secretKey, 'content-type': init.type ?? 'application/json' })
  if (init.accept) headers.set('accept', init.accept)
  return await fetch(`${apiUrl}/rest/v1/rpc/${path}`, { ...init, headers })
}
const post = async (path: string, body: unknown, type?: string) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await ask(path, { method: 'POST', body: text, type })
  return await response.json()
}

describe('an argument without a name', () => {
  it('takes the whole body, by its type', async () => {
    expect(await post('whole_text', 'a "b"', 'text/plain')).toBe('text: a "b"')
    expect(await post('whole_json', { a: { b: [1] } })).toEqual({ b: [1] })
    expect(await post('whole_bytes', 'four', 'application/octet-stream')).toBe(4)
    const bytes = await ask('whole_bytes', {
      method: 'POST',
      body: new Uint8Array([0, 255, 92, 120, 128]),
      type: 'application/octet-stream',
    })
    expect(await bytes.json()).toBe(5)
    expect(await post('whole_bytes', 'four', 'text/plain')).toMatchObject({ code: 'PGRST202' })
  })

  it('cannot be one of several', async () => {
    expect(await post('two_unnamed', { a: 1, b: 2 })).toMatchObject({ code: 'PGRST202' })
  })
})

describe('functions of one name', () => {
  it('are told apart by the names of their arguments', async () => {
    expect(await post('by_name', { a: 1 })).toBe('a')
    expect(await post('by_name', { a: 1, b: 2 })).toBe('a, b')
    expect(await post('by_name', { b: 2 })).toMatchObject({
      code: 'PGRST202',
      hint: expect.stringContaining('public.by_name('),
    })
  })

  it('are refused where only the types could tell', async () => {
    const response = await ask('by_type', { method: 'POST', body: '{"value":1}' })
    expect(response.status).toBe(300)
    expect(await response.json()).toMatchObject({
      code: 'PGRST203',
      message:
        'Could not choose the best candidate function between: public.by_type(value => integer), public.by_type(value => text)',
    })
  })
})

describe('arguments', () => {
  it('may be left out when they have a default', async () => {
    expect(await post('greet', { name: 'ana' })).toBe('olá ana')
    expect(await post('greet', { name: 'ana', greeting: 'oi' })).toBe('oi ana')
    expect(await post('greet', { greeting: 'oi' })).toMatchObject({ code: 'PGRST202' })
  })

  it('are a list where the function takes any number of them', async () => {
    expect(await post('total', { numbers: [1, 2, 3] })).toBe(6)
    expect(await (await ask('total?numbers=1&numbers=5')).json()).toBe(6)
  })

  it('come in the address of a GET, beside conditions on the rows', async () => {
    expect(await (await ask('greet?name=ana')).json()).toBe('olá ana')
    expect(await (await ask('all_notes?id=gt.1&body=eq.two&select=id')).json()).toEqual([{ id: 2 }])
  })

  it('come as a form', async () => {
    expect(await post('greet', 'name=ana+maria&greeting=oi', 'application/x-www-form-urlencoded')).toBe(
      'oi ana maria',
    )
  })
})

describe('what a function answers', () => {
  it.each([
    ['words', ['a', 'b']],
    [
      'pairs',
      [
        { a: 1, b: 'x' },
        { a: 2, b: 'y' },
      ],
    ],
    ['parts', { a: 1, b: 'x' }],
    ['one_part', { a: 1 }],
  ])('%s', async (name, answer) => {
    expect(await post(name, {})).toEqual(answer)
  })

  it('is nothing for void', async () => {
    const response = await ask('nothing', { method: 'POST' })
    expect([response.status, await response.text()]).toEqual([204, ''])
    const { data, error, status } = await service(stack()).rpc('nothing')
    expect({ data, error, status }).toEqual({ data: null, error: null, status: 204 })
  })

  it('is a row, or rows that are read on like a table', async () => {
    expect(await post('one_note', { wanted: 2 })).toEqual({ id: 2, body: 'two' })
    const { data, count } = await service(stack())
      .rpc('all_notes', {}, { count: 'exact' })
      .select('id')
      .gt('id', 1)
      .order('id', { ascending: false })
      .limit(1)
    expect([data, count]).toEqual([[{ id: 3 }], 2])
    const single = await service(stack()).rpc('all_notes').eq('id', 1).single()
    expect(single.data).toEqual({ id: 1, body: 'one' })
  })

  it('has the status and headers that the function sets', async () => {
    const response = await ask('teapot', { method: 'POST' })
    expect([response.status, response.headers.get('x-pot'), response.headers.getSetCookie()]).toEqual([
      418,
      'tea',
      ['a=1', 'b=2'],
    ])
  })

  it('is the whole answer when the function raises PGRST or PT', async () => {
    const busy = await ask('refuses', { method: 'POST' })
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([429, '5'])
    expect(await busy.json()).toEqual({ code: 'BUSY', message: 'later', details: null, hint: 'wait' })
    const pays = await ask('pays', { method: 'POST' })
    expect(pays.status).toBe(402)
    expect(await pays.json()).toEqual({
      code: 'PT402',
      message: 'Payment Required',
      details: 'no credit',
      hint: 'pay',
    })
  })

  it('is its own media type when a domain names one', async () => {
    const response = await ask('page', { accept: 'text/html,*/*;q=0.8' })
    expect([response.headers.get('content-type'), await response.text()]).toEqual(['text/html', '<p>olá</p>'])
    expect((await ask('greet?name=a', { accept: 'text/html' })).status).toBe(406)
  })
})

describe('a function', () => {
  it('that changes rows is refused by GET', async () => {
    expect((await ask('add_note?new_id=9&new_body=x')).status).toBe(405)
    expect(await post('add_note', { new_id: 9, new_body: 'x' })).toEqual([{ id: 9, body: 'x' }])
  })

  it('ends after the time that it sets for itself', async () => {
    expect(await post('slow', {})).toMatchObject({ code: '57014' })
  })

  it('answers only GET, HEAD and POST', async () => {
    const response = await ask('words', { method: 'DELETE' })
    expect([response.status, (await response.json()).code]).toEqual([405, 'PGRST101'])
    expect((await ask('words', { method: 'HEAD' })).status).toBe(200)
  })
})
