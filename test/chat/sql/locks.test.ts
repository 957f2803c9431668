import { expect, test } from 'vitest'
import { whileHeld } from '../../support/waiting.ts'
import { codeOf, connectToDatabase, type MessageJson } from './database.ts'

// What a call may is asked again under the lock of the conversation: here the answer changes while it waits.

async function settle() {
  const { sql, call, people, group, send } = connectToDatabase(6)
  const [ana = '', ben = '', eve = ''] = await people(3)
  const id = await group([ana, ben, eve])
  await call(ana, 'set_role', { conversation_id: id, user_id: ben, role: 'admin' })
  const message: MessageJson = await send(ben, id, 'of Ben')
  /** Takes Ben out, as somebody whose transaction is not through. */
  const removal = `select from public.conversations where id = '${id}' for update;
    update public.conversation_participants set left_at = now() where conversation_id = '${id}' and user_id = '${ben}'`
  const head = async () =>
    (
      await sql`select last_seq::integer, last_revision::integer from public.conversations where id = ${id}`
    )[0]
  return { sql, call, send, ana, ben, eve, id, message, removal, head }
}

test.each([
  ['sends nothing', 'send_message', 'conversation_not_found'],
  ['changes no group', 'update_group', 'conversation_not_found'],
  ['edits nothing', 'edit_message', 'message_not_found'],
  ['reacts to nothing', 'react', 'message_not_found'],
  ['deletes nothing', 'delete_message', 'message_not_found'],
])('a participant who is removed while the call waits %s', async (_title, name, code) => {
  const { call, ben, id, message, removal, head } = await settle()
  const before = await head()
  const named: Record<string, Record<string, string | object>> = {
    send_message: { conversation_id: id, message_id: crypto.randomUUID(), content: 'late' },
    update_group: { conversation_id: id, changes: { subject: 'late' } },
    edit_message: { message_id: message.id, changes: { content: 'late' } },
    react: { message_id: message.id, emoji: '🎸' },
    delete_message: { message_id: message.id },
  }
  expect(await whileHeld(removal, name, () => codeOf(call(ben, name, named[name])))).toBe(code)
  expect(await head()).toEqual(before)
})

test('an admin who is set back while the call waits changes no group', async () => {
  const { call, ben, eve, id } = await settle()
  const setBack = `select from public.conversations where id = '${id}' for update;
    update public.conversation_participants set role = 'member' where conversation_id = '${id}' and user_id = '${ben}'`
  const code = await whileHeld(setBack, 'remove_participant', () =>
    codeOf(call(ben, 'remove_participant', { conversation_id: id, user_id: eve })),
  )
  expect(code).toBe('forbidden')
})
