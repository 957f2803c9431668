import { createContext, createPeople } from 'tertulia/people'
import { describe, expect, test } from 'vitest'
import { codeOf, connectToDatabase, upTo } from '../chat/sql/database.ts'
import { takeFreshStack } from '../support/fresh-stack.ts'
import { connectAsService, type Person, signUp } from '../support/people.ts'
import { whileHeld } from '../support/waiting.ts'

await takeFreshStack()

const url = 'https://example.com/reel'
const png = new Blob([new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1])], {
  type: 'image/png',
})
const of = ({ supabase }: Person) => createPeople(createContext(supabase))
const filesOf = async ({ id, supabase }: Person) =>
  ((await supabase.storage.from('tertulia-portfolio').list(id)).data ?? []).map(({ name }) => name)

describe('a portfolio', () => {
  test('holds links and files in the order of its user, and other users see it with the profile', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const [mine, theirs] = [of(ana), of(ben)]
    const id = crypto.randomUUID()
    const reel = await mine.savePortfolioItem({ id, title: ' Reel ', url })
    expect(reel).toEqual({ id, position: 0, title: 'Reel', url, fileUrl: null, createdAt: expect.any(Date) })
    // A retry adds nothing.
    await mine.savePortfolioItem({ id, title: 'Reel', url })
    const film = await mine.savePortfolioItem({ title: 'Film', file: png })
    expect(film).toMatchObject({ position: 1, url: null })
    expect((await fetch(film.fileUrl ?? '')).headers.get('content-type')).toBe('image/png')
    const third = await mine.savePortfolioItem({ title: 'Third', url, position: 1 })
    const titles = async () => (await theirs.listPortfolio(ana.id)).map(({ title }) => title)
    expect(await titles()).toEqual(['Reel', 'Third', 'Film'])
    expect(await mine.savePortfolioItem({ id: reel.id, position: 999 })).toMatchObject({ position: 2 })
    expect(await titles()).toEqual(['Third', 'Film', 'Reel'])
    // A link in place of the file, whose bytes go, and a file again.
    expect(await mine.savePortfolioItem({ id: film.id, url })).toMatchObject({ url, fileUrl: null })
    expect(await filesOf(ana)).toEqual([])
    await mine.savePortfolioItem({ id: film.id, file: png })
    const again = await mine.savePortfolioItem({
      id: film.id,
      file: await png.arrayBuffer(),
      type: 'image/png',
    })
    expect(again).toMatchObject({ url: null, title: 'Film', position: 1 })
    expect(await filesOf(ana)).toHaveLength(1)
    await mine.removePortfolioItem(third.id)
    await mine.removePortfolioItem(third.id)
    expect((await mine.listPortfolio()).map(({ title, position }) => [title, position])).toEqual([
      ['Film', 0],
      ['Reel', 1],
    ])
    await ana.tertulia.profiles.update({ isListed: false })
    expect(await theirs.listPortfolio(ana.id)).toEqual([])
    await ben.tertulia.chat.getDirect(ana.id)
    expect(await titles()).toEqual(['Film', 'Reel'])
    await mine.removePortfolioItem(film.id)
    expect(await filesOf(ana)).toEqual([])
  })

  test.each([
    [{ url }, 'title'],
    [{ title: '', url }, 'title'],
    [{ title: 'x'.repeat(121), url }, 'title'],
    [{ title: 'a\nb', url }, 'title'],
    [{ title: 'x' }, 'url'],
    [{ title: 'x', url, file: png }, 'url'],
    [{ title: 'x', url: 'javascript:alert(1)' }, 'url'],
    [{ title: 'x', url: 'https://user:word@example.com' }, 'url'],
    [{ title: 'x', url, position: -1 }, 'position'],
    [{ title: 'x', url, position: 1.5 }, 'position'],
    [{ title: 'x', file: new Blob(['<script>'], { type: 'text/html' }) }, 'file'],
    [{ title: 'x', file: new Blob(['<svg/>'], { type: 'image/svg+xml' }) }, 'file'],
    [{ title: 'x', file: new Blob(['x']) }, 'file'],
    [{ title: 'x', file: { size: 52428801, type: 'image/png' } as Blob }, 'file'],
    [{ title: 'x', link: url } as object, 'link'],
  ])('refuses %j by its field %s', async (item, field) => {
    const ana = await signUp('Ana')
    await expect(of(ana).savePortfolioItem(item)).rejects.toMatchObject({ code: 'invalid_input', field })
    expect(await of(ana).listPortfolio()).toEqual([])
  })

  test('takes no item and no file of another user', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const item = await of(ana).savePortfolioItem({ title: 'Mine', file: png })
    await expect(of(ben).savePortfolioItem({ id: item.id, title: 'Stolen', url })).rejects.toMatchObject({
      code: 'invalid_input',
      field: 'id',
    })
    await of(ben).removePortfolioItem(item.id)
    const path = `${ana.id}/${(await filesOf(ana))[0]}`
    for (const file_path of [path, `${ben.id}/../${path}`, 'nowhere.png']) {
      const given = { item_id: crypto.randomUUID(), item: { title: 'x', file_path } }
      expect((await ben.supabase.rpc('save_portfolio_item', given)).error?.details).toContain(
        '"field": "file"',
      )
    }
    // One file is in one item, and no one removes it behind the item's back.
    const twice = { item_id: crypto.randomUUID(), item: { title: 'x', file_path: path } }
    expect((await ana.supabase.rpc('save_portfolio_item', twice)).error?.details).toContain('invalid_input')
    for (const { supabase } of [ana, ben])
      expect((await supabase.storage.from('tertulia-portfolio').remove([path])).data ?? []).toEqual([])
    expect(await of(ana).listPortfolio()).toEqual([item])
  })
})

describe('files of a portfolio', () => {
  const bucket = ({ supabase }: Person) => supabase.storage.from('tertulia-portfolio')
  const newPath = ({ id }: Person) => `${id}/${crypto.randomUUID()}.png`

  test('stay as they are shown, also for an address to upload to that was signed before', async () => {
    const ana = await signUp('Ana')
    const path = newPath(ana)
    const address = await bucket(ana).createSignedUploadUrl(path, { upsert: true })
    await bucket(ana).uploadToSignedUrl(path, address.data!.token, png, { contentType: 'image/png' })
    const again = await bucket(ana).createSignedUploadUrl(path, { upsert: true })
    const given = { item_id: crypto.randomUUID(), item: { title: 'x', file_path: path } }
    expect((await ana.supabase.rpc('save_portfolio_item', given)).error).toBeNull()
    const other = new Blob(['<script>'], { type: 'image/png' })
    for (const { data } of [again, address]) {
      await bucket(ana).uploadToSignedUrl(path, data?.token ?? '', other, {
        contentType: 'image/png',
        upsert: true,
      })
      const [item] = await of(ana).listPortfolio()
      expect(await (await fetch(`${item?.fileUrl}?${crypto.randomUUID()}`)).bytes()).toEqual(
        await png.bytes(),
      )
    }
  })

  test('are at most as many as the limit says, also by addresses that were signed before', async () => {
    const { sql } = connectToDatabase(1)
    const ana = await signUp('Ana')
    const upTo = `update private.limits set at_most = `
    const addresses = []
    for (const _ of [1, 2, 3]) addresses.push((await bucket(ana).createSignedUploadUrl(newPath(ana))).data!)
    await sql.unsafe(`${upTo} 2 where key = 'portfolio_files'`)
    for (const { path, token } of addresses)
      await bucket(ana).uploadToSignedUrl(path, token, png, { contentType: 'image/png' })
    await sql.unsafe(`${upTo} 100 where key = 'portfolio_files'`)
    expect(await filesOf(ana)).toHaveLength(2)
  })

  test('are of its types and size when they are copied from another bucket too, and none stays of a refused item', async () => {
    const { sql } = connectToDatabase(1)
    const ana = await signUp('Ana')
    const service = connectAsService()
    const name = `b${crypto.randomUUID()}`
    await service.storage.createBucket(name, { public: false })
    await sql.unsafe(
      `create policy "${name}" on storage.objects to authenticated using (bucket_id = '${name}')`,
    )
    const page = new Blob(['<script>'], { type: 'text/html' })
    await service.storage.from(name).upload('page.html', page)
    const destinationBucket = 'tertulia-portfolio'
    await ana.supabase.storage.from(name).copy('page.html', newPath(ana), { destinationBucket })
    await ana.supabase.storage.from(name).move('page.html', newPath(ana), { destinationBucket })
    await sql.unsafe(`drop policy "${name}" on storage.objects`)
    await expect(of(ana).savePortfolioItem({ title: 'a\nb', file: png })).rejects.toMatchObject({
      field: 'title',
    })
    expect(await filesOf(ana)).toEqual([])
  })
})

describe('changes of a portfolio at once', () => {
  test('are all kept, in one order without gaps, within the limit', async () => {
    const { sql, call, people } = connectToDatabase(8)
    const [ana = ''] = await people(1)
    const ids = upTo(12).map(() => crypto.randomUUID())
    const save = (item_id: string, item: object) =>
      codeOf(call(ana, 'save_portfolio_item', { item_id, item }))
    await sql`update private.limits set at_most = 10 where key = 'portfolio_items'`
    const codes = await Promise.all(ids.map((id, n) => save(id, { title: `${n}`, url, position: 0 })))
    await sql`update private.limits set at_most = 50 where key = 'portfolio_items'`
    expect(codes.filter((code) => code === 'invalid_input')).toHaveLength(2)
    const kept = (await call<{ id: string }[]>(ana, 'list_portfolio')).map(({ id }) => id)
    const moves = await Promise.all([
      ...kept.map((id, n) => save(id, { position: (n * 7) % 10 })),
      ...kept.map((id, n) => save(id, { title: `renamed ${n}` })),
      codeOf(call(ana, 'remove_portfolio_item', { item_id: kept[4] ?? '' })),
    ])
    // An item that was removed before its turn has neither title nor link.
    expect(moves.filter((code) => code !== null && code !== 'invalid_input')).toEqual([])
    const after = await call<{ id: string; position: number; title: string }[]>(ana, 'list_portfolio')
    expect(after.map(({ position }) => position)).toEqual(upTo(9).map((n) => n - 1))
    expect(after.map(({ id }) => id).sort()).toEqual(kept.filter((_id, n) => n !== 4).sort())
    expect(after.every(({ title }) => title.startsWith('renamed'))).toBe(true)
    // The service may remove one: the next comes after all.
    await sql`delete from public.portfolio_items where id = ${after[2]?.id ?? ''}`
    expect(await save(crypto.randomUUID(), { title: 'last', url })).toBeNull()
    const titles = (await call<{ title: string }[]>(ana, 'list_portfolio')).map(({ title }) => title)
    expect([titles.length, titles.at(-1)]).toEqual([9, 'last'])
  })

  test('with the deletion of the account leave no item', async () => {
    const { sql, call, people } = connectToDatabase(4)
    const [ana = ''] = await people(1)
    const given = { item_id: crypto.randomUUID(), item: { title: 'x', url } }
    const code = await whileHeld(`delete from auth.users where id = '${ana}'`, 'save_portfolio_item', () =>
      codeOf(call(ana, 'save_portfolio_item', given)),
    )
    expect(code).toBe('account_not_found')
    expect(await sql`select from public.portfolio_items where profile_id = ${ana}`).toHaveLength(0)
  })
})

test('files that no item shows are listed for upkeep: of a deleted account at once, others after a day', async () => {
  const { sql } = connectToDatabase(1)
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  await Promise.all([ana, ben].map((person) => of(person).savePortfolioItem({ title: 'x', file: png })))
  const orphan = `${ben.id}/${crypto.randomUUID()}.png`
  await ben.supabase.storage.from('tertulia-portfolio').upload(orphan, png)
  const listed = async () => (await connectAsService().rpc('list_abandoned_portfolio_files')).data
  const [file] = await filesOf(ana)
  expect(await listed()).toEqual([])
  await ana.tertulia.profiles.deleteAccount()
  expect(await listed()).toEqual([`${ana.id}/${file}`])
  await sql`update storage.objects set created_at = now() - interval '25 hours' where bucket_id = 'tertulia-portfolio'`
  const ours = async () =>
    (await listed()).filter((name: string) => [ana.id, ben.id].some((id) => name.startsWith(id)))
  expect((await ours()).sort()).toEqual([orphan, `${ana.id}/${file}`].sort())
  expect((await ben.supabase.rpc('list_abandoned_portfolio_files')).error?.code).toBe('42501')
})
