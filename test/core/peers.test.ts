import { createClient as createLatest, type SupabaseClient } from '@supabase/supabase-js'
import { createClient as createLowest } from 'supabase-js-lowest'
import { createTertulia } from 'tertulia'
import { expect, inject, onTestFinished, test } from 'vitest'
import { signUpConfirmed } from '../../local/test/support/sign-up.ts'
import { storageOver } from '../support/app.ts'
import { signUp } from '../support/people.ts'
import { closing, live, until } from '../support/watching.ts'

const quiet = { auth: { persistSession: false, autoRefreshToken: false } }

// Two copies of a class are two types; in an app there is one.
type CreateClient = (url: string, key: string, options: object) => SupabaseClient

const versions: [string, CreateClient][] = [
  ['the lowest supported', createLowest as unknown as CreateClient],
  ['the latest', createLatest as CreateClient],
]

test.each(versions)('%s supabase-js signs in, sends and listens', async (_which, createClient) => {
  const { apiUrl, publishableKey } = inject('stack')
  const supabase = createClient(apiUrl, publishableKey, quiet)
  onTestFinished(async () => void (await supabase.realtime.disconnect()))
  await signUpConfirmed(supabase, inject('stack'))
  const tertulia = createTertulia(supabase)
  const ben = await signUp('Ben')
  const conversation = closing(await tertulia.chat.openDirect(ben.id))
  await live(conversation)
  await ben.tertulia.chat.send(conversation.id, { content: 'heard' })
  expect((await until(conversation, ({ messages }) => messages.length === 1)).messages).toMatchObject([
    { content: 'heard' },
  ])
})

test.each(versions)(
  '%s supabase-js keeps its session where an app that starts without a network finds it',
  async (_which, createClient) => {
    const { apiUrl, publishableKey } = inject('stack')
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const { id } = await ana.tertulia.chat.getDirect(ben.id)
    const { data } = await ana.supabase.auth.getSession()
    const items = new Map([['session', JSON.stringify({ ...data.session, expires_at: 1 })]])
    const supabase = createClient(apiUrl, publishableKey, {
      auth: { autoRefreshToken: false, storageKey: 'session', storage: storageOver(items) },
      global: { fetch: () => Promise.reject(new TypeError('fetch failed')) },
    })
    onTestFinished(async () => void (await supabase.realtime.disconnect()))
    const conversation = closing(createTertulia(supabase).chat.openConversation(id))
    await conversation.send({ content: 'from the tunnel' })
    expect(conversation.getSnapshot().pending).toMatchObject([{ content: 'from the tunnel' }])
  },
)
