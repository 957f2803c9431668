import { createClient } from '@supabase/supabase-js'
import { createTertulia } from 'tertulia'

// Your own Supabase client; you can keep using it for everything else.
const supabase = createClient(process.env.API_URL!, process.env.PUBLISHABLE_KEY!)
await supabase.auth.signInWithPassword({ email: process.env.EMAIL!, password: process.env.PASSWORD! })
const tertulia = createTertulia(supabase)

// Every user who signs up has a profile.
const me = await tertulia.profiles.update({ displayName: 'Ana', country: 'CL' })
console.log(`I am ${me.displayName}, @${me.handle}`)

// A song is ChordPro text; the database reads words, chords and metadata from it.
const song = await tertulia.songs.create({
  content: '{title: Luna de cobre}\n{meta: language es}\n[Am]Sube la luna de [E7]cobre [Am]',
  visibility: 'public',
})
console.log(
  song.title,
  song.chords.map((chord) => chord.name),
)
const found = await tertulia.songs.search('luna cob')
console.log(`${found.items.length} found, first: ${found.items[0]?.title}`)

// An open conversation stays in sync with the database, even after the connection was lost.
const { items: people } = await tertulia.profiles.list()
const other = people.find((person) => person.id !== me.id)
if (other) {
  const conversation = await tertulia.chat.openDirect(other.id)
  const arrived = new Promise<void>((resolve) => {
    conversation.subscribe(() => {
      const { status, messages, pending } = conversation.getSnapshot()
      console.log(
        status,
        messages.map((message) => message.content),
        `${pending.length} pending`,
      )
      if (messages.length > 0 && pending.length === 0) resolve()
    })
  })
  // Keeps the message in storage and retries until it is sent. The server stores it only once.
  await conversation.send({ content: '¡Hola!' })
  await arrived
  conversation.close()
}

// End the script here; supabase-js would keep its socket open for another minute.
process.exit()
