import { beforeAll, describe, expect, it } from 'vitest'
import { service } from '../support/people.ts'
import { query } from '../support/sql.ts'
import { stackOfTheFile } from '../support/stack.ts'

const stack = stackOfTheFile()
const sql = (text: string) => query(stack().adminDbUrl, text)

beforeAll(async () => {
  const { storage } = service(stack())
  await storage.createBucket('shelf')
  for (const name of ['a.txt', 'B.txt', 'books/one.txt', 'books/Two.txt', 'books/old/three.txt', 'c/d.txt'])
    await storage.from('shelf').upload(name, name)
})

const names = async (call: string) => (await sql(`select name from ${call}`)).map(({ name }) => name)

describe('the schema storage', () => {
  it('lists a level with storage.search, folders and files together by name', async () => {
    expect(await names(`storage.search('', 'shelf')`)).toEqual(['a.txt', 'B.txt', 'books', 'c'])
    expect(await names(`storage.search('books/', 'shelf', 100, 2)`)).toEqual(['old', 'one.txt', 'Two.txt'])
    expect(await names(`storage.search('BOOKS/', 'shelf', 100, 2, 0, 't')`)).toEqual(['Two.txt'])
    expect(await names(`storage.search('', 'shelf', 2, 1, 1)`)).toEqual(['B.txt', 'books'])
    expect(await names(`storage.search('', 'shelf', 100, 1, 0, '', 'name', 'desc')`)).toEqual([
      'c',
      'books',
      'B.txt',
      'a.txt',
    ])
    expect(await names(`storage.search('', 'shelf', 100, 1, 0, '', 'created_at', 'desc')`)).toEqual([
      'c',
      'books',
      'B.txt',
      'a.txt',
    ])
  })

  it('pages through a level with storage.search_v2', async () => {
    expect(await names(`storage.search_v2('', 'shelf', 2)`)).toEqual(['B.txt', 'a.txt'])
    expect(await names(`storage.search_v2('', 'shelf', 100, 1, 'a.txt')`)).toEqual(['books/', 'c/'])
    expect(await names(`storage.search_v2('books/', 'shelf', 100, 2)`)).toEqual([
      'books/Two.txt',
      'books/old/',
      'books/one.txt',
    ])
  })

  it('has the columns, functions and triggers that migrations of the platform name', async () => {
    const [bucket] = await sql(`select type, avif_autodetection from storage.buckets where id = 'shelf'`)
    expect(bucket).toEqual({ type: 'STANDARD', avif_autodetection: false })
    expect(await sql('select size::int, bucket_id from storage.get_size_by_bucket()')).toEqual([
      { size: 62, bucket_id: 'shelf' },
    ])
    const long = 'x'.repeat(101)
    await expect(sql(`insert into storage.buckets (id, name) values ('long', '${long}')`)).rejects.toThrow(
      /is too long \(101 characters\)/,
    )
    await expect(sql(`select storage.can_insert_object('shelf', 'probe', null, '{}')`)).rejects.toMatchObject(
      { code: 'PT200' },
    )
    await expect(sql('delete from storage.objects')).rejects.toMatchObject({ code: '42501' })
  })
})

describe('the API', () => {
  it('lists with the same function', async () => {
    const { data } = await service(stack()).storage.from('shelf').list('')
    expect(data?.map(({ name }) => name)).toEqual(['a.txt', 'B.txt', 'books', 'c'])
  })

  it('takes the signs of a pattern for what they are when buckets are searched', async () => {
    const { storage } = service(stack())
    for (const name of ['like-a_b', 'like-axb']) await storage.createBucket(name)
    const { data } = await storage.listBuckets({ search: 'like-a_b' } as never)
    expect(data?.map(({ name }) => name)).toEqual(['like-a_b'])
  })

  it('copies what a copy does not name, and answers the new row', async () => {
    const { apiUrl, secretKey } = stack()
    const headers = { apikey: secretKey, 'content-type': 'application/json' }
    const response = await fetch(`${apiUrl}/storage/v1/object/copy`, {
      method: 'POST',
      headers,
      body: JSON.stringify({
        bucketId: 'shelf',
        sourceKey: 'a.txt',
        destinationKey: 'copy.txt',
        copyMetadata: false,
        metadata: { cacheControl: 'max-age=7' },
      }),
    })
    expect(await response.json()).toMatchObject({
      Key: 'shelf/copy.txt',
      name: 'copy.txt',
      bucket_id: 'shelf',
      metadata: { cacheControl: 'max-age=7', mimetype: 'text/plain;charset=UTF-8' },
    })
    const head = await fetch(`${apiUrl}/storage/v1/object/info/shelf/copy.txt`, { method: 'HEAD', headers })
    expect(head.headers.get('etag')).toMatch(/^"/)
    expect(head.headers.get('cache-control')).toBe('max-age=7')
  })

  it('serves a picture as it is, and tells its type by its bytes', async () => {
    const bucket = service(stack()).storage.from('shelf')
    await bucket.upload('picture', Buffer.from('\xff\xd8\xff\xe0 not much of one', 'latin1'))
    const { data } = await bucket.createSignedUrl('picture', 60, { transform: { width: 20, quality: 60 } })
    const response = await fetch(data?.signedUrl ?? '')
    expect(response.headers.get('content-type')).toBe('image/jpeg')
    // It was not scaled, so it does not say so.
    expect(response.headers.get('x-transformations')).toBeNull()
  })
})
