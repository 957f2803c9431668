// A Supabase Edge Function that sends push notifications. Copy this folder to supabase/functions/push and push.sql into a migration of
// your own, set PUSH_URL (your push service) and PUSH_SECRET with "supabase secrets set", and have it called every few seconds
// (Dashboard, Integrations, Cron) with the header "authorization: Bearer <PUSH_SECRET>". That is no JWT, so config.toml needs
//
//   [functions.push]
//   verify_jwt = false
//
// See docs/chat.md, "Push notifications".

import { createClient } from '@supabase/supabase-js'

interface Undelivered {
  id: number
  message: { id: string; conversation_id: string; content: string; mentions: string[] }
  conversation: { id: string; kind: 'direct' | 'group'; subject: string | null }
  sender: { user_id: string; handle: string | null; display_name: string }
  recipients: string[]
}

declare const Deno: {
  env: { get(name: string): string | undefined }
  serve(handler: (request: Request) => Promise<Response>): void
}

function required(name: string): string {
  const value = Deno.env.get(name)
  if (!value) throw new Error(`unable to send notifications; ${name} is not set`)
  return value
}

/** The project's secret keys. The platform gives them as JSON; older projects have the service role's key. */
function readSecrets(): string[] {
  const named = JSON.parse(Deno.env.get('SUPABASE_SECRET_KEYS') ?? '{}')
  const single = ['SUPABASE_SERVICE_ROLE_KEY', 'SUPABASE_SECRET_KEY'].map((name) => Deno.env.get(name))
  return [named.default, ...Object.values(named), ...single].filter(
    (key) => typeof key === 'string' && key !== '',
  )
}

Deno.serve(async (request) => {
  // Only the project's own cron may call it.
  if (request.headers.get('authorization') !== `Bearer ${required('PUSH_SECRET')}`) {
    return new Response('forbidden', { status: 403 })
  }
  const [secret = required('SUPABASE_SECRET_KEYS')] = readSecrets()
  const supabase = createClient(required('SUPABASE_URL'), secret, { auth: { persistSession: false } })
  const position = await supabase.rpc('get_push_position').throwOnError()
  const feed = await supabase
    .rpc('list_undelivered', { after_id: position.data, page_size: 100 })
    .throwOnError()
  const { items, next_id } = feed.data as { items: Undelivered[]; next_id: number }

  for (const { message, conversation, sender, recipients } of items) {
    const answer = await fetch(required('PUSH_URL'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        // The service should drop what it has sent already: a run that fails half-way is repeated.
        idempotency_key: message.id,
        users: recipients,
        title: conversation.subject ?? sender.display_name,
        // By characters, because half an emoji is no valid JSON for many services.
        body: Array.from(message.content).slice(0, 140).join(''),
        data: { conversationId: conversation.id, messageId: message.id },
      }),
    })
    if (!answer.ok) throw new Error(`unable to send notifications; the push service answers ${answer.status}`)
  }
  await supabase.rpc('set_push_position', { after_id: next_id }).throwOnError()
  return Response.json({ pushed: items.length })
})
