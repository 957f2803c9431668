import { createClient } from '@supabase/supabase-js'
import type { Tertulia } from 'tertulia'
import { createAnalytics } from 'tertulia/analytics'
import { createChat, createContext } from 'tertulia/chat'
import { createCircles } from 'tertulia/circles'
import { createComments } from 'tertulia/comments'
import { createModeration } from 'tertulia/moderation'
import { createCache, indexedDbStorage } from 'tertulia/offline'
import { createPeople } from 'tertulia/people'
import { createProfiles } from 'tertulia/profiles'
import { createSetlists } from 'tertulia/setlists'
import { createSharing } from 'tertulia/sharing'
import { createSongs } from 'tertulia/songs'
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

// `createTertulia` makes the first five at once. All domains on one context share a connection.
const context = createContext(supabase, {
  // The inbox, conversations and writes are kept on the device, for a start without a network.
  cache: createCache(indexedDbStorage('tertulia-demo')),
  // Behind the page's own server the answers come the way the page did, which on a phone is plain http.
  allowInsecureUrl: url.startsWith(location.origin),
})

export const tertulia: Tertulia = {
  profiles: createProfiles(context),
  chat: createChat(context),
  songs: createSongs(context),
  sharing: createSharing(context),
  analytics: createAnalytics(context),
  close: () => context.close(),
}
export const setlists = createSetlists(context)
export const circles = createCircles(context)
export const comments = createComments(context)
export const people = createPeople(context)
export const moderation = createModeration(context)
