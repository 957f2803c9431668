import { createClient } from '@supabase/supabase-js'
import { createTertulia } from 'tertulia'

// Your own client, which keeps doing whatever else you use it for.
const supabase = createClient(process.env.API_URL!, process.env.PUBLISHABLE_KEY!)
await supabase.auth.signInWithPassword({ email: process.env.EMAIL!, password: process.env.PASSWORD! })
const tertulia = createTertulia(supabase)

// Everyone who signs up has a profile.
const me = await tertulia.profiles.update({ displayName: 'Ana', country: 'CL' })
console.log(`I am ${me.displayName}, @${me.handle}`)

// A song is ChordPro text; words, chords and metadata are read from it by the database.
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

// A conversation stays equal to the database, whatever the network does.
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
  // Kept in storage from here on, and sent once, however often that takes.
  await conversation.send({ content: '¡Hola!' })
  await arrived
  conversation.close()
}

// A script ends here; supabase-js would keep its socket for another minute.
process.exit()
