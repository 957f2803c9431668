import { createClient as createLatest } from '@supabase/supabase-js'
import { createClient as createLowest } from 'supabase-js-lowest'
import { type AnySupabaseClient, createTertulia } from 'tertulia'
import { expect, inject, onTestFinished, test } from 'vitest'
import { signUp } from '../support/people.ts'
import { closing, live, until } from '../support/watching.ts'

const quiet = { auth: { persistSession: false, autoRefreshToken: false } }

test.each([
  ['the lowest supported', createLowest],
  ['the latest', createLatest],
])('%s supabase-js signs in, sends and listens', async (_which, createClient) => {
  const { apiUrl, publishableKey } = inject('stack')
  const supabase = createClient(apiUrl, publishableKey, quiet)
  onTestFinished(async () => void (await supabase.realtime.disconnect()))
  const email = `${crypto.randomUUID()}@example.com`
  await supabase.auth.signUp({ email, password: 'correct-horse' })
  // Two copies of a class are two types; in an app there is one.
  const tertulia = createTertulia(supabase as unknown as AnySupabaseClient)
  const ben = await signUp('Ben')
  const conversation = closing(await tertulia.chat.openDirect(ben.id))
  await live(conversation)
  await ben.tertulia.chat.send(conversation.id, { content: 'heard' })
  expect((await until(conversation, ({ messages }) => messages.length === 1)).messages).toMatchObject([
    { content: 'heard' },
  ])
})
