import { createServerClient } from '@supabase/ssr'
import { cookies } from 'next/headers'
import { createTertulia } from 'tertulia'
import { key, url } from './project'

/** The signed-in user's client, for server components and server actions. A new one for each request. */
export async function connect() {
  const store = await cookies()
  const supabase = createServerClient(url, key, {
    cookies: {
      getAll: () => store.getAll(),
      setAll(all) {
        try {
          for (const { name, value, options } of all) store.set(name, value, options)
        } catch {
          // A server component cannot write cookies; proxy.ts does.
        }
      },
    },
  })
  return { supabase, tertulia: createTertulia(supabase) }
}
