import { describe, expect, it } from 'vitest'
import { type Person, person, service, visitor } from '../support/people.ts'
import { stackOfProject } from '../support/project-stack.ts'
import { query } from '../support/sql.ts'

const MIGRATION = `
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types) values
  ('papers', 'papers', false, 1000, '{text/plain,image/*}'), ('list-v2', 'list-v2', true, null, null);
create policy "Everything is read" on storage.objects for select to authenticated using (true);
create policy "Small texts are written" on storage.objects for insert to authenticated with check (
  case when name like 'probe/%' then
    metadata ->> 'mimetype' = 'text/plain' and metadata ? 'contentLength' and not metadata ? 'eTag' and version = '1'
  else true end
);
create policy "Nothing is overwritten under kept" on storage.objects for update to authenticated
  using (name not like 'kept/%');
create policy "Everything is deleted" on storage.objects for delete to authenticated using (true);
create policy "Everybody sees the buckets" on storage.buckets for select to authenticated using (true);
`

const stack = stackOfProject(MIGRATION)
const text = (body: string, type = 'text/plain') => new Blob([body], { type })
const papers = ({ client }: Person) => client.storage.from('papers')

async function ask(
  method: string,
  path: string,
  options: { body?: unknown; headers?: Record<string, string> } = {},
) {
  const headers = { apikey: stack().secretKey, 'content-type': 'application/json', ...options.headers }
  const body = options.body === undefined ? undefined : JSON.stringify(options.body)
  const response = await fetch(`${stack().apiUrl}/storage/v1${path}`, { method, headers, body })
  const answer = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    text: answer,
    json: (answer.startsWith('{') ? JSON.parse(answer) : null) as Record<string, unknown> | null,
  }
}

describe('an upload', () => {
  it('asks the policies with type and length alone, and writes the row as the owner of the table', async () => {
    const ana = await person(stack())
    expect((await papers(ana).upload('probe/one.txt', text('one'))).error).toBeNull()
    const [row] = await query(
      stack().dbUrl,
      `select owner, owner_id, version <> '1' as versioned, metadata ? 'eTag' as tagged
      from storage.objects where name = 'probe/one.txt'`,
    )
    expect(row).toEqual({ owner: ana.id, owner_id: ana.id, versioned: true, tagged: true })
  })

  it('that overwrites asks for the right to change', async () => {
    const ana = await person(stack())
    await papers(ana).upload('kept/one.txt', text('one'))
    expect((await papers(ana).upload('kept/one.txt', text('two'), { upsert: true })).error).toMatchObject({
      statusCode: '403',
    })
    expect((await papers(ana).upload('kept/one.txt', text('two'))).error).toMatchObject({ statusCode: '409' })
    expect(await (await papers(ana).download('kept/one.txt')).data?.text()).toBe('one')
    await papers(ana).upload('free.txt', text('one'))
    expect((await papers(ana).upload('free.txt', text('two'), { upsert: true })).error).toBeNull()
    expect(await (await papers(ana).download('free.txt')).data?.text()).toBe('two')
  })

  it('takes types to the letter', async () => {
    const ana = await person(stack())
    const type = async (contentType: string) =>
      (
        await papers(ana).upload(`types/${crypto.randomUUID()}`, new TextEncoder().encode('x'), {
          contentType,
        })
      ).error
    expect(await type('image/png')).toBeNull()
    for (const wrong of ['text/plain;charset=utf-8', 'TEXT/PLAIN', 'nonsense', 'text/html'])
      expect(await type(wrong)).toMatchObject({ statusCode: '415' })
    expect(
      await ask('POST', '/bucket', { body: { name: 'odd', allowed_mime_types: ['nonsense'] } }),
    ).toMatchObject({
      json: { statusCode: '415', error: 'invalid_mime_type' },
    })
  })
})

describe('a copy', () => {
  it('overwrites when told, and takes metadata of its own', async () => {
    const ana = await person(stack())
    await papers(ana).upload('from.txt', text('from'), { metadata: { by: 'ana' } })
    await papers(ana).upload('to.txt', text('to'))
    const body = { bucketId: 'papers', sourceKey: 'from.txt', destinationKey: 'to.txt' }
    expect((await ask('POST', '/object/copy', { body })).json).toMatchObject({ statusCode: '409' })
    const headers = { 'x-upsert': 'true', 'x-metadata': btoa('{"by":"copy"}') }
    const changed = {
      ...body,
      copyMetadata: false,
      metadata: { cacheControl: 'max-age=7', mimetype: 'image/png' },
    }
    expect((await ask('POST', '/object/copy', { body: changed, headers })).json).toMatchObject({
      Key: 'papers/to.txt',
    })
    expect((await papers(ana).info('to.txt')).data).toMatchObject({
      contentType: 'image/png',
      cacheControl: 'max-age=7',
      metadata: { by: 'copy' },
    })
    expect(await (await papers(ana).download('to.txt')).data?.text()).toBe('from')
  })
})

describe('deleting', () => {
  it('in SQL is refused, for objects and buckets', async () => {
    for (const table of ['objects', 'buckets']) {
      await expect(query(stack().dbUrl, `delete from storage.${table}`)).rejects.toThrow(
        /Direct deletion from storage tables is not allowed/,
      )
    }
    const ana = await person(stack())
    await papers(ana).upload('gone.txt', text('x'))
    expect((await papers(ana).remove(['gone.txt'])).data).toHaveLength(1)
  })

  it('a whole bucket is for the service role alone', async () => {
    const ana = await person(stack())
    await papers(ana).upload('stays.txt', text('x'))
    expect((await ana.client.storage.emptyBucket('papers')).error).toMatchObject({
      status: 403,
      message: 'Access denied: Invalid role',
    })
    expect((await papers(ana).download('stays.txt')).error).toBeNull()
    expect((await service(stack()).storage.emptyBucket('papers')).error).toBeNull()
    expect((await papers(ana).list()).data).toEqual([])
  })
})

describe('list-v2', () => {
  it('pages through folders and objects, also in a bucket of that name', async () => {
    const bucket = service(stack()).storage.from('list-v2')
    for (const name of ['x/a/1.txt', 'x/a/2.txt', 'x/b.txt', 'x/c.txt']) await bucket.upload(name, text(name))
    const level = { prefix: 'x/', with_delimiter: true, limit: 2 }
    const first = await bucket.listV2(level)
    expect(first.data).toMatchObject({
      hasNext: true,
      folders: [{ name: 'x/a/' }],
      objects: [{ name: 'x/b.txt' }],
    })
    const next = await bucket.listV2({ ...level, cursor: first.data?.nextCursor })
    expect(next.data).toMatchObject({ hasNext: false, folders: [], objects: [{ name: 'x/c.txt' }] })
    const all = await bucket.listV2({ prefix: 'x/a/', sortBy: { column: 'name', order: 'desc' } })
    expect(all.data?.objects.map(({ name }) => name)).toEqual(['x/a/2.txt', 'x/a/1.txt'])
    expect((await bucket.list('x')).data).toHaveLength(3)
    expect((await ask('GET', '/object/list-v2/x/b.txt')).text).toBe('x/b.txt')
  })
})

describe('a request that is wrong', () => {
  it('is refused with the reason, and never with the text of the database', async () => {
    const wrong: [string, string, unknown, string][] = [
      ['POST', '/object/sign/papers', { expiresIn: 5 }, "body must have required property 'paths'"],
      [
        'POST',
        '/object/sign/papers',
        { expiresIn: 5, paths: [] },
        'body/paths must NOT have fewer than 1 items',
      ],
      ['POST', '/object/sign/papers/x', {}, "body must have required property 'expiresIn'"],
      ['POST', '/object/sign/papers/x', { expiresIn: 0 }, 'body/expiresIn must be >= 1'],
      ['POST', '/object/list/papers', {}, "body must have required property 'prefix'"],
      ['POST', '/object/list/papers', { prefix: '', limit: 0 }, 'body/limit must be >= 1'],
      [
        'POST',
        '/object/list/papers',
        { prefix: '', sortBy: { column: 'size' } },
        'body/sortBy/column must be equal to one of the allowed values',
      ],
      ['DELETE', '/object/papers', {}, "body must have required property 'prefixes'"],
      ['POST', '/object/move', { bucketId: 'papers' }, "body must have required property 'sourceKey'"],
      ['POST', '/object/copy', [], 'body must be object'],
    ]
    for (const [method, path, body, message] of wrong)
      expect(await ask(method, path, { body })).toMatchObject({
        status: 400,
        json: { statusCode: '400', message },
      })
    expect(await ask('POST', '/object/%zz/x', {})).toMatchObject({ status: 400 })
    for (const [method, path, body] of [
      ['GET', '/object/papers/a%00b', undefined],
      ['GET', '/object/info/papers/a%00b', undefined],
      ['GET', '/bucket/a%00b', undefined],
      ['POST', '/object/sign/papers/a%00b', { expiresIn: 60 }],
      ['POST', '/object/list/papers', { prefix: 'a\0' }],
      ['DELETE', '/object/papers', { prefixes: ['a\0'] }],
    ] as const)
      expect(await ask(method, path, { body }), `${method} ${path}`).toMatchObject({ status: 400 })
  })

  it('without a key is told what is missing, with a bad token that it is refused', async () => {
    const bare = await fetch(`${stack().apiUrl}/storage/v1/bucket`)
    expect([bare.status, await bare.json()]).toEqual([
      400,
      expect.objectContaining({ statusCode: '403', message: 'Invalid Compact JWS' }),
    ])
    expect(
      (await ask('GET', '/bucket', { headers: { authorization: 'Bearer nonsense' } })).json,
    ).toMatchObject({
      statusCode: '403',
      error: 'Unauthorized',
    })
    expect((await visitor(stack()).storage.listBuckets()).data).toEqual([])
    expect(await ask('GET', '/version')).toMatchObject({ status: 200 })
  })
})

describe('a download', () => {
  it('answers ranges and conditions', async () => {
    const bucket = service(stack()).storage.from('list-v2')
    await bucket.upload('x/page.html', text('<b>page</b>', 'text/html'), { upsert: true })
    const path = '/object/public/list-v2/x/page.html'
    const whole = await ask('GET', `${path}?download`)
    expect(whole.headers.get('content-type')).toBe('text/plain')
    expect(whole.headers.get('content-disposition')).toBe('attachment;')
    expect(whole.headers.get('x-robots-tag')).toBe('none')
    expect(await ask('GET', path, { headers: { range: 'bytes=3-6' } })).toMatchObject({
      status: 206,
      text: 'page',
    })
    expect(await ask('GET', path, { headers: { range: 'bytes=100-200' } })).toMatchObject({
      status: 416,
      json: { error: 'invalid_range' },
    })
    const changed = whole.headers.get('last-modified') ?? ''
    expect((await ask('GET', path, { headers: { 'if-modified-since': changed } })).status).toBe(304)
    const before = new Date(Date.parse(changed) - 60_000).toUTCString()
    expect((await ask('GET', path, { headers: { 'if-modified-since': before } })).status).toBe(200)
  })
})
