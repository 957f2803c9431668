import { createClient } from '@supabase/supabase-js'
import { createTertulia } from 'tertulia'
import { createContext, createPeople } from 'tertulia/people'
import { describe, expect, inject, test } from 'vitest'
import { connect, connectAsService, type Person, signInAgain, signUp } from '../support/people.ts'
import { signToken } from '../support/token.ts'

const bucket = 'tertulia-avatars'
const png = (size = 100) => {
  const bytes = new Uint8Array(size)
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  crypto.getRandomValues(bytes.subarray(8, Math.min(size, 60_000)))
  return bytes
}
const filesOf = async ({ id }: Person) =>
  ((await connectAsService().storage.from(bucket).list(id)).data ?? []).map(({ name }) => name)
const fileOf = (url: string) => url.split('/').at(-1)

describe('a picture', () => {
  test('is shown to everybody at its public address, with the type that its bytes tell', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const bytes = png()
    const url = await ana.tertulia.profiles.setAvatar(new Blob([bytes], { type: 'text/html' }))
    expect((await ben.tertulia.profiles.get(ana.id)).avatarUrl).toBe(url)
    const response = await fetch(url)
    expect(response.headers.get('content-type')).toBe('image/png')
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes)
  })

  test('takes the place of the one before, whose file is gone', async () => {
    const ana = await signUp()
    const first = await ana.tertulia.profiles.setAvatar(png())
    const second = await ana.tertulia.profiles.setAvatar(png().buffer)
    expect(second).not.toBe(first)
    expect(await filesOf(ana)).toEqual([fileOf(second)])
    await ana.tertulia.profiles.removeAvatar()
    expect((await ana.tertulia.profiles.get()).avatarUrl).toBeNull()
    expect(await filesOf(ana)).toEqual([])
    await ana.tertulia.profiles.removeAvatar()
  })

  test('of two devices at once is one of the two, and its file is there', async () => {
    const phone = await signUp()
    const laptop = await signInAgain(phone)
    for (let round = 0; round < 5; round++) {
      await Promise.allSettled([phone, laptop].map(({ tertulia }) => tertulia.profiles.setAvatar(png())))
      const { avatarUrl } = await phone.tertulia.profiles.get()
      expect(avatarUrl).not.toBeNull()
      expect((await fetch(avatarUrl!)).status).toBe(200)
    }
    await phone.tertulia.profiles.setAvatar(png())
    expect(await filesOf(phone)).toHaveLength(1)
  })

  test.each<[string, Blob | Uint8Array<ArrayBuffer>]>([
    ['of 20 MB', png(20 * 1024 * 1024)],
    ['that is text called PNG', new Blob(['<script>alert(1)</script>'], { type: 'image/png' })],
    ['that is SVG', new Blob(['<svg xmlns="http://www.w3.org/2000/svg"/>'], { type: 'image/svg+xml' })],
    ['that is empty', new Uint8Array()],
  ])('%s is refused, and nothing is kept', async (_what, file) => {
    const ana = await signUp()
    const before = await ana.tertulia.profiles.setAvatar(png())
    await expect(ana.tertulia.profiles.setAvatar(file)).rejects.toMatchObject({
      code: 'invalid_input',
      field: 'avatar',
    })
    expect((await ana.tertulia.profiles.get()).avatarUrl).toBe(before)
    expect(await filesOf(ana)).toEqual([fileOf(before)])
  })

  test('is set by a third party’s token that writes the id in capitals, and replaced', async () => {
    const ana = await signUp()
    const { apiUrl, publishableKey } = inject('stack')
    const exp = Math.floor(Date.now() / 1000) + 600
    const token = await signToken({ sub: ana.id.toUpperCase(), role: 'authenticated', exp })
    const supabase = createClient(apiUrl, publishableKey, { accessToken: async () => token })
    const { profiles, chat } = createTertulia(supabase)
    await profiles.setAvatar(png())
    const second = await profiles.setAvatar(png())
    expect(await filesOf(ana)).toEqual([fileOf(second)])
    // Neither are other files of theirs lost to them.
    const people = createPeople(createContext(supabase))
    const item = await people.savePortfolioItem({ title: 'x', file: png(), type: 'image/png' })
    await people.removePortfolioItem(item.id)
    expect((await connectAsService().storage.from('tertulia-portfolio').list(ana.id)).data).toEqual([])
    const { id } = await chat.createGroup({ memberIds: [] })
    const { path } = await chat.uploadAttachment(id, new File(['x'], 'x.txt', { type: 'text/plain' }))
    await chat.removeAttachment(path)
    const left = await connectAsService()
      .storage.from('chat')
      .list(path.replace(/\/[^/]+$/, ''))
    expect(left.data).toEqual([])
  })

  test('is set in time although Storage never answers the removal of the one before', async () => {
    const ana = await signUp()
    await ana.tertulia.profiles.setAvatar(png())
    const device = await signInAgain(ana, {
      timeoutMs: 1_000,
      fetch: (input, init) => (init?.method === 'DELETE' ? new Promise(() => {}) : fetch(input, init)),
    })
    const url = await device.tertulia.profiles.setAvatar(png())
    expect((await ana.tertulia.profiles.get()).avatarUrl).toBe(url)
  }, 15_000)

  test('needs somebody', async () => {
    await expect(createTertulia(connect()).profiles.setAvatar(png())).rejects.toMatchObject({
      code: 'not_signed_in',
    })
  })
})

describe('by hand, through Storage itself', () => {
  const upload = (
    { supabase }: Pick<Person, 'supabase'>,
    path: string,
    size = 100,
    contentType = 'image/png',
  ) => supabase.storage.from(bucket).upload(path, png(size), { contentType })
  const name = () => `${crypto.randomUUID()}.png`

  test('nobody writes into another’s folder, sees or removes what is there', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const url = await ana.tertulia.profiles.setAvatar(png())
    const path = `${ana.id}/${fileOf(url)}`
    for (const { supabase } of [ben, { supabase: connect() }]) {
      expect((await upload({ supabase }, `${ana.id}/${name()}`)).error).not.toBeNull()
      expect((await supabase.storage.from(bucket).list(ana.id)).data ?? []).toEqual([])
      await supabase.storage.from(bucket).remove([path])
      await supabase.storage.from(bucket).move(path, `${ben.id}/${name()}`)
      await supabase.storage.from(bucket).update(path, png(), { contentType: 'image/png' })
    }
    expect(await filesOf(ana)).toEqual([fileOf(url)])
    expect((await fetch(url)).status).toBe(200)
  })

  test('the bucket takes no large file, no other type and no other name', async () => {
    const ana = await signUp()
    expect((await upload(ana, `${ana.id}/${name()}`, 3 * 1024 * 1024)).error).not.toBeNull()
    expect((await upload(ana, `${ana.id}/${name()}`, 100, 'text/html')).error).not.toBeNull()
    expect((await upload(ana, `${ana.id}/x.png`)).error).not.toBeNull()
    expect((await upload(ana, name())).error).not.toBeNull()
    expect(await filesOf(ana)).toEqual([])
  })

  test('a copy of an attachment of chat is held to the same types and sizes', async () => {
    const ana = await signUp()
    const { id } = await ana.tertulia.chat.createGroup({ memberIds: [] })
    const copy = async (file: File) => {
      const { path } = await ana.tertulia.chat.uploadAttachment(id, file)
      const chat = ana.supabase.storage.from('chat')
      return (await chat.copy(path, `${ana.id}/${name()}`, { destinationBucket: bucket })).error
    }
    expect(await copy(new File(['x'], 'x.txt', { type: 'text/plain' }))).not.toBeNull()
    expect(await copy(new File([png(3 * 1024 * 1024)], 'x.png', { type: 'image/png' }))).not.toBeNull()
    expect(await filesOf(ana)).toEqual([])
    expect(await copy(new File([png()], 'x.png', { type: 'image/png' }))).toBeNull()
  })

  test('a folder holds ten files at most', async () => {
    const ana = await signUp()
    for (let at = 0; at < 10; at++) expect((await upload(ana, `${ana.id}/${name()}`)).error).toBeNull()
    expect((await upload(ana, `${ana.id}/${name()}`)).error).not.toBeNull()
    // The SDK says so by a typed error, and a picture that is set makes room.
    await expect(ana.tertulia.profiles.setAvatar(png())).rejects.toMatchObject({ code: 'forbidden' })
    const [left] = await filesOf(ana)
    await ana.supabase.rpc('set_avatar', { path: `${ana.id}/${left}` })
    await ana.tertulia.profiles.removeAvatar()
    await ana.tertulia.profiles.setAvatar(png())
    expect(await filesOf(ana)).toHaveLength(1)
  })

  test('more when thirty come at once, for Storage asks the policy before it writes, and then no more', async () => {
    const ana = await signUp()
    await Promise.all(Array.from({ length: 30 }, () => upload(ana, `${ana.id}/${name()}`)))
    expect((await filesOf(ana)).length).toBeGreaterThanOrEqual(10)
    expect((await upload(ana, `${ana.id}/${name()}`)).error).not.toBeNull()
  })

  test('bytes that are no picture are served as the picture that they claim to be, never as a page', async () => {
    const ana = await signUp()
    const path = `${ana.id}/${name()}`
    const page = new TextEncoder().encode('<script>alert(1)</script>')
    const stored = ana.supabase.storage.from(bucket)
    expect((await stored.upload(path, page, { contentType: 'image/png' })).error).toBeNull()
    expect((await ana.supabase.rpc('set_avatar', { path })).error).toBeNull()
    const response = await fetch((await ana.tertulia.profiles.get()).avatarUrl!)
    expect(response.headers.get('content-type')).toBe('image/png')
    for (const contentType of ['text/html', 'image/svg+xml', 'image/png+html', ''])
      expect(
        (await stored.upload(`${ana.id}/${name()}`, page, { contentType })).error,
        contentType,
      ).not.toBeNull()
  })

  test('the picture is an own file that is there, and a file that is the picture stays', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const url = await ana.tertulia.profiles.setAvatar(png())
    const path = `${ana.id}/${fileOf(url)}`
    for (const stolen of [path, `${ben.id}/${name()}`, `${ben.id}/../${path}`, '', '%'])
      expect((await ben.supabase.rpc('set_avatar', { path: stolen })).error?.code, stolen).toBe('TT000')
    expect((await ben.tertulia.profiles.get()).avatarUrl).toBeNull()
    await ana.supabase.storage.from(bucket).remove([path])
    expect((await fetch(url)).status).toBe(200)
  })

  test('an address that was signed to upload to does not replace a picture that is shown', async () => {
    const ana = await signUp()
    const path = `${ana.id}/${name()}`
    const stored = ana.supabase.storage.from(bucket)
    // Signed while there was no file: the policies of an upload allow it, and are not asked again.
    const { data } = await stored.createSignedUploadUrl(path, { upsert: true })
    const put = (bytes: Uint8Array<ArrayBuffer>) =>
      stored.uploadToSignedUrl(path, data?.token ?? '', new Blob([bytes], { type: 'image/png' }))
    const first = png()
    expect((await put(png())).error).toBeNull()
    expect((await put(first)).error).toBeNull()
    await ana.supabase.rpc('set_avatar', { path }).throwOnError()
    expect((await put(png())).error).not.toBeNull()
    expect((await connectAsService().storage.from(bucket).update(path, png())).error).not.toBeNull()
    const shown = await fetch((await ana.tertulia.profiles.get()).avatarUrl!)
    expect(new Uint8Array(await shown.arrayBuffer())).toEqual(first)
  })

  test('the service role is told which files nobody shows', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const kept = await ana.tertulia.profiles.setAvatar(png())
    const lost = await ben.tertulia.profiles.setAvatar(png())
    await connectAsService().auth.admin.deleteUser(ben.id)
    const { data } = await connectAsService().rpc('list_abandoned_avatars')
    expect(data).toContain(`${ben.id}/${fileOf(lost)}`)
    expect(data).not.toContain(`${ana.id}/${fileOf(kept)}`)
    expect((await ana.supabase.rpc('list_abandoned_avatars')).error?.code).toBe('42501')
  })
})
