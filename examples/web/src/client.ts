import { createClient } from '@supabase/supabase-js'
import { createTertulia } from 'tertulia'
import { newId } from './new-id.ts'

// `npm start` sets both; what stands here is what every local stack answers to. With `--host` it is a path of the page's own server.
const url = new URL(import.meta.env.VITE_SUPABASE_URL ?? 'http://127.0.0.1:54321', location.href).href
const publishableKey =
  import.meta.env.VITE_SUPABASE_PUBLISHABLE_KEY ?? 'sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH'

// Only for the demo: each window is a person of its own, so that two windows can talk to each other. Leave `auth` out and
// all windows of a browser share one session.
const windowId = sessionStorage.getItem('window') ?? newId()
sessionStorage.setItem('window', windowId)

export const supabase = createClient(url, publishableKey, {
  auth: { storage: sessionStorage, storageKey: `tertulia-demo-${windowId}` },
})

// Behind the page's own server the answers come the way the page did, which on a phone is plain http.
export const tertulia = createTertulia(supabase, { allowInsecureUrl: url.startsWith(location.origin) })
