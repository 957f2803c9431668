import { createClient } from '@supabase/supabase-js'
import { setupServer } from 'msw/node'
import { createTertulia, type Tertulia } from 'tertulia'
import { createFakeBackend, fixtureId, fixtures, handlers } from 'tertulia/testing/msw'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'

const url = 'https://project.example.com'
const backend = createFakeBackend(fixtures)
const server = setupServer(...backend.handlers)
beforeAll(() => server.listen({ onUnhandledFrame: 'bypass' }))
afterEach(() => backend.reset())
afterAll(() => server.close())

const connect = () => {
  const auth = { persistSession: false, autoRefreshToken: false }
  const supabase = createClient(url, 'sb_publishable_x', { auth })
  onTestFinished(async () => void (await supabase.realtime.disconnect()))
  return supabase
}

async function signIn(handle: string): Promise<Tertulia> {
  const supabase = connect()
  const { error } = await supabase.auth.signInWithPassword({
    email: `${handle}@example.com`,
    password: 'password',
  })
  if (error) throw error
  return createTertulia(supabase, { random: () => 0 })
}

const until = (seen: () => boolean) =>
  vi.waitFor(
    () => {
      if (!seen()) throw new Error('not yet')
    },
    { timeout: 15_000, interval: 10 },
  )

test('the fixtures are there: profiles, conversations, songs, favorites and shares', async () => {
  const [ana, ben] = [await signIn('ana'), await signIn('ben')]
  expect(await ana.profiles.get()).toMatchObject({ id: fixtureId('ana'), handle: 'ana', displayName: 'Ana' })
  expect((await ben.profiles.listFollowers()).items.map(({ handle }) => handle)).toEqual(['ana'])
  const { items } = await ana.chat.inbox()
  expect(
    items.map(({ conversation: { id, kind, subject }, unread }) => ({ id, kind, subject, unread })),
  ).toEqual([
    { id: fixtureId('Fandango'), kind: 'group', subject: 'Fandango', unread: 1 },
    { id: fixtureId('ana ben'), kind: 'direct', subject: null, unread: 1 },
  ])
  expect(await ana.chat.listMessages(fixtureId('ana ben'))).toMatchObject({
    items: [{ content: 'In C or in G?' }, { reactions: [{ emoji: '👍', userIds: [fixtureId('ben')] }] }],
  })
  expect((await ben.songs.listFavorites()).items.map(({ title }) => title)).toEqual(['La bamba'])
  expect(await ana.sharing.getRole(fixtureId('cielito'))).toBe('edit')
  expect((await ana.songs.search('cielito')).items.map(({ title }) => title)).toEqual(['Cielito lindo'])
  expect((await createTertulia(connect()).songs.list()).items.map(({ title }) => title)).toEqual(['La bamba'])
  await expect(ana.songs.get(fixtureId('draft'))).rejects.toMatchObject({ code: 'song_not_found' })
})

describe('failures on demand', () => {
  test.each([
    'rate_limited',
    'forbidden',
    'unavailable',
    'unreachable',
    'timeout',
    'session_expired',
    'conflict',
    'blocked',
  ] as const)('an edit fails with %s until the backend recovers', async (code) => {
    const ana = await signIn('ana')
    const { items } = await ana.chat.listMessages(fixtureId('ana ben'))
    const own = items.find(({ senderId }) => senderId === fixtureId('ana'))!
    backend.fail('chat.editMessage', { code, retryAfterMs: 1, field: 'content' })
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(ana.chat.editMessage(own.id, 'x')).rejects.toMatchObject({ code })
    }
    backend.recover()
    expect(await ana.chat.editMessage(own.id, 'Edited')).toMatchObject({ content: 'Edited' })
  })

  test('a failure for some calls ends by itself, and the call that was retried is done once', async () => {
    const ana = await signIn('ana')
    backend.fail('chat.send', { code: 'rate_limited', retryAfterMs: 1, times: 2 })
    const sent = await ana.chat.send(fixtureId('ana ben'), { content: 'third time' })
    expect(await ana.chat.listMessages(fixtureId('ana ben'), { limit: 1 })).toMatchObject({
      items: [{ id: sent.id }],
    })
  })

  test('a failure carries the field and the time to wait', async () => {
    const ana = await signIn('ana')
    backend.fail('profiles.update', { code: 'handle_taken', field: 'handle' })
    await expect(ana.profiles.update({ bio: 'x' })).rejects.toMatchObject({
      code: 'handle_taken',
      field: 'handle',
    })
    backend.fail('profiles.update', { code: 'rate_limited', retryAfterMs: 1234 })
    await expect(ana.profiles.update({ bio: 'x' })).rejects.toMatchObject({ retryAfterMs: 1234 })
  })

  test('an operation that is not answered cannot fail', () => {
    expect(() => backend.fail('chat.sned' as never, 'forbidden')).toThrow(/chat\.sned/)
  })
})

test('a function that it does not know names itself, and can be answered', async () => {
  const ana = await signIn('ana')
  await expect(ana.analytics.topSongs()).rejects.toMatchObject({
    code: 'schema_outdated',
    message: expect.stringContaining("backend.answer('top_songs'"),
  })
  backend.answer('top_songs', (_args, userId) => {
    expect(userId).toBe(fixtureId('ana'))
    return []
  })
  expect(await ana.analytics.topSongs()).toBeDefined()
})

test('live channels: messages, typing, presence and a cut network', async () => {
  const [ana, ben] = [await signIn('ana'), await signIn('ben')]
  const mine = ana.chat.openConversation(fixtureId('ana ben'))
  const other = ben.chat.openConversation(fixtureId('ana ben'))
  onTestFinished(() => [mine, other].forEach((one) => void one.close()))
  await until(() => mine.getSnapshot().present.length === 1 && other.getSnapshot().present.length === 1)
  other.setTyping(true)
  await until(() => mine.getSnapshot().typing.length === 1)
  backend.cut()
  await ben.chat.send(fixtureId('ana ben'), { content: 'while it is cut' })
  await until(() => mine.getSnapshot().messages.at(-1)?.content === 'while it is cut')
  await until(() => mine.getSnapshot().status === 'live' && mine.getSnapshot().present.length === 1)
})

test('a channel of another user is refused, as the policies refuse it', async () => {
  const supabase = connect()
  await supabase.auth.setSession(backend.session('ana'))
  await supabase.realtime.setAuth()
  const join = (topic: string) =>
    new Promise((resolve) => supabase.channel(topic, { config: { private: true } }).subscribe(resolve))
  expect(await join(`user:${fixtureId('ana')}`)).toBe('SUBSCRIBED')
  expect(await join(`user:${fixtureId('ben')}`)).toBe('CHANNEL_ERROR')
})

test('files: a picture, and an attachment that only participants open', async () => {
  const [ana, ben, cora] = [await signIn('ana'), await signIn('ben'), await signIn('cora')]
  const png = new Blob([new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])], {
    type: 'image/png',
  })
  expect(await ana.profiles.setAvatar(png)).toContain(fixtureId('ana'))
  const id = fixtureId('ana ben')
  const file = await ana.chat.uploadAttachment(id, png, { name: 'a.png' })
  const sent = await ana.chat.send(id, { content: '', attachments: [file] })
  expect(sent.attachments).toMatchObject([{ name: 'a.png', mimeType: 'image/png', size: 8 }])
  const answer = await fetch(await ben.chat.attachmentUrl(file.path))
  expect((await answer.arrayBuffer()).byteLength).toBe(8)
  await expect(cora.chat.attachmentUrl(file.path)).rejects.toMatchObject({ code: 'attachment_not_found' })
  await expect(cora.chat.uploadAttachment(id, png)).rejects.toMatchObject({ code: 'conversation_not_found' })
})

test('a reset forgets what happened; fixtures that break a rule say which', async () => {
  const ana = await signIn('ana')
  await ana.profiles.update({ bio: 'changed' })
  backend.reset()
  expect((await ana.profiles.get()).bio).toBe('Plays the requinto.')
  expect(() => handlers({ users: [{ handle: 'x' }] })).toThrow(/handle/)
  expect(() => handlers({ songs: [{ owner: 'nobody', content: '' }] })).toThrow(/nobody/)
})
