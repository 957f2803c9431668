import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { stackOfProject } from '../support/project-stack.ts'

const MIGRATION = `
create function public.with_headers(headers text) returns text language sql
  as $$ select 'body' from set_config('response.headers', headers, true) $$;
create function public.raises(detail text) returns void language plpgsql as $$ begin
  raise sqlstate 'PGRST' using message = '{"code": "BUSY", "message": "später 😀"}', detail = detail;
end $$;
create function public.agent() returns text language sql stable
  as $$ select current_setting('request.headers')::jsonb ->> 'x-agent' $$;
create schema "таблицы";
grant usage on schema "таблицы" to anon, authenticated, service_role;
create table "таблицы"."имя 😀" (id integer primary key, "имя" text);
insert into "таблицы"."имя 😀" values (1, 'Анна');
grant all on all tables in schema "таблицы" to service_role;
`

const stack = stackOfProject(MIGRATION, '[api]\nschemas = ["public", "таблицы"]\n')

interface Answer {
  status: number | undefined
  headers: Record<string, unknown>
  body: string
}

/** Sends headers as they are; their values come back as the bytes that were sent. */
async function ask(path: string, { body, headers = {} }: { body?: object; headers?: object } = {}) {
  const { apiUrl, secretKey } = stack()
  const all = { apikey: secretKey, 'content-type': 'application/json', ...headers }
  return await new Promise<Answer>((resolve, reject) => {
    const sent = request(`${apiUrl}/rest/v1/${path}`, { method: body ? 'POST' : 'GET', headers: all })
    sent.on('error', reject)
    sent.on('response', async (response) => {
      const pieces = await response.toArray()
      const { statusCode: status, headers } = response
      resolve({ status, headers, body: Buffer.concat(pieces).toString() })
    })
    sent.end(body && JSON.stringify(body))
  })
}
const utf8 = (header: unknown) => Buffer.from(String(header), 'latin1').toString()
const withHeaders = (headers: unknown) =>
  ask('rpc/with_headers', {
    body: { headers: typeof headers === 'string' ? headers : JSON.stringify(headers) },
  })

describe('response.headers', () => {
  it('may hold any letter, and is sent in UTF-8', async () => {
    for (const text of ['olá', 'Привет', '😀 日本語', 'attachment; filename="año.pdf"']) {
      const { status, headers, body } = await withHeaders([{ 'X-Text': text }])
      expect([status, utf8(headers['x-text']), body], text).toEqual([200, text, '"body"'])
    }
  })

  it('that no header can hold is an error with a code', async () => {
    const wrong = [
      [{ 'X-Text': 'a\r\nSet-Cookie: b=1' }],
      [{ 'X-Text': 'a\u0001b' }],
      [{ 'no name': 'a' }],
      [{ '': 'a' }],
      [{ имя: 'a' }],
      [{ 'X-A': 'a', 'X-B': 'b' }],
      [{ 'X-A': 1 }],
      { 'X-A': 'a' },
      'no json',
    ]
    for (const headers of wrong) {
      const { status, body } = await withHeaders(headers)
      expect([status, JSON.parse(body).code], JSON.stringify(headers)).toEqual([500, 'PGRST111'])
    }
    expect((await withHeaders([])).status).toBe(200)
  })
})

/** What belongs to the connection, which the server alone knows. */
const OF_CONNECTION = {
  'Content-Length': '1',
  'Transfer-Encoding': 'identity',
  Connection: 'close',
  'Keep-Alive': 'timeout=1',
  Trailer: 'X-Text',
  Upgrade: 'h2c',
}

it.each(Object.entries(OF_CONNECTION))(
  '%s of a function is left out, and all else is sent',
  async (name, value) => {
    const answered = await withHeaders([{ [name]: value }, { 'X-Text': 'a' }])
    const plain = await withHeaders([{ 'X-Text': 'a' }])
    expect(answered.body).toBe('"body"')
    expect(answered.headers['x-text']).toBe('a')
    expect(answered.headers[name.toLowerCase()]).toBe(plain.headers[name.toLowerCase()])
    const headers = { [name.toLowerCase()]: value, 'X-Text': 'a' }
    const raised = await ask('rpc/raises', { body: { detail: JSON.stringify({ status: 429, headers }) } })
    expect([raised.status, raised.headers['x-text'], JSON.parse(raised.body).code]).toEqual([
      429,
      'a',
      'BUSY',
    ])
  },
)

describe('headers of a raised answer', () => {
  it('may hold any letter', async () => {
    const detail = JSON.stringify({ status: 429, headers: { 'X-Text': 'später 😀' } })
    const { status, headers, body } = await ask('rpc/raises', { body: { detail } })
    expect([status, utf8(headers['x-text'])]).toEqual([429, 'später 😀'])
    expect(JSON.parse(body)).toMatchObject({ code: 'BUSY', message: 'später 😀' })
  })

  it.each([{ 'X-A': 'a\nb' }, { 'no name': 'a' }, { 'X-A': 1 }, { 'X-A': null }, ['a'], null, 'a'])(
    'that cannot be sent are an error with a code: %j',
    async (headers) => {
      const { status, body } = await ask('rpc/raises', {
        body: { detail: JSON.stringify({ status: 429, headers }) },
      })
      expect([status, JSON.parse(body).code]).toEqual([500, 'PGRST121'])
    },
  )
})

describe('a request', () => {
  it('names schemas and tables by any letter', async () => {
    const profile = Buffer.from('таблицы').toString('latin1')
    const { status, headers, body } = await ask(`${encodeURIComponent('имя 😀')}?id=eq.1`, {
      headers: { 'accept-profile': profile },
    })
    expect([status, JSON.parse(body)]).toEqual([200, [{ id: 1, имя: 'Анна' }]])
    expect(utf8(headers['content-profile'])).toBe('таблицы')
    expect(headers['content-location']).toBe(`/${encodeURIComponent('имя 😀')}?id=eq.1`)
  })

  it('shows its headers to functions as they were meant', async () => {
    const agentOf = async (bytes: Buffer) =>
      JSON.parse((await ask('rpc/agent', { headers: { 'x-agent': bytes.toString('latin1') } })).body)
    expect(await agentOf(Buffer.from('Привет 😀'))).toBe('Привет 😀')
    expect(await agentOf(Buffer.from('olá', 'latin1'))).toBe('olá')
  })
})
