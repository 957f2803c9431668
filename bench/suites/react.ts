import { createClient } from '@supabase/supabase-js'
import { Window } from 'happy-dom'
import postgres from 'postgres'
import { createElement, memo } from 'react'
import { createRoot } from 'react-dom/client'
import { startStack } from '../../local/src/index.ts'
import { signUpConfirmed } from '../../local/test/support/sign-up.ts'
import { createTertulia, type Message, type OpenConversation } from '../../src/index.ts'
import { TertuliaProvider, useConversation, useMessages } from '../../src/react/index.ts'
import { type Measure, measure, type Scale } from '../measure.ts'

/** What rendered, counted by the components themselves. */
const rendered = { rows: 0, lists: 0 }
let handle: OpenConversation | null = null

const Row = memo(({ message }: { message: Message }) => {
  rendered.rows++
  return createElement('p', null, message.content)
})
const List = memo(({ conversation }: { conversation: OpenConversation | null }) => {
  rendered.lists++
  return useMessages(conversation).map((message) => createElement(Row, { key: message.id, message }))
})
function Room({ id }: { id: string }) {
  handle = useConversation(id).handle
  return createElement(List, { conversation: handle })
}

async function until(holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 300_000; !holds(); ) {
    if (Date.now() > deadline) throw new Error('unable to go on; nothing happened for five minutes')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** How many rows of a long conversation render when one thing changes. Counts, so that a busy machine changes nothing. */
export async function run(scale: Scale): Promise<Measure[]> {
  const count = scale === 'full' ? 5000 : 500
  const stack = await startStack({ seed: false })
  const page = new Window()
  Object.assign(globalThis, { window: page, document: page.document })
  const ends: (() => unknown)[] = []
  const root = createRoot(page.document.createElement('div') as never)
  try {
    const [ana, ben] = ['ana', 'ben'].map((storageKey) =>
      createClient(stack.apiUrl, stack.publishableKey, {
        auth: { persistSession: false, autoRefreshToken: false, storageKey },
      }),
    ) as [ReturnType<typeof createClient>, ReturnType<typeof createClient>]
    const [hers, his] = [createTertulia(ana), createTertulia(ben)]
    ends.push(
      hers.close,
      his.close,
      () => ana.realtime.disconnect(),
      () => ben.realtime.disconnect(),
    )
    const { id: anaId } = await signUpConfirmed(ana, stack, {
      email: 'ana@example.com',
      password: 'correct-horse-battery',
    })
    await signUpConfirmed(ben, stack, { email: 'ben@example.com', password: 'correct-horse-battery' })
    const { id } = await his.chat.createGroup({ memberIds: [anaId] })
    const sql = postgres(stack.adminDbUrl, { max: 1 })
    await sql`set session_replication_role = replica`
    await sql`
      insert into public.messages (id, conversation_id, sender_id, seq, revision, content, created_at)
      select gen_random_uuid(), ${id}, c.created_by, n, c.last_revision + n, 'number ' || n, now() - (${count} - n) * interval '1 second'
      from public.conversations c, generate_series(1, ${count}::integer) as n where c.id = ${id}`
    await sql`update public.conversations set last_seq = ${count}, last_revision = last_revision + ${count} where id = ${id}`
    await sql.end()

    root.render(createElement(TertuliaProvider, { tertulia: hers }, createElement(Room, { id })))
    const shown = () => handle?.getSnapshot().messages ?? []
    await until(() => handle?.getSnapshot().status === 'live')
    while (shown().length < count) await handle?.loadOlder({ limit: 200 })
    await until(() => rendered.rows >= count)
    const first = rendered.rows

    const measures = [
      measure(`rows that render when ${count} messages are loaded`, first, 'rows', ['<=', count]),
    ]
    const change = async (
      what: string,
      act: () => Promise<unknown>,
      isThere: () => boolean,
      rows: number,
    ) => {
      const before = rendered.rows
      await act()
      await until(isThere)
      await until(() => rendered.rows > before || rows === 0)
      await new Promise((resolve) => setTimeout(resolve, 300))
      measures.push(
        measure(`rows that render for ${what}, of ${shown().length}`, rendered.rows - before, 'rows', [
          '<=',
          rows,
        ]),
      )
    }
    const newest = () => shown().at(-1)
    await change(
      'a new message',
      () => his.chat.send(id, { content: 'new' }),
      () => newest()?.content === 'new',
      1,
    )
    await change(
      'an edit',
      () => his.chat.editMessage(newest()!.id, 'edited'),
      () => newest()?.content === 'edited',
      1,
    )
    await change(
      'a reaction',
      () => his.chat.react(newest()!.id, '🎸'),
      () => newest()?.reactions.length === 1,
      1,
    )
    const peer = his.chat.openConversation(id)
    await change(
      'typing and presence',
      async () => {
        await until(() => peer.getSnapshot().status === 'live')
        await peer.setTyping(true)
      },
      () => handle?.getSnapshot().typing.length === 1,
      0,
    )
    return measures
  } finally {
    root.unmount()
    for (const end of ends) end()
    await stack.stop()
  }
}
