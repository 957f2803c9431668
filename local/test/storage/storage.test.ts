import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startStack } from '../../src/index.ts'
import { fixture, folder } from '../support/folders.ts'
import { type Person, person, service, visitor } from '../support/people.ts'
import { query } from '../support/sql.ts'
import { stackOfTheFile } from '../support/stack.ts'

const stack = stackOfTheFile()
const papers = ({ client }: Pick<Person, 'client'>) => client.storage.from('papers')
const nobody = () => ({ client: visitor(stack()) })
const plain = { contentType: 'text/plain' }
const denied = { statusCode: '403', message: 'new row violates row-level security policy' }
const missing = { statusCode: '404', code: 'NoSuchKey', message: 'Object not found' }

describe('uploading', () => {
  it('is what a policy allows, to nobody else', async () => {
    const ana = await person(stack())
    const eve = await person(stack())
    const { data, error } = await papers(ana).upload(`${ana.id}/one.txt`, 'hello', {
      ...plain,
      metadata: { mood: 'good' },
    })
    expect(error).toBeNull()
    expect(data).toMatchObject({ path: `${ana.id}/one.txt`, fullPath: `papers/${ana.id}/one.txt` })
    expect((await papers(eve).upload(`${ana.id}/two.txt`, 'x', plain)).error).toMatchObject(denied)
    expect(
      (await papers(eve).upload(`${ana.id}/one.txt`, 'x', { ...plain, upsert: true })).error,
    ).toMatchObject(denied)
    expect((await papers(nobody()).upload(`${ana.id}/two.txt`, 'x', plain)).error).toMatchObject(denied)
    const rows = await query(
      stack().dbUrl,
      `
      select owner_id, metadata ->> 'mimetype' as type, (metadata ->> 'size')::int as size, user_metadata, path_tokens
      from storage.objects where name like '${ana.id}/%'`,
    )
    expect(rows).toEqual([
      {
        owner_id: ana.id,
        type: 'text/plain',
        size: 5,
        user_metadata: { mood: 'good' },
        path_tokens: [ana.id, 'one.txt'],
      },
    ])
  })

  it('overwrites only when told', async () => {
    const ana = await person(stack())
    const name = `${ana.id}/note.txt`
    await papers(ana).upload(name, 'first', plain)
    expect((await papers(ana).upload(name, 'second', plain)).error).toMatchObject({
      statusCode: '409',
      code: 'KeyAlreadyExists',
    })
    await papers(ana).upload(name, new Blob(['third'], { type: 'text/plain' }), { upsert: true })
    expect(await (await papers(ana).download(name)).data?.text()).toBe('third')
    await papers(ana).update(name, new Blob(['fourth'], { type: 'text/plain' }))
    expect(await (await papers(ana).download(name)).data?.text()).toBe('fourth')
  })

  it('keeps to the size and the types of the bucket', async () => {
    const ana = await person(stack())
    expect((await papers(ana).upload(`${ana.id}/big.txt`, 'x'.repeat(21), plain)).error).toMatchObject({
      statusCode: '413',
    })
    const blob = new Blob(['x'.repeat(21)], { type: 'text/plain' })
    expect((await papers(ana).upload(`${ana.id}/big.txt`, blob)).error).toMatchObject({ statusCode: '413' })
    const json = await papers(ana).upload(`${ana.id}/a.json`, '{}', { contentType: 'application/json' })
    expect(json.error).toMatchObject({
      statusCode: '415',
      message: 'mime type application/json is not supported',
    })
    expect(
      (await papers(ana).upload(`${ana.id}/a.png`, 'png', { contentType: 'image/png' })).error,
    ).toBeNull()
    // The other bucket has no limit of its own: config.toml's 2 KiB hold.
    const poster = await ana.client.storage.from('posters').upload(`${ana.id}/b.txt`, 'x'.repeat(2049), plain)
    expect(poster.error).toMatchObject({ statusCode: '413' })
    expect((await papers(ana).list(ana.id)).data?.map(({ name }) => name)).toEqual(['a.png'])
  })

  it('refuses names that no key can have, and buckets that are not there', async () => {
    const ana = await person(stack())
    expect((await papers(ana).upload(`${ana.id}/ñandú.txt`, 'x', plain)).error).toMatchObject({
      code: 'InvalidKey',
    })
    expect((await ana.client.storage.from('nowhere').upload('x.txt', 'x')).error).toMatchObject({
      code: 'NoSuchBucket',
    })
  })
})

describe('reading', () => {
  it('is for those who may see the row, and for all in a public bucket', async () => {
    const ana = await person(stack())
    const eve = await person(stack())
    await papers(ana).upload(`${ana.id}/one.txt`, 'hello', plain)
    expect(await (await papers(ana).download(`${ana.id}/one.txt`)).data?.text()).toBe('hello')
    expect((await papers(eve).download(`${ana.id}/one.txt`)).error).toMatchObject(missing)
    expect((await papers(nobody()).download(`${ana.id}/one.txt`)).error).toMatchObject(missing)
    expect(
      await (await service(stack()).storage.from('papers').download(`${ana.id}/one.txt`)).data?.text(),
    ).toBe('hello')
    expect((await papers(ana).info(`${ana.id}/one.txt`)).data).toMatchObject({
      size: 5,
      contentType: 'text/plain',
      bucketId: 'papers',
    })
    expect((await papers(ana).exists(`${ana.id}/one.txt`)).data).toBe(true)
    expect((await papers(eve).exists(`${ana.id}/one.txt`)).data).toBe(false)

    const posters = ana.client.storage.from('posters')
    await posters.upload(`${ana.id}/gig.txt`, 'tonight', { ...plain, cacheControl: '60' })
    const { publicUrl } = posters.getPublicUrl(`${ana.id}/gig.txt`).data
    const part = await fetch(publicUrl, { headers: { range: 'bytes=2-4' } })
    expect([part.status, await part.text(), part.headers.get('cache-control')]).toEqual([
      206,
      'nig',
      'max-age=60',
    ])
    expect((await fetch(publicUrl.replace('/posters/', '/papers/'))).ok).toBe(false)
  })

  it('lists one level by name, and only what the caller may see', async () => {
    const ana = await person(stack())
    const eve = await person(stack())
    for (const name of ['b.txt', 'a.txt', 'deep/c.txt', 'deep/er/d.txt'])
      await papers(ana).upload(`${ana.id}/${name}`, name, plain)
    const names = async (who: Pick<Person, 'client'>, path: string, options = {}) =>
      (await papers(who).list(path, options)).data?.map(({ name, id }) => (id ? name : `${name}/`))
    expect(await names(ana, ana.id)).toEqual(['a.txt', 'b.txt', 'deep/'])
    expect(await names(ana, `${ana.id}/deep`)).toEqual(['c.txt', 'er/'])
    expect(
      await names(ana, ana.id, { limit: 1, offset: 1, sortBy: { column: 'name', order: 'desc' } }),
    ).toEqual(['b.txt'])
    expect(await names(ana, ana.id, { search: 'a' })).toEqual(['a.txt'])
    expect(await names(eve, ana.id)).toEqual([])
    expect(await names(nobody(), '')).toEqual([])
  })

  it('can be signed by those who may read, and expires', async () => {
    const ana = await person(stack())
    const eve = await person(stack())
    const name = `${ana.id}/with a space.txt`
    await papers(ana).upload(name, 'signed', plain)
    const { data } = await papers(ana).createSignedUrl(name, 60)
    const url = data?.signedUrl ?? ''
    expect(await (await fetch(url)).text()).toBe('signed')
    expect((await fetch(`${url}&download=n.txt`)).headers.get('content-disposition')).toContain('n.txt')
    expect((await fetch(url.replace('with', 'without'))).ok).toBe(false)
    expect((await fetch(`${url}x`)).ok).toBe(false)
    expect((await papers(eve).createSignedUrl(name, 60)).error).toMatchObject(missing)
    const many = await papers(ana).createSignedUrls([name, 'not/mine.txt'], 60)
    expect(many.data?.map(({ error }) => error === null)).toEqual([true, false])
  })
})

describe('changing', () => {
  it('signs an upload for somebody without an account, once', async () => {
    const ana = await person(stack())
    const eve = await person(stack())
    const name = `${ana.id}/by-guest.txt`
    expect((await papers(eve).createSignedUploadUrl(name)).error).toMatchObject(denied)
    const { data } = await papers(ana).createSignedUploadUrl(name)
    const guest = papers(nobody())
    expect(
      (await guest.uploadToSignedUrl(name, data?.token ?? '', new Blob(['guest'], { type: 'text/plain' })))
        .error,
    ).toBeNull()
    expect((await guest.uploadToSignedUrl(name, data?.token ?? '', 'again', plain)).error).toMatchObject({
      statusCode: '409',
    })
    expect(
      (await guest.uploadToSignedUrl(`${ana.id}/other.txt`, data?.token ?? '', 'x', plain)).error,
    ).toMatchObject({ code: 'InvalidSignature' })
    expect(await (await papers(ana).download(name)).data?.text()).toBe('guest')
  })

  it('moves and copies where both places are allowed', async () => {
    const ana = await person(stack())
    const eve = await person(stack())
    await papers(ana).upload(`${ana.id}/a.txt`, 'text', plain)
    expect((await papers(ana).move(`${ana.id}/a.txt`, `${ana.id}/b.txt`)).error).toBeNull()
    expect((await papers(ana).copy(`${ana.id}/b.txt`, `${ana.id}/c.txt`)).data?.path).toBe(
      `papers/${ana.id}/c.txt`,
    )
    expect(
      (await papers(ana).copy(`${ana.id}/b.txt`, `${ana.id}/d.txt`, { destinationBucket: 'posters' })).error,
    ).toBeNull()
    expect((await papers(ana).move(`${ana.id}/b.txt`, `${ana.id}/c.txt`)).error).toMatchObject({
      statusCode: '409',
    })
    expect((await papers(ana).move(`${ana.id}/b.txt`, `${eve.id}/gift.txt`)).error).toMatchObject(denied)
    expect((await papers(eve).move(`${ana.id}/b.txt`, `${eve.id}/loot.txt`)).error).toMatchObject(missing)
    expect((await papers(eve).copy(`${ana.id}/b.txt`, `${eve.id}/loot.txt`)).error).toMatchObject(missing)
    expect(await (await papers(ana).download(`${ana.id}/c.txt`)).data?.text()).toBe('text')
  })

  it('removes what the caller may delete, row and bytes, and leaves the rest', async () => {
    const base = await folder()
    await using own = await startStack({ workdir: fixture, dataDir: base })
    const ana = await person(own)
    const eve = await person(own)
    for (const name of ['a.txt', 'b.txt']) await papers(ana).upload(`${ana.id}/${name}`, name, plain)
    await papers(ana).upload(`${ana.id}/a.txt`, 'newer', { ...plain, upsert: true })
    await papers(eve).upload(`${ana.id}/refused.txt`, 'x', plain)
    expect(await readdir(join(base, 'storage', 'objects'))).toHaveLength(2)
    expect((await papers(eve).remove([`${ana.id}/a.txt`])).data).toEqual([])
    const { data } = await papers(ana).remove([`${ana.id}/a.txt`, `${ana.id}/none.txt`])
    expect(data?.map(({ name }) => name)).toEqual([`${ana.id}/a.txt`])
    expect(await readdir(join(base, 'storage', 'objects'))).toHaveLength(1)
  })
})

describe('buckets', () => {
  it('are made, changed and deleted by the service role, seen by those a policy names', async () => {
    const { storage } = service(stack())
    const ana = await person(stack())
    expect((await ana.client.storage.createBucket('mine')).error).toMatchObject(denied)
    expect((await ana.client.storage.listBuckets()).data).toEqual([])
    expect(
      (
        await storage.createBucket('fresh', {
          public: true,
          fileSizeLimit: '1MB',
          allowedMimeTypes: ['image/png'],
        })
      ).error,
    ).toBeNull()
    expect((await storage.createBucket('fresh')).error).toMatchObject({ statusCode: '409' })
    expect((await storage.getBucket('fresh')).data).toMatchObject({
      public: true,
      file_size_limit: 1_000_000,
      allowed_mime_types: ['image/png'],
    })
    await storage.updateBucket('fresh', { public: false, fileSizeLimit: null, allowedMimeTypes: null })
    expect((await storage.getBucket('fresh')).data).toMatchObject({ public: false, file_size_limit: null })
    await storage.from('fresh').upload('x.txt', 'x', plain)
    expect((await storage.deleteBucket('fresh')).error).toMatchObject({ code: 'ResourceNotEmpty' })
    await storage.emptyBucket('fresh')
    expect((await storage.deleteBucket('fresh')).error).toBeNull()
    expect((await storage.getBucket('fresh')).error).toMatchObject({ code: 'NoSuchBucket' })
  })
})
