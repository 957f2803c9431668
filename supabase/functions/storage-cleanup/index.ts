// A Supabase Edge Function that removes the files that nothing refers to: uploads that were never sent, replaced pictures and
// what deleted accounts left. SQL cannot do this, so pg_cron alone leaves them; `npx tertulia maintain` does the same from elsewhere. Copy
// this folder to supabase/functions/storage-cleanup and have it called every night (Dashboard, Integrations, Cron) with a secret key in
// the header "apikey", or as the bearer. A secret key is no JWT, so config.toml needs
//
//   [functions.storage-cleanup]
//   verify_jwt = false
//
// See docs/operations.md, "Upkeep".

import { createClient, type SupabaseClient } from '@supabase/supabase-js'

declare const Deno: {
  env: { get(name: string): string | undefined }
  serve(handler: (request: Request) => Promise<Response>): void
}

/** The platform ends a function after 150 seconds. What is left then goes in the next call. */
const timeToWorkMs = 90_000
const buckets = { avatars: 'tertulia-avatars', portfolio_files: 'tertulia-portfolio', attachments: 'chat' }

function required(name: string): string {
  const value = Deno.env.get(name)
  if (!value) throw new Error(`unable to clean up; ${name} is not set`)
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

/** Removes a hundred files at a time until none is left or the time is over. */
async function removeFiles(supabase: SupabaseClient, kind: keyof typeof buckets, until: number) {
  let removed = 0
  let before = ''
  while (Date.now() < until) {
    const { data: paths } = await supabase.rpc(`list_abandoned_${kind}`, { page_size: 100 }).throwOnError()
    if (paths.length === 0) return { removed, done: true }
    // Another run may have removed all of them meanwhile. Only a list that stays as it is will stay for ever.
    if (before === paths.join())
      throw new Error(`unable to remove ${paths.length} files from ${buckets[kind]}`)
    const { data, error } = await supabase.storage.from(buckets[kind]).remove(paths)
    if (error) throw error
    before = data.length === 0 ? paths.join() : ''
    removed += data.length
  }
  return { removed, done: false }
}

Deno.serve(async (request) => {
  const secrets = readSecrets()
  const [secret = required('SUPABASE_SECRET_KEYS')] = secrets
  const bearer = request.headers.get('authorization')?.replace(/^Bearer /, '')
  if (![bearer, request.headers.get('apikey')].some((key) => key && secrets.includes(key))) {
    return new Response('forbidden', { status: 403 })
  }
  const supabase = createClient(required('SUPABASE_URL'), secret, { auth: { persistSession: false } })
  const until = Date.now() + timeToWorkMs
  const avatars = await removeFiles(supabase, 'avatars', until)
  const attachments = await removeFiles(supabase, 'attachments', until)
  const portfolios = await removeFiles(supabase, 'portfolio_files', until)
  const done = avatars.done && attachments.done && portfolios.done
  return Response.json({
    avatars: avatars.removed,
    attachments: attachments.removed,
    portfolios: portfolios.removed,
    done,
  })
})
