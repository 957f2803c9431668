// Compiled by `npm run check:types`, never run.
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { createTertulia, type Database, isTertuliaError, type Message, type Page } from 'tertulia'
import { expectTypeOf } from 'vitest'

interface AppDatabase {
  public: {
    Tables: {
      todos: { Row: { id: number }; Insert: { id?: number }; Update: { id?: number }; Relationships: [] }
    }
    Views: Record<string, never>
    Functions: Record<string, never>
  }
}

declare const url: string
declare const key: string

// Any client is accepted, whatever its Database type.
createTertulia(createClient(url, key))
createTertulia(createClient<AppDatabase>(url, key))
createTertulia(createClient<Database>(url, key))
declare const untyped: SupabaseClient
const tertulia = createTertulia(untyped, {
  onOperation: ({ operation, code }) => console.log(operation, code),
})
// @ts-expect-error a URL is not a client
createTertulia('https://project.supabase.co')

expectTypeOf(tertulia.chat.listMessages('id')).resolves.toEqualTypeOf<Page<Message>>()
expectTypeOf(tertulia.chat.listMessages('id')).toExtend<AsyncIterable<Message>>()
expectTypeOf(tertulia.chat.openConversation('id').getSnapshot().messages).toEqualTypeOf<readonly Message[]>()
// @ts-expect-error a message has a text
void tertulia.chat.send('id', {})
// @ts-expect-error there is no such field
void tertulia.profiles.update({ isAdmin: true })

declare const caught: unknown
if (isTertuliaError(caught)) {
  expectTypeOf(caught.retryAfterMs).toEqualTypeOf<number | undefined>()
  // @ts-expect-error there is no such code
  caught.code === 'no_such_code'
}
