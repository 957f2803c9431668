import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import type { Stack } from '../../src/index.ts'

const options = { auth: { persistSession: false, autoRefreshToken: false } }

export const visitor = ({ apiUrl, publishableKey }: Stack) => createClient(apiUrl, publishableKey, options)
export const service = ({ apiUrl, secretKey }: Stack) => createClient(apiUrl, secretKey, options)

export interface Person {
  client: SupabaseClient
  id: string
  email: string
}

/** Someone who just signed up. */
export async function person(stack: Stack, data: Record<string, unknown> = {}): Promise<Person> {
  const client = visitor(stack)
  const email = `${crypto.randomUUID()}@example.com`
  const { data: answer, error } = await client.auth.signUp({
    email,
    password: 'long enough',
    options: { data },
  })
  if (error || !answer.user) throw error ?? new Error('nobody signed up')
  return { client, id: answer.user.id, email }
}
