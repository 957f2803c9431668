import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, inject, test } from 'vitest'
import { signUp } from '../support/people.ts'

const run = promisify(execFile)

test('a conversation lives in an engine without what React Native’s may lack', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  const { apiUrl, publishableKey } = inject('stack')
  // In a process of its own, with what npm ships: the test runner could not live without these.
  const script = `
    const { createClient } = await import('@supabase/supabase-js')
    const { createTertulia } = await import(${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)})
    // Node loads parts of itself late, and those need them.
    await import('node:http')
    await fetch(${JSON.stringify(apiUrl)})
    new WebSocket('ws://127.0.0.1:9').onerror = () => {}
    for (const name of ['toSorted', 'toReversed', 'toSpliced', 'with', 'findLast', 'findLastIndex']) delete Array.prototype[name]
    for (const name of ['structuredClone', 'navigator', 'BroadcastChannel', 'FinalizationRegistry', 'localStorage'])
      delete globalThis[name]
    delete AbortSignal.any
    delete AbortSignal.timeout
    const supabase = createClient(${JSON.stringify(apiUrl)}, ${JSON.stringify(publishableKey)}, { auth: { persistSession: false } })
    const { error } = await supabase.auth.signInWithPassword({ email: ${JSON.stringify(ana.email)}, password: 'correct-horse-battery' })
    if (error) throw error
    const tertulia = createTertulia(supabase)
    const conversation = tertulia.chat.openConversation(${JSON.stringify(id)})
    const until = (wanted) => new Promise((resolve, reject) => {
      const look = () => wanted(conversation.getSnapshot()) && (clearTimeout(timer), stop(), resolve())
      const timer = setTimeout(() => reject(new Error(JSON.stringify(conversation.getSnapshot()))), 15000)
      const stop = conversation.subscribe(look)
      look()
    })
    await until(({ status }) => status === 'live')
    await conversation.send({ content: 'from here' })
    await until(({ messages, pending }) => messages.length === 1 && pending.length === 0)
    console.log('ready')
    await until(({ messages }) => messages.length === 2)
    await conversation.edit(conversation.getSnapshot().messages[0].id, 'edited')
    await conversation.markRead()
    await tertulia.chat.uploadAttachment(${JSON.stringify(id)}, new ArrayBuffer(8), { name: 'a.txt', type: 'text/plain' })
    const inbox = await tertulia.chat.inbox()
    console.log(JSON.stringify(conversation.getSnapshot().messages.map(({ content }) => content)), inbox.items.length)
    conversation.close()
    process.exit(0)
  `
  const running = run(process.execPath, ['--input-type=module', '--eval', script], { timeout: 40_000 })
  running.child.stdout?.once('data', () => ben.tertulia.chat.send(id, { content: 'from there' }))
  const { stdout } = await running
  expect(stdout.trim().split('\n')).toEqual(['ready', '["edited","from there"] 1'])
})
