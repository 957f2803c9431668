import { createClient } from '@supabase/supabase-js'
import { createTertulia } from '../../src/index.ts'
import { createCache, indexedDbStorage } from '../../src/offline/index.ts'
import { createContext, createKeptSongs } from '../../src/songs/kept/index.ts'

// What the page of `offline.ts` loads: an inbox, a conversation and kept songs, and when each showed something, from the first line of the script on.

const startedAt = performance.now()

Object.assign(globalThis, {
  startPage(url: string, key: string, conversationId: string | null) {
    const supabase = createClient(url, key)
    const tertulia = createTertulia(supabase, { cache: createCache(indexedDbStorage()) })
    const shownAfter: { inbox?: number; conversation?: number; songs?: number } = {}
    const page = { supabase, tertulia, shownAfter, inbox: null as unknown, conversation: null as unknown }
    if (!conversationId) return page
    const inbox = tertulia.chat.watchInbox()
    const conversation = tertulia.chat.openConversation(conversationId)
    const kept = createKeptSongs(createContext(supabase), indexedDbStorage('songs'))
    const look = () => {
      if (inbox.getSnapshot().items.length > 0) shownAfter.inbox ??= performance.now() - startedAt
      if (conversation.getSnapshot().messages.length > 0)
        shownAfter.conversation ??= performance.now() - startedAt
    }
    kept.subscribe(() => {
      if (kept.getSnapshot().songs.length > 0) shownAfter.songs ??= performance.now() - startedAt
    })
    inbox.subscribe(look)
    conversation.subscribe(look)
    return Object.assign(page, { inbox, conversation, kept })
  },
})
