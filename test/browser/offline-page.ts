import { createClient } from '@supabase/supabase-js'
import { createTertulia } from '../../src/index.ts'
import { createCache, indexedDbStorage } from '../../src/offline/index.ts'

// What the page of `offline.ts` loads: an inbox and a conversation, and when each showed something, from the first line of the script on.

const startedAt = performance.now()

Object.assign(globalThis, {
  startPage(url: string, key: string, conversationId: string | null) {
    const supabase = createClient(url, key)
    const tertulia = createTertulia(supabase, { cache: createCache(indexedDbStorage()) })
    const shownAfter: { inbox?: number; conversation?: number } = {}
    const page = { supabase, tertulia, shownAfter, inbox: null as unknown, conversation: null as unknown }
    if (!conversationId) return page
    const inbox = tertulia.chat.watchInbox()
    const conversation = tertulia.chat.openConversation(conversationId)
    const look = () => {
      if (inbox.getSnapshot().items.length > 0) shownAfter.inbox ??= performance.now() - startedAt
      if (conversation.getSnapshot().messages.length > 0)
        shownAfter.conversation ??= performance.now() - startedAt
    }
    inbox.subscribe(look)
    conversation.subscribe(look)
    return Object.assign(page, { inbox, conversation })
  },
})
