import { createClient } from '@supabase/supabase-js'
import { createTertulia } from 'tertulia'

// `npm start` sets both; what stands here is what every local stack answers to.
const url = import.meta.env.VITE_SUPABASE_URL ?? 'http://127.0.0.1:54321'
const publishableKey =
  import.meta.env.VITE_SUPABASE_PUBLISHABLE_KEY ?? 'sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH'

// Only for the demo: each window is a person of its own, so that two windows can talk to each other. Leave `auth` out and
// all windows of a browser share one session.
const windowId = sessionStorage.getItem('window') ?? crypto.randomUUID()
sessionStorage.setItem('window', windowId)

export const supabase = createClient(url, publishableKey, {
  auth: { storage: sessionStorage, storageKey: `tertulia-demo-${windowId}` },
})

export const tertulia = createTertulia(supabase)
