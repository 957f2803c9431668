import { createClient } from '@supabase/supabase-js'
import type { Stack } from '../../local/src/index.ts'
import { createTertulia } from '../../src/index.ts'

/** What the examples find on the stack. */
export interface Scene {
  url: string
  key: string
  email: string
  password: string
  song: string
  message: string
}

/** Fills a stack with two users, a public song and a message. */
export async function fill(stack: Stack): Promise<Scene> {
  const service = createClient(stack.apiUrl, stack.secretKey, { auth: { persistSession: false } })
  const password = 'correct-horse-battery'
  const connect = async (name: string) => {
    const email = `${name.toLowerCase()}@example.com`
    const about = { email, password, email_confirm: true, user_metadata: { display_name: name } }
    const { data, error } = await service.auth.admin.createUser(about)
    if (error) throw error
    const supabase = createClient(stack.apiUrl, stack.publishableKey, { auth: { persistSession: false } })
    await supabase.auth.signInWithPassword({ email, password })
    return { id: data.user.id, email, tertulia: createTertulia(supabase) }
  }
  const [ana, ben] = [await connect('Ana'), await connect('Ben')]
  const song = 'Cielito de plata'
  await ben.tertulia.songs.create({ content: `{title: ${song}}\n[Am]Ay del [E7]cielo`, visibility: 'public' })
  const { id } = await ben.tertulia.chat.getDirect(ana.id)
  const message = 'Do you know this one?'
  await ben.tertulia.chat.send(id, { content: message })
  return { url: stack.apiUrl, key: stack.publishableKey, email: ana.email, password, song, message }
}
