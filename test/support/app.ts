import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { createTertulia, type KeyValueStorage, type Tertulia, type TertuliaOptions } from 'tertulia'
import { inject, onTestFinished } from 'vitest'
import type { Person } from './people.ts'

/** A storage over a map, which several clients may share. */
export const storageOver = (items: Map<string, string>) =>
  ({
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  }) satisfies KeyValueStorage

/** The same as React Native has it: every answer comes later. */
const laterStorageOver = (items: Map<string, string>): KeyValueStorage => {
  const later = () => new Promise((resolve) => setTimeout(resolve, 2))
  return {
    getItem: async (key) => later().then(() => items.get(key) ?? null),
    setItem: async (key, value) => later().then(() => void items.set(key, value)),
    removeItem: async (key) => later().then(() => void items.delete(key)),
  }
}

/** What an installed app keeps on a device: Auth's session, and what Tertulia keeps. */
export interface Phone {
  session: Map<string, string>
  kept: Map<string, string>
  /** Lets the session's token be past its end. */
  expire(): void
  /** Whether a text is kept. */
  keeps(text: string): boolean
}

export function createPhone(): Phone {
  const session = new Map<string, string>()
  const kept = new Map<string, string>()
  return {
    session,
    kept,
    expire() {
      session.set('session', JSON.stringify({ ...JSON.parse(session.get('session') ?? ''), expires_at: 1 }))
    },
    keeps: (text) => [...kept.values()].some((value) => value.includes(text)),
  }
}

export interface StartedApp {
  supabase: SupabaseClient
  tertulia: Tertulia
}

/** Starts the app on a phone; it ends with the test. */
export function startApp(
  phone: Phone,
  options: TertuliaOptions & { apiUrl?: string; fetch?: typeof fetch; isAsync?: boolean } = {},
): StartedApp {
  const { apiUrl = inject('stack').apiUrl, fetch, isAsync, ...rest } = options
  const over = isAsync ? laterStorageOver : storageOver
  const supabase = createClient(apiUrl, inject('stack').publishableKey, {
    auth: {
      autoRefreshToken: false,
      persistSession: true,
      storageKey: 'session',
      storage: over(phone.session) as never,
    },
    global: { fetch },
  })
  const tertulia = createTertulia(supabase, { storage: over(phone.kept), ...rest })
  onTestFinished(async () => {
    tertulia.close()
    await supabase.realtime.disconnect()
  })
  return { supabase, tertulia }
}

export async function signInOn({ supabase }: StartedApp, { email }: Person): Promise<void> {
  const { error } = await supabase.auth.signInWithPassword({ email, password: 'correct-horse-battery' })
  if (error) throw error
}
