import { createClient } from '@supabase/supabase-js'
import postgres from 'postgres'
import { createTertulia } from 'tertulia'
import { expect, onTestFinished, test, vi } from 'vitest'
import { signUpConfirmed } from '../../local/test/support/sign-up.ts'
import { startFreshStack } from '../support/fresh-stack.ts'
import { closingInbox, expectDatabase, liveInbox, untilInbox } from '../support/live-inbox.ts'
import { closing, live, until } from '../support/watching.ts'

/**
 * A transaction is in the log, and so on its way to who listens, a moment before it shows to who reads. Here that moment lasts: the
 * database waits for a stand-by that does not come. Its stack is its own, for every write waits.
 */
async function openSlowStack() {
  const stack = await startFreshStack()
  onTestFinished(() => stack.stop())
  const sql = postgres(stack.adminDbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(() => sql.end())
  const standBys = async (names: string) => {
    await sql.unsafe(`alter system set synchronous_standby_names = '${names}'`)
    await sql`select pg_reload_conf()`
    await vi.waitFor(async () => {
      const [row] = await sql`select current_setting('synchronous_standby_names') as names`
      expect(row?.names).toBe(names)
    })
  }
  const person = async (display_name: string) => {
    const supabase = createClient(stack.apiUrl, stack.publishableKey, {
      auth: { persistSession: false, autoRefreshToken: false },
    })
    onTestFinished(() => void supabase.realtime.disconnect())
    const { id, email } = await signUpConfirmed(supabase, stack, { data: { display_name } })
    const heard: string[] = []
    const tertulia = createTertulia(supabase, { onOperation: ({ operation }) => heard.push(operation) })
    return { id, email, supabase, tertulia, heard }
  }
  return { standBys, people: await Promise.all(['Ana', 'Ben'].map(person)) }
}

/** Does something whose commit shows a while after its event was heard. */
async function showLate<T>(
  stack: Awaited<ReturnType<typeof openSlowStack>>,
  change: () => Promise<T>,
  asked: () => boolean,
) {
  await stack.standBys('nobody')
  const done = change()
  await vi.waitFor(() => expect(asked()).toBe(true), { timeout: 5_000, interval: 5 })
  await stack.standBys('')
  return done
}

test('an event that comes before the database shows what it tells of is not lost on an inbox', async () => {
  const stack = await openSlowStack()
  const [ana, ben] = stack.people as [(typeof stack.people)[0], (typeof stack.people)[0]]
  const inbox = closingInbox(ana.tertulia.chat.watchInbox())
  await liveInbox(inbox)
  ana.heard.length = 0
  const asked = () => ana.heard.includes('chat.syncInbox')
  const group = await showLate(
    stack,
    () => ben.tertulia.chat.createGroup({ subject: 'Nuevo', memberIds: [ana.id] }),
    asked,
  )
  await untilInbox(inbox, ({ items }) => items[0]?.conversation.id === group.id)
  await untilInbox(inbox, ({ status }) => status === 'live')
  await expectDatabase(inbox, ana)

  ana.heard.length = 0
  await showLate(stack, () => ben.tertulia.chat.removeParticipant(group.id, ana.id), asked)
  await untilInbox(inbox, ({ items, status }) => items.length === 0 && status === 'live')
})

test('nor on somebody who is put out of a conversation that they have open', async () => {
  const stack = await openSlowStack()
  const [ana, ben] = stack.people as [(typeof stack.people)[0], (typeof stack.people)[0]]
  const group = await ben.tertulia.chat.createGroup({ subject: 'Nuevo', memberIds: [ana.id] })
  const conversation = closing(ana.tertulia.chat.openConversation(group.id))
  await live(conversation)
  ana.heard.length = 0
  const asked = () => ana.heard.includes('chat.sync')
  await showLate(stack, () => ben.tertulia.chat.removeParticipant(group.id, ana.id), asked)
  await until(conversation, ({ closeReason }) => closeReason === 'removed')
})
