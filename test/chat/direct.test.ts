import { createTertulia } from 'tertulia'
import { expect, test } from 'vitest'
import { connect, signInAgain, signUp } from '../support/people.ts'
import { withoutBroadcasts } from '../support/silence.ts'

const pair = () => Promise.all([signUp('Ana'), signUp('Ben')])

test('fifty at once from both sides open one conversation', async () => {
  const [ana, ben] = await pair()
  const opened = await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      i % 2 ? ana.tertulia.chat.getDirect(ben.id) : ben.tertulia.chat.getDirect(ana.id),
    ),
  )
  expect(new Set(opened.map(({ id }) => id)).size).toBe(1)
  expect(opened[0]?.participants.map(({ displayName }) => displayName).sort()).toEqual(['Ana', 'Ben'])
})

test('it takes another person who exists', async () => {
  const ana = await signUp()
  await expect(ana.tertulia.chat.getDirect(ana.id)).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'userId',
  })
  await expect(ana.tertulia.chat.getDirect(crypto.randomUUID())).rejects.toMatchObject({
    code: 'profile_not_found',
  })
  await expect(ana.tertulia.chat.getDirect('ben')).rejects.toMatchObject({ code: 'invalid_input' })
})

/** A device whose clock is wrong. */
const offBy = (ms: number) => ({
  clock: {
    now: () => Date.now() + ms,
    after(delay: number, run: () => void) {
      const timer = setTimeout(run, delay)
      return () => clearTimeout(timer)
    },
  },
})

test('fifty sends at once by both have positions without gap, the same for everyone, whatever their clocks say', async () => {
  const hour = 3_600_000
  const [ana, ben] = await Promise.all([signUp('Ana', offBy(hour)), signUp('Ben', offBy(-hour))])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  const startedAt = Date.now()
  const sent = await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      (i % 2 ? ana : ben).tertulia.chat.send(id, { content: `message ${i}` }),
    ),
  )
  expect(sent.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 50 }, (_, i) => i + 1),
  )
  const forAna = (await ana.tertulia.chat.listMessages(id, { limit: 200 })).items
  const forBen = (await ben.tertulia.chat.listMessages(id, { limit: 200 })).items
  expect(forAna).toEqual(forBen)
  expect(forAna.map(({ id: message, seq }) => [message, seq]).reverse()).toEqual(
    sent.toSorted((a, b) => a.seq - b.seq).map(({ id: message, seq }) => [message, seq]),
  )
  // Times are the database's, and go with the positions.
  const times = forAna.map(({ createdAt }) => createdAt.getTime()).reverse()
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  expect(Math.abs((times[0] ?? 0) - startedAt)).toBeLessThan(hour / 2)
})

test('the same send ten times at once is one message', async () => {
  const [ana, ben] = await pair()
  const conversation = await ana.tertulia.chat.getDirect(ben.id)
  const message = { id: crypto.randomUUID(), content: 'only once' }
  const sent = await Promise.all(
    Array.from({ length: 10 }, () => ana.tertulia.chat.send(conversation.id, message)),
  )
  expect(new Set(sent.map(({ seq }) => seq))).toEqual(new Set([1]))
  expect((await ana.tertulia.chat.getDirect(ben.id)).lastSeq).toBe(1)
})

test('a message id belongs to one message, also across conversations', async () => {
  const [ana, ben] = await pair()
  const eve = await signUp('Eve')
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  const other = await eve.tertulia.chat.getDirect(ben.id)
  const message = { id: crypto.randomUUID(), content: 'mine' }
  await ana.tertulia.chat.send(id, message)
  const taken = { code: 'message_id_taken' }
  await expect(ben.tertulia.chat.send(id, message)).rejects.toMatchObject(taken)
  await expect(eve.tertulia.chat.send(other.id, message)).rejects.toMatchObject(taken)
  expect((await eve.tertulia.chat.getDirect(ben.id)).lastSeq).toBe(0)
})

test.each([
  ['empty', ''],
  ['blank', ' \n\t '],
  ['over 8,000 characters', 'x'.repeat(8001)],
  ['a null character', 'a\u0000b'],
])('a text that is %s is refused and takes no position', async (_what, content) => {
  const [ana, ben] = await pair()
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  await expect(ana.tertulia.chat.send(id, { content })).rejects.toMatchObject({ code: 'invalid_input' })
  expect((await ana.tertulia.chat.send(id, { content: 'x'.repeat(8000) })).seq).toBe(1)
})

test('what an app adds to a message comes back with it', async () => {
  const [ana, ben] = await pair()
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  const metadata = { poll: { options: ['sí', 'no'] }, n: 1 }
  await ana.tertulia.chat.send(id, { content: 'vote', metadata })
  const { items } = await ben.tertulia.chat.listMessages(id)
  expect(items).toMatchObject([{ senderId: ana.id, content: 'vote', metadata }])
  await expect(
    ana.tertulia.chat.send(id, { content: 'x', metadata: { big: 'x'.repeat(9000) } }),
  ).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'metadata',
  })
})

test('pages neither skip nor repeat while others send', async () => {
  const [ana, ben] = await pair()
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  for (let i = 1; i <= 7; i++) await ana.tertulia.chat.send(id, { content: `${i}` })
  const seen: number[] = []
  for await (const { seq } of ben.tertulia.chat.listMessages(id, { limit: 3 })) {
    seen.push(seq)
    if (seen.length < 5) await ana.tertulia.chat.send(id, { content: 'meanwhile' })
  }
  expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1])
  await expect(ben.tertulia.chat.listMessages(id, { limit: 0 })).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'limit',
  })
  await expect(ben.tertulia.chat.listMessages(id, { cursor: btoa('["songs",1]') })).rejects.toMatchObject({
    code: 'invalid_cursor',
  })
})

test('an outsider, and whoever is not signed in, gets nothing', async () => {
  const [ana, ben] = await pair()
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  await ana.tertulia.chat.send(id, { content: 'between us' })
  const eve = await signUp('Eve')
  const notFound = { code: 'conversation_not_found' }
  await expect(eve.tertulia.chat.send(id, { content: 'hi' })).rejects.toMatchObject(notFound)
  await expect(eve.tertulia.chat.listMessages(id)).rejects.toMatchObject(notFound)
  for (const table of ['conversations', 'conversation_participants', 'messages']) {
    expect((await eve.supabase.from(table).select('*').limit(1)).data ?? []).toEqual([])
  }
  const stranger = createTertulia(connect())
  await expect(stranger.chat.getDirect(ana.id)).rejects.toMatchObject({ code: 'not_signed_in' })
  await expect(stranger.chat.listMessages(id)).rejects.toMatchObject({ code: 'not_signed_in' })
})

test('by hand through the API nobody writes what the functions guard', async () => {
  const [ana, ben] = await pair()
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  const sent = await ana.tertulia.chat.send(id, { content: 'as it was' })
  const forged = {
    id: crypto.randomUUID(),
    conversation_id: id,
    sender_id: ben.id,
    seq: 2,
    revision: 2,
    content: 'forged',
  }
  const attempts = [
    ana.supabase.from('messages').insert(forged),
    ana.supabase.from('messages').update({ content: 'changed' }).eq('id', sent.id),
    ana.supabase.from('messages').delete().eq('id', sent.id),
    ana.supabase.from('conversations').update({ last_seq: 0 }).eq('id', id),
    ana.supabase.from('conversations').select('direct_key').eq('id', id),
    ana.supabase
      .from('conversation_participants')
      .insert({ conversation_id: id, user_id: crypto.randomUUID() }),
    ana.supabase.schema('private').rpc('deliver', { conversation_id: id, event: 'message', payload: {} }),
  ]
  for (const { error } of await Promise.all(attempts)) expect(error).not.toBeNull()
  expect((await ben.tertulia.chat.listMessages(id)).items).toEqual([sent])
})

test('a signed-in person on another device is the same person', async () => {
  const [ana, ben] = await pair()
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  const phone = await signInAgain(ana)
  await phone.tertulia.chat.send(id, { content: 'from the phone' })
  expect((await ana.tertulia.chat.listMessages(id)).items).toMatchObject([{ senderId: ana.id }])
})

test('a failing broadcast does not fail the send', async () => {
  const [ana, ben] = await pair()
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  await withoutBroadcasts(ana.id, async () => {
    expect(await ana.tertulia.chat.send(id, { content: 'all the same' })).toMatchObject({ seq: 1 })
  })
  expect((await ben.tertulia.chat.listMessages(id)).items).toMatchObject([{ content: 'all the same' }])
})
