import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { createTertulia, type Tertulia, type TertuliaOptions } from 'tertulia'
import { inject, onTestFinished } from 'vitest'
import { signUpConfirmed } from '../../local/test/support/sign-up.ts'
import { firefox } from './agents.ts'

/** Somebody who is signed in on one device. */
export interface Person {
  id: string
  email: string
  supabase: SupabaseClient
  tertulia: Tertulia
}

/** Of every user that `signUp` makes. */
export const password = 'correct-horse-battery'

/** A client with the publishable key and nobody signed in; its connections end with the test. */
export function connect(apiUrl = inject('stack').apiUrl, fetch?: typeof globalThis.fetch): SupabaseClient {
  const supabase = createClient(apiUrl, inject('stack').publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
    // A visitor whose agent is Node's is a bot, and counts nothing.
    global: { fetch, headers: { 'user-agent': firefox } },
  })
  onTestFinished(async () => {
    await supabase.removeAllChannels()
    await supabase.realtime.disconnect()
  })
  return supabase
}

/** A client with the secret key. */
export function connectAsService(): SupabaseClient {
  const { apiUrl, secretKey } = inject('stack')
  return createClient(apiUrl, secretKey, { auth: { persistSession: false, autoRefreshToken: false } })
}

/** Signs a new person up. */
export async function signUp(name = 'Ana', options?: TertuliaOptions): Promise<Person> {
  const email = `${crypto.randomUUID()}@example.com`
  const supabase = connect()
  const data = { display_name: name }
  const { id } = await signUpConfirmed(supabase, inject('stack'), { email, password, data })
  return { id, email, supabase, tertulia: createTertulia(supabase, options) }
}

/** The same person on one more device, perhaps through another way to the API. */
export async function signInAgain(
  person: Person,
  { apiUrl, fetch, ...options }: TertuliaOptions & { apiUrl?: string; fetch?: typeof globalThis.fetch } = {},
): Promise<Person> {
  const supabase = connect(apiUrl, fetch)
  const { error } = await supabase.auth.signInWithPassword({ email: person.email, password })
  if (error) throw error
  return { ...person, supabase, tertulia: createTertulia(supabase, options) }
}
