import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createClient } from '@supabase/supabase-js'
import { createTertulia, isTertuliaError, type OpenConversation, type Tertulia } from '../../src/index.ts'
import { sessionFor, signUpPeople } from '../chaos/people.ts'
import { type Backend, openBackend } from '../faults/backend.ts'
import { memoryOfFamily } from '../faults/memory.ts'

export interface SoakOptions {
  clients: number
  conversations: number
  minutes: number
  /** Between two actions of a client, on average. */
  pauseMs: number
  /** Hears of each sample. */
  report?: (line: string) => void
}

/** Bytes at one moment; null where the system does not say. */
export interface Sample {
  clientHeap: number
  stack: number | null
  postgres: number | null
}

export interface SoakFigures {
  messages: number
  saves: number
  searches: number
  /** Refused actions by code. */
  refused: Record<string, number>
  lost: string[]
  samples: Sample[]
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What PostgreSQL's processes have for themselves; shared buffers fill up as they are used. */
async function postgresMemory({ dataDir }: Backend): Promise<number | null> {
  const [postmaster = ''] = (await readFile(join(dataDir, 'db', 'postmaster.pid'), 'utf8')).split('\n')
  return memoryOfFamily(Number(postmaster))
}

interface Client {
  tertulia: Tertulia
  conversationId: string
  conversation: OpenConversation
  name: string
  songId: string | null
  actions: number
  close(): Promise<void>
}

/** People talk, save songs and search for a while; then everything that was acknowledged must be there and on every screen. */
export async function soak(preparedCluster: string, options: SoakOptions): Promise<SoakFigures> {
  const backend = await openBackend(preparedCluster)
  const figures: SoakFigures = { messages: 0, saves: 0, searches: 0, refused: {}, lost: [], samples: [] }
  const sent = new Map<string, Set<string>>()
  const saved = new Map<string, string>()
  try {
    const clients = await openClients(backend, options)
    const sample = async () => {
      collect()
      const { heapUsed } = process.memoryUsage()
      const [stack, postgres] = [await backend.memory(), await postgresMemory(backend)]
      figures.samples.push({ clientHeap: heapUsed, stack, postgres })
      const [heap, rss, anonymous] = [heapUsed, stack, postgres].map((bytes) =>
        bytes === null ? 'not known' : `${Math.round(bytes / 1e6)} MB`,
      )
      options.report?.(
        `${figures.messages} messages, ${figures.saves} saves, ${figures.searches} searches, ${JSON.stringify(figures.refused)} refused; clients' heap ${heap}, stack ${rss}, PostgreSQL ${anonymous}`,
      )
    }
    const endsAt = Date.now() + options.minutes * 60_000
    const working = clients.map(async (client, n) => {
      // They begin one after the other.
      await pause((options.pauseMs * n) / clients.length)
      while (Date.now() < endsAt) {
        await act(client, figures, sent, saved)
        await pause(options.pauseMs * (0.5 + Math.random()))
      }
    })
    for (const one of working) one.catch(() => {})
    const every = Math.max(5_000, (options.minutes * 60_000) / 30)
    while (Date.now() + every / 2 < endsAt) {
      await pause(Math.min(every, endsAt - Date.now()))
      await sample()
    }
    await Promise.all(working)
    figures.lost.push(...(await findLost(backend, clients, sent, saved)))
    for (const client of clients) await client.close()
  } finally {
    await backend.close()
  }
  return figures
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)))

async function openClients(backend: Backend, options: SoakOptions): Promise<Client[]> {
  const clients: Client[] = []
  const size = Math.ceil(options.clients / options.conversations)
  for (let group = 0; group < options.conversations; group++) {
    const people = await signUpPeople(
      backend,
      Array.from({ length: size }, (_, n) => `soak-${group}-${n}`),
    )
    const opened = people.map((person) => {
      const session = sessionFor(backend, person)
      const supabase = createClient(backend.apiUrl, backend.publishableKey, {
        auth: {
          autoRefreshToken: false,
          storageKey: 'session',
          storage: { getItem: () => session, setItem: () => {}, removeItem: () => {} },
        },
      })
      return { person, supabase, tertulia: createTertulia(supabase) }
    })
    const { id } = await opened[0]!.tertulia.chat.createGroup({
      subject: `Group ${group}`,
      memberIds: people.slice(1).map((person) => person.id),
    })
    for (const { person, supabase, tertulia } of opened)
      clients.push({
        tertulia,
        conversationId: id,
        conversation: tertulia.chat.openConversation(id),
        name: person.name,
        songId: null,
        actions: 0,
        async close() {
          this.conversation.close()
          await supabase.removeAllChannels()
          await supabase.realtime.disconnect()
        },
      })
  }
  return clients
}

async function act(
  client: Client,
  figures: SoakFigures,
  sent: Map<string, Set<string>>,
  saved: Map<string, string>,
): Promise<void> {
  const n = ++client.actions
  try {
    // As people do who look at something else: the window begins anew.
    if (n % 25 === 0) {
      client.conversation.close()
      client.conversation = client.tertulia.chat.openConversation(client.conversationId)
    }
    if (n % 10 === 3) {
      const title = `Luna ${client.name} ${n}`
      const content = `{title: ${title}}\n[Am]Sube la luna de [E7]cobre`
      if (client.songId) await client.tertulia.songs.update(client.songId, { content })
      else client.songId = (await client.tertulia.songs.create({ content, visibility: 'public' })).id
      saved.set(client.songId, title)
      figures.saves++
    } else if (n % 10 === 7) {
      await client.tertulia.songs.search('luna')
      figures.searches++
    } else {
      const content = `${client.name} says ${n}`
      await client.conversation.send({ content })
      const said = sent.get(client.conversationId) ?? new Set()
      sent.set(client.conversationId, said.add(content))
      figures.messages++
    }
  } catch (error) {
    const code = isTertuliaError(error) ? error.code : String(error)
    figures.refused[code] = (figures.refused[code] ?? 0) + 1
  }
}

/** What was acknowledged and is not there once, or not shown by somebody who looks. */
async function findLost(
  backend: Backend,
  clients: Client[],
  sent: Map<string, Set<string>>,
  saved: Map<string, string>,
): Promise<string[]> {
  const lost: string[] = []
  const deadline = Date.now() + 120_000
  const unsent = () => clients.filter(({ conversation }) => conversation.getSnapshot().pending.length > 0)
  while (unsent().length > 0 && Date.now() < deadline) await pause(100)
  for (const { name } of unsent()) lost.push(`${name} has messages that are not sent`)
  const there = await backend.ask(
    (sql) => sql<{ conversation_id: string; content: string; id: string }[]>`
      select conversation_id, content, id from public.messages order by conversation_id, seq`,
  )
  const rows = new Map<string, { content: string; id: string }[]>()
  for (const row of there) rows.set(row.conversation_id, [...(rows.get(row.conversation_id) ?? []), row])
  for (const [id, said] of sent) {
    const contents = (rows.get(id) ?? []).map(({ content }) => content)
    if (new Set(contents).size < contents.length) lost.push(`something is twice in ${id}`)
    for (const content of said) if (!contents.includes(content)) lost.push(`"${content}" is lost`)
  }
  for (const { name, conversation, conversationId } of clients) {
    const wanted = rows.get(conversationId)?.at(-1)?.id
    const shows = () => conversation.getSnapshot().messages.at(-1)?.id === wanted
    while (!shows() && Date.now() < deadline) await pause(100)
    if (!shows()) lost.push(`${name} does not show the newest message`)
  }
  const songs = await backend.ask(
    (sql) => sql<{ id: string; title: string }[]>`select id, title from public.songs`,
  )
  const titles = new Map(songs.map(({ id, title }) => [id, title]))
  for (const [id, title] of saved) if (titles.get(id) !== title) lost.push(`song ${id} is not "${title}"`)
  return lost
}

/**
 * How much more a figure is in the last quarter than in the second one, as a ratio: what was warm by then does not count. Null where
 * too few samples have it.
 */
export function growthOf(samples: Sample[], figure: keyof Sample): number | null {
  const known = samples.flatMap((sample) => sample[figure] ?? [])
  const quarter = Math.floor(known.length / 4)
  if (quarter === 0) return null
  const mean = (some: number[]) => some.reduce((sum, one) => sum + one, 0) / some.length
  return mean(known.slice(-quarter)) / mean(known.slice(quarter, 2 * quarter))
}
