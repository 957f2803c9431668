import { createClient } from '@supabase/supabase-js'
import { createTertulia, type Tertulia } from '../../index.ts'
import type { CliContext } from '../context.ts'
import { checkTarget } from '../doctor/check-target.ts'
import { Refusal } from '../refusal.ts'

/** A person's own client. */
export interface SignedIn {
  tertulia: Tertulia
  userId: string
  signOut(): Promise<void>
}

/** Signs in with an address and a password, as an app does. The import has the rights of that user. */
export async function signIn(
  { env }: CliContext,
  options: { url?: string; key?: string; email?: string },
): Promise<SignedIn> {
  const refuse = (reason: string, hint: string, cause?: unknown) =>
    new Refusal(`unable to import songs; ${reason}`, hint, cause)
  // The second names are those that `tertulia-local status` and `supabase status` print.
  const url = options.url ?? env.SUPABASE_URL ?? env.API_URL
  if (!url) throw refuse('there is no URL', 'Give --url, or set SUPABASE_URL.')
  const key = options.key ?? env.SUPABASE_PUBLISHABLE_KEY ?? env.SUPABASE_ANON_KEY ?? env.PUBLISHABLE_KEY
  const { findings, reachable } = checkTarget(url, key)
  const [finding] = findings
  if (finding || !reachable)
    throw refuse(finding?.what ?? 'there is no project', finding?.todo ?? 'Check the URL and the key.')
  const email = options.email ?? env.TERTULIA_EMAIL
  const password = env.TERTULIA_PASSWORD
  if (!email) throw refuse('there is no account', 'Give --email, or set TERTULIA_EMAIL.')
  if (!password) {
    throw refuse(
      'there is no password',
      'Set TERTULIA_PASSWORD; an option would stay in the shell’s history.',
    )
  }
  const supabase = createClient(reachable.url, reachable.key, { auth: { persistSession: false } })
  const { data, error } = await supabase.auth.signInWithPassword({ email, password })
  if (error || !data.user) {
    const reason = error?.message || 'the Auth server does not answer'
    throw refuse(
      `${email} cannot sign in at ${reachable.url}; ${reason}`,
      'Check address, password and URL.',
      error,
    )
  }
  return {
    tertulia: createTertulia(supabase),
    userId: data.user.id,
    signOut: async () => {
      await supabase.auth.signOut({ scope: 'local' })
    },
  }
}
