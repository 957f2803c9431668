// A Supabase Edge Function that deletes the caller's account by the Auth API and then removes what SQL cannot: the bytes of files.
// Copy this folder to supabase/functions/delete-account. `profiles.deleteAccount()` needs none of it; use this where the user's
// files are to go in the same moment, or where the account may only be deleted by Auth. With a secret key (in the header "apikey", or as
// the bearer) in place of a user's token it removes what deleted accounts have left so far: have it called so every night (Dashboard,
// Integrations, Cron). A secret key is no JWT, so config.toml needs
//
//   [functions.delete-account]
//   verify_jwt = false
//
// The function itself asks Auth whose token it is. See docs/profiles.md, "Deleting an account".

import { createClient, isAuthRetryableFetchError, type SupabaseClient } from '@supabase/supabase-js'

declare const Deno: {
  env: { get(name: string): string | undefined }
  serve(handler: (request: Request) => Promise<Response>): void
}

function required(name: string): string {
  const value = Deno.env.get(name)
  if (!value) throw new Error(`unable to delete the account; ${name} is not set`)
  return value
}

/** Removes the files of a bucket that a function lists, until it lists none; answers how many. */
async function removeFiles(supabase: SupabaseClient, bucket: string, listed: string): Promise<number> {
  let removed = 0
  for (let before = ''; ; ) {
    const { data: paths } = await supabase.rpc(listed, { page_size: 100 }).throwOnError()
    if (paths.length === 0) return removed
    // Another call may have removed all of them meanwhile. Only a list that stays as it is will stay for ever.
    if (before === paths.join()) throw new Error(`unable to remove ${paths.length} files from ${bucket}`)
    const { data, error } = await supabase.storage.from(bucket).remove(paths)
    if (error) throw error
    before = data.length === 0 ? paths.join() : ''
    removed += data.length
  }
}

async function emptyMessages(supabase: SupabaseClient): Promise<number> {
  let emptied = 0
  for (;;) {
    const { data } = await supabase.rpc('empty_deleted_accounts').throwOnError()
    emptied += data.emptied
    if (data.remaining === 0) return emptied
  }
}

/** The project's secret keys. The platform gives them as JSON; older projects have the service role's key. */
function readSecrets(): string[] {
  const named = JSON.parse(Deno.env.get('SUPABASE_SECRET_KEYS') ?? '{}')
  const single = ['SUPABASE_SERVICE_ROLE_KEY', 'SUPABASE_SECRET_KEY'].map((name) => Deno.env.get(name))
  return [named.default, ...Object.values(named), ...single].filter(
    (key) => typeof key === 'string' && key !== '',
  )
}

/** Deletes the account whose token the request has, and removes what accounts have left. */
async function answer(request: Request, headers: HeadersInit): Promise<Response> {
  const secrets = readSecrets()
  const [secret = required('SUPABASE_SECRET_KEYS')] = secrets
  const supabase = createClient(required('SUPABASE_URL'), secret, { auth: { persistSession: false } })
  const token = request.headers.get('authorization')?.replace(/^Bearer /, '') ?? ''
  if (![token, request.headers.get('apikey') ?? ''].some((key) => secrets.includes(key))) {
    // Auth says whose token it is; nobody names the account to delete.
    const { data, error } = await supabase.auth.getUser(token)
    if (error && isAuthRetryableFetchError(error)) throw error
    if (error) return new Response('not signed in', { status: 401, headers })
    const deletion = await supabase.auth.admin.deleteUser(data.user.id)
    if (deletion.error) throw deletion.error
  }
  const removed = {
    avatars: await removeFiles(supabase, 'tertulia-avatars', 'list_abandoned_avatars'),
    portfolios: await removeFiles(supabase, 'tertulia-portfolio', 'list_abandoned_portfolio_files'),
    attachments: await removeFiles(supabase, 'chat', 'list_abandoned_attachments'),
    messages: await emptyMessages(supabase),
  }
  return Response.json(removed, { headers })
}

Deno.serve(async (request) => {
  const headers = {
    'access-control-allow-origin': '*',
    'access-control-allow-headers': request.headers.get('access-control-request-headers') ?? '*',
  }
  if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers })
  return answer(request, headers).catch((error) => {
    console.error(error)
    // A page of another origin can read it only with these headers.
    return new Response('unable to delete the account, or to remove what it left', { status: 500, headers })
  })
})
