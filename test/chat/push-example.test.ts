import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { createClient } from '@supabase/supabase-js'
import postgres from 'postgres'
import { createTertulia } from 'tertulia'
import { expect, onTestFinished, test, vi } from 'vitest'
import { signUpConfirmed } from '../../local/test/support/sign-up.ts'
import { startFreshStack } from '../support/fresh-stack.ts'
import { listen } from '../support/listen.ts'

interface Notification {
  idempotency_key: string
  users: string[]
  title: string
  body: string
  data: { conversationId: string; messageId: string }
}

/** The example as the platform would run it, on a stack of its own, for its SQL adds functions. */
async function deploy() {
  const stack = await startFreshStack()
  onTestFinished(() => stack.stop())
  const sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(() => sql.end())
  await sql.unsafe(readFileSync('supabase/functions/push/push.sql', 'utf8')).simple()
  await sql`notify pgrst, 'reload schema'`
  const pushed: Notification[] = []
  let broken = false
  const pushService = await listen(
    createServer(async (request: IncomingMessage, response) => {
      const notification = JSON.parse(await text(request))
      if (!broken) pushed.push(notification)
      response.writeHead(broken ? 503 : 200).end()
    }),
  )
  const env: Record<string, string> = {
    SUPABASE_URL: stack.apiUrl,
    // As the platform names them; a project cannot set names that begin so.
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: stack.secretKey }),
    PUSH_URL: pushService,
    PUSH_SECRET: 'known to the cron job alone',
  }
  let serve: ((request: Request) => Promise<Response>) | undefined
  vi.stubGlobal('Deno', {
    env: { get: (name: string) => env[name] },
    serve: (handler: typeof serve) => {
      serve = handler
    },
  })
  onTestFinished(() => void vi.unstubAllGlobals())
  await import('../../supabase/functions/push/index.ts')
  const call = (secret = env.PUSH_SECRET) =>
    serve!(new Request('http://localhost/push', { headers: { authorization: `Bearer ${secret}` } }))
  return { stack, sql, pushed, call, fail: (now: boolean) => (broken = now) }
}

test('the Edge Function sends each message to who has not read it, once, and goes on after a failure', async () => {
  const { stack, sql, pushed, call, fail } = await deploy()
  const person = async (name: string) => {
    const supabase = createClient(stack.apiUrl, stack.publishableKey, {
      auth: { persistSession: false, autoRefreshToken: false },
    })
    const { id } = await signUpConfirmed(supabase, stack, { data: { display_name: name } })
    return { id, chat: createTertulia(supabase).chat }
  }
  const [ana, ben, eve] = await Promise.all([person('Ana'), person('Ben'), person('Eve')])
  const group = await ana.chat.createGroup({ subject: 'Ensayo', memberIds: [ben.id, eve.id] })
  await eve.chat.setFlags(group.id, { muted: true })
  expect((await call('guessed')).status).toBe(403)
  expect(await (await call()).json()).toEqual({ pushed: 0 })

  const first = await ana.chat.send(group.id, { content: '¿A las ocho?' })
  fail(true)
  await expect(call()).rejects.toThrow('503')
  fail(false)
  expect(await (await call()).json()).toEqual({ pushed: 1 })
  expect(pushed).toEqual([
    {
      idempotency_key: first.id,
      users: [ben.id],
      title: 'Ensayo',
      body: '¿A las ocho?',
      data: { conversationId: group.id, messageId: first.id },
    },
  ])
  expect(await (await call()).json()).toEqual({ pushed: 0 })
  const direct = await ben.chat.getDirect(ana.id)
  await ben.chat.send(direct.id, { content: 'sí' })
  await call()
  expect(pushed[1]).toMatchObject({ users: [ana.id], title: 'Ben', body: 'sí' })
  expect(pushed).toHaveLength(2)
  const [kept] = await sql`select after_id > 0 as moved from private.push_state`
  expect(kept?.moved).toBe(true)
})
