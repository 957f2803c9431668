import { expect, test } from 'vitest'
import { whileHeld } from '../../support/waiting.ts'
import { codeOf, connectToDatabase, type MessageJson } from './database.ts'

/** Ana and Ben in a group, Eve outside of it; Ana and Eve talk elsewhere. */
async function openScene() {
  const database = connectToDatabase(4)
  const [ana = '', ben = '', eve = ''] = await database.people(3)
  const id = await database.group([ana, ben])
  const elsewhere = await database.group([ana, eve])
  return { ...database, ana, ben, eve, id, elsewhere }
}

test('a reply quotes a message of its own conversation only, also when the sender is in both', async () => {
  const { ana, eve, id, elsewhere, send } = await openScene()
  const secret = await send(eve, elsewhere, 'secret words')
  const own = await send(ana, id, 'first')
  expect(await codeOf(send(ana, id, 'look', { reply_to: secret.id }))).toBe('invalid_input')
  expect((await send(ana, id, 'look', { reply_to: own.id })).reply?.excerpt).toBe('first')
})

test('a mention names participants; a stranger and a former participant are left out', async () => {
  const { call, people, ana, ben, eve, id, send } = await openScene()
  const [fred = ''] = await people(1)
  await call(ana, 'add_participants', { conversation_id: id, user_ids: [fred] })
  await call(ana, 'remove_participant', { conversation_id: id, user_id: fred })
  const sent = await send(ana, id, 'all of you', { mentions: [ben, eve, fred] })
  expect((sent as MessageJson & { mentions: string[] }).mentions).toEqual([ben])
})

test('a song is shown to a conversation by a sender who sees it, and by nobody else', async () => {
  const { call, ana, eve, id, send } = await openScene()
  const song = async (visibility: string) => {
    const id = crypto.randomUUID()
    await call(eve, 'create_song', { song: { id, content: '{title: Hidden}', visibility } })
    return id
  }
  const [hidden, open] = [await song('private'), await song('public')]
  expect(await codeOf(send(ana, id, '', { song_id: hidden }))).toBe('song_not_found')
  expect(await send(ana, id, '', { song_id: open })).toMatchObject({ song: { title: 'Hidden' } })
})

test('a file is attached by who uploaded it, to the conversation that it was uploaded for', async () => {
  const { sql, ana, ben, id, elsewhere, send } = await openScene()
  const upload = async (conversation: string, owner: string) => {
    const path = `${conversation}/${owner}/${crypto.randomUUID()}/a.txt`
    await sql`
      insert into storage.objects (bucket_id, name, owner_id, metadata)
      values ('chat', ${path}, ${owner}, ${sql.json({ size: 1, mimetype: 'text/plain' })})`
    return path
  }
  const attach = (path: string) => send(ana, id, 'x', { attachments: [{ path, name: 'a.txt' }] })
  expect(await codeOf(attach(await upload(id, ben)))).toBe('invalid_input')
  expect(await codeOf(attach(await upload(elsewhere, ana)))).toBe('invalid_input')
  expect((await attach(await upload(id, ana))).attachments).toHaveLength(1)
})

test('of one message sent twice at once both are answered with the message', async () => {
  const { sql, call, ana, id } = await openScene()
  const message = { conversation_id: id, message_id: crypto.randomUUID(), content: 'once' }
  const held = `
    select set_config('role', 'authenticated', true), set_config('request.jwt.claims', '{"sub": "${ana}", "role": "authenticated"}', true);
    select public.send_message('${id}', '${message.message_id}', 'once')`
  const again = await whileHeld(held, 'send_message', () => call<MessageJson>(ana, 'send_message', message))
  expect(again).toMatchObject({ id: message.message_id, seq: 2 })
  expect(
    await sql`select from public.messages where conversation_id = ${id} and system is null`,
  ).toHaveLength(1)
})

test('of two read marks at once the further one stays', async () => {
  const { sql, call, ana, ben, id, send } = await openScene()
  for (const content of ['1', '2', '3']) await send(ben, id, content)
  const held = `
    select set_config('role', 'authenticated', true), set_config('request.jwt.claims', '{"sub": "${ana}", "role": "authenticated"}', true);
    select public.mark_read('${id}', 4)`
  const late = await whileHeld(held, 'mark_read', () =>
    call(ana, 'mark_read', { conversation_id: id, seq: 1 }),
  )
  expect(late).toMatchObject({ last_read_seq: 4, unread: 0 })
  const [row] = await sql`
    select last_read_seq::integer from public.conversation_participants where conversation_id = ${id} and user_id = ${ana}`
  expect(row?.last_read_seq).toBe(4)
})

test('a message that waits for a block of its recipient is refused', async () => {
  const { sql, call, ana, ben, send } = await openScene()
  const { id: direct } = await call<{ id: string }>(ana, 'open_direct', { other_id: ben })
  const held = `
    select set_config('role', 'authenticated', true), set_config('request.jwt.claims', '{"sub": "${ben}", "role": "authenticated"}', true);
    select public.block_user('${ana}')`
  expect(await whileHeld(held, 'send_message', () => codeOf(send(ana, direct, 'late')))).toBe('blocked')
  expect(await sql`select from public.messages where conversation_id = ${direct}`).toHaveLength(0)
})
