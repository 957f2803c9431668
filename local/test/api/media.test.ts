import { beforeAll, describe, expect, it, vi } from 'vitest'
import { stackOfProject } from '../support/project-stack.ts'

const MIGRATION = String.raw`
create domain public."image/png" as bytea;
create domain public."application/octet-stream" as bytea;
create domain public."text/html" as text;
create domain public."text/plain" as text;
create domain public."application/vnd.shop+json" as jsonb;
create domain public."*/*" as bytea;
create domain public."text/csv" as text;
create domain public."text/x-ids" as text;
create domain public."text/x-list" as text[];

create function public.picture() returns public."image/png" language sql as $$ select '\x89504e470d0a1a0a00ff8000'::bytea $$;
create function public.bytes(wanted integer) returns public."application/octet-stream" language sql
  as $$ select decode(repeat('ff00', wanted), 'hex') $$;
create function public.no_bytes() returns public."application/octet-stream" language sql as $$ select null::bytea $$;
create function public.page() returns public."text/html" language sql as $$ select '<p>olá 😀</p>' $$;
create function public.words() returns public."text/plain" language sql as $$ select 'olá' $$;
create function public.shop() returns public."application/vnd.shop+json" language sql as $$ select '{"a": 1}'::jsonb $$;
create function public.broken() returns public."image/png" language sql as $$ select (1 / 0)::text::bytea $$;
create function public.anything() returns public."*/*" language plpgsql as $$
declare
  accepted text := current_setting('request.headers', true)::json ->> 'accept';
begin
  if accepted = 'text/csv' then
    raise sqlstate 'PT406' using message = 'Not Acceptable';
  end if;
  if accepted = 'app/one' then
    perform set_config('response.headers', '[{"Content-Type": "app/one"}]', true);
  end if;
  return '\xfffe';
end
$$;
create function public.list() returns public."text/x-list" language sql as $$ select array['a', 'b'] $$;
create function public.no_list() returns public."text/x-list" language sql as $$ select null::text[] $$;
create function public.plain_bytes() returns bytea language sql as $$ select '\xff'::bytea $$;

create table public.numbers (id integer primary key);
insert into public.numbers values (1), (2), (3);
create function public.csv_step(state text, next public.numbers) returns public."text/csv" language sql
  as $$ select state || next.id || ';' $$;
create aggregate public.csv_of_numbers (public.numbers) (initcond = 'own:', stype = public."text/csv", sfunc = public.csv_step);
create function public.plain_step(state text, next anyelement) returns public."text/plain" language sql
  as $$ select state || next::text || E'\n' $$;
create aggregate public.plain_of_rows (anyelement) (initcond = '', stype = public."text/plain", sfunc = public.plain_step);
create function public.png_step(state bytea, next public.numbers) returns public."image/png" language sql
  as $$ select state || decode(lpad(next.id::text, 2, '0'), 'hex') $$;
create aggregate public.png_of_numbers (public.numbers) (initcond = '\xff', stype = public."image/png", sfunc = public.png_step);
create table public.others (id integer primary key);
insert into public.others values (7);
create function public.ids_of_number(state text, next public.numbers) returns public."text/x-ids" language sql
  as $$ select state || 'number ' || next.id || ';' $$;
create aggregate public.ids (public.numbers) (initcond = '', stype = public."text/x-ids", sfunc = public.ids_of_number);
create function public.ids_of_other(state text, next public.others) returns public."text/x-ids" language sql
  as $$ select state || 'other ' || next.id || ';' $$;
create aggregate public.ids (public.others) (initcond = '', stype = public."text/x-ids", sfunc = public.ids_of_other);
alter role authenticator set pgrst.db_aggregates_enabled = 'true';
create function public.all_numbers() returns setof public.numbers language sql stable
  as $$ select * from public.numbers order by id $$;
`

const stack = stackOfProject(MIGRATION)

async function ask(path: string, accept: string, init: RequestInit = {}) {
  const { apiUrl, secretKey } = stack()
  const headers = { apikey: secretKey, accept, 'content-type': 'application/json', ...init.headers }
  const response = await fetch(`${apiUrl}/rest/v1/${path}`, { ...init, headers })
  const body = Buffer.from(await response.arrayBuffer())
  return { status: response.status, type: response.headers.get('content-type'), body }
}
const text = ({ status, type, body }: Awaited<ReturnType<typeof ask>>) => [status, type, body.toString()]
const hex = ({ status, type, body }: Awaited<ReturnType<typeof ask>>) => [status, type, body.toString('hex')]

beforeAll(async () => {
  await vi.waitFor(async () => expect((await ask('numbers', 'application/json')).status).toBe(200))
})

describe('a function that answers a media type', () => {
  it('sends its bytes as they are', async () => {
    const png = [200, 'image/png', '89504e470d0a1a0a00ff8000']
    expect(hex(await ask('rpc/picture', 'image/png'))).toEqual(png)
    expect(hex(await ask('rpc/picture', 'text/html, image/png, */*;q=0.8'))).toEqual(png)
    expect(hex(await ask('rpc/picture', 'image/png', { method: 'POST', body: '{}' }))).toEqual(png)
    const octets = await ask('rpc/bytes?wanted=300000', 'application/octet-stream')
    expect(octets.type).toBe('application/octet-stream')
    expect(octets.body.equals(Buffer.from('ff00'.repeat(300_000), 'hex'))).toBe(true)
    expect(hex(await ask('rpc/no_bytes', 'application/octet-stream'))).toEqual([
      200,
      'application/octet-stream',
      '',
    ])
  })

  it('sends text in UTF-8, with the type that PostgREST gives it', async () => {
    expect(text(await ask('rpc/page', 'text/html'))).toEqual([200, 'text/html', '<p>olá 😀</p>'])
    expect(text(await ask('rpc/words', 'text/plain'))).toEqual([200, 'text/plain; charset=utf-8', 'olá'])
    expect(text(await ask('rpc/shop', 'application/vnd.shop+json'))).toEqual([
      200,
      'application/vnd.shop+json',
      '{"a": 1}',
    ])
  })

  it('sends a list as PostgreSQL writes it, also from a POST', async () => {
    for (const init of [{}, { method: 'POST', body: '{}' }])
      expect(text(await ask('rpc/list', 'text/x-list', init))).toEqual([200, 'text/x-list', '{a,b}'])
    expect(text(await ask('rpc/no_list', 'text/x-list'))).toEqual([200, 'text/x-list', ''])
  })

  it('answers JSON to who asks for JSON, or for nothing', async () => {
    expect(text(await ask('rpc/words', 'application/json'))).toEqual([
      200,
      'application/json; charset=utf-8',
      '"olá"',
    ])
    expect(text(await ask('rpc/words', '*/*'))[2]).toBe('"olá"')
    expect(text(await ask('rpc/plain_bytes', '*/*'))[2]).toBe(String.raw`"\\xff"`)
    expect((await ask('rpc/picture', 'image/gif')).status).toBe(406)
    expect((await ask('rpc/plain_bytes', 'application/octet-stream')).status).toBe(406)
  })

  it('of every type takes what is asked for, and may say what it is', async () => {
    for (const accept of ['*/*', 'image/webp', 'application/json'])
      expect(hex(await ask('rpc/anything', accept))).toEqual([200, 'application/octet-stream', 'fffe'])
    expect(hex(await ask('rpc/anything', 'app/one'))).toEqual([200, 'app/one', 'fffe'])
    const refused = await ask('rpc/anything', 'text/csv')
    expect([refused.status, refused.type]).toEqual([406, 'application/json; charset=utf-8'])
    expect(JSON.parse(refused.body.toString())).toMatchObject({ code: 'PT406', message: 'Not Acceptable' })
  })

  it('fails with an error in JSON', async () => {
    const failed = await ask('rpc/broken', 'image/png')
    expect([failed.status, failed.type]).toEqual([400, 'application/json; charset=utf-8'])
    expect(JSON.parse(failed.body.toString())).toMatchObject({ code: '22012', message: 'division by zero' })
  })

  it('answers HEAD without a body', async () => {
    expect(hex(await ask('rpc/picture', 'image/png', { method: 'HEAD' }))).toEqual([200, 'image/png', ''])
  })
})

describe('an aggregate that answers a media type', () => {
  it('makes the rows of its table into it', async () => {
    expect(hex(await ask('numbers?order=id', 'image/png'))).toEqual([200, 'image/png', 'ff010203'])
    expect(hex(await ask('numbers?id=gt.9', 'image/png'))).toEqual([200, 'image/png', 'ff'])
    expect(hex(await ask('rpc/all_numbers', 'image/png'))).toEqual([200, 'image/png', 'ff010203'])
    expect((await ask('others', 'image/png')).status).toBe(406)
    expect((await ask('numbers?select=id', 'image/png')).status).toBe(406)
  })

  it('counts before a type of the API, and that of a table before that of every row', async () => {
    expect(text(await ask('numbers?order=id', 'text/csv'))).toEqual([
      200,
      'text/csv; charset=utf-8',
      'own:1;2;3;',
    ])
    expect(text(await ask('others', 'text/csv'))[2]).toBe('id\n7')
    expect(text(await ask('others?select=id', 'text/plain'))).toEqual([
      200,
      'text/plain; charset=utf-8',
      '(7)\n',
    ])
    expect(text(await ask('others', 'application/vnd.pgrst.object+json'))[2]).toBe('{"id":7}')
  })

  it('of one name for two tables is that of the table', async () => {
    const ids = async (path: string, init?: RequestInit) => text(await ask(path, 'text/x-ids', init))
    expect(await ids('numbers?order=id')).toEqual([200, 'text/x-ids', 'number 1;number 2;number 3;'])
    expect(await ids('rpc/all_numbers?limit=1')).toEqual([200, 'text/x-ids', 'number 1;'])
    expect(await ids('others')).toEqual([200, 'text/x-ids', 'other 7;'])
    const init = {
      method: 'POST',
      body: '{"id": 9}',
      headers: { prefer: 'return=representation,tx=rollback' },
    }
    expect(await ids('numbers', init)).toEqual([201, 'text/x-ids', 'number 9;'])
    await ask('numbers?id=eq.9', 'application/json', { method: 'DELETE' })
  })

  it('takes whole rows alone: neither a count nor columns twice', async () => {
    expect(text(await ask('numbers?select=count()', 'text/csv'))[2]).toBe('count\n3')
    expect(text(await ask('numbers?select=id.max()', 'text/csv'))[2]).toBe('max\n3')
    for (const select of ['count()', 'rows:count()', '*,*', '*,id', '*,count()'])
      expect((await ask(`numbers?select=${select}`, 'image/png')).status, select).toBe(406)
    expect((await ask('numbers?select=*', 'image/png')).status).toBe(200)
  })

  it('answers what a change returns', async () => {
    const init = { method: 'POST', body: '{"id": 8}', headers: { prefer: 'return=representation' } }
    expect(text(await ask('others', 'text/plain', init))).toEqual([201, 'text/plain; charset=utf-8', '(8)\n'])
  })
})
