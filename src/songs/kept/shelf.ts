import type { Context } from '../../core/context.ts'
import { type KeyValueStorage, openStorage } from '../../core/storage.ts'
import type { Song } from '../schema.ts'
import type { Setlist, SetlistSummary } from '../setlists/schema.ts'
import type { KeptSummary, SongDraft } from './schema.ts'

/** What is known of a copy without reading it. */
export interface Listed extends Pick<KeptSummary, 'title' | 'artist' | 'key' | 'version'> {
  bytes: number
}

/** What one user keeps: what was asked for, what is there, and drafts. */
export interface Index {
  /** When the database last confirmed it. */
  at: number
  /** Ids of songs that the user chose. */
  chosen: string[]
  favorites: boolean
  favoriteIds: string[]
  /** The setlists that the user chose; null until one is there. */
  setlists: Record<string, (Pick<SetlistSummary, 'title' | 'entryCount'> & { bytes: number }) | null>
  /** Songs of those setlists. */
  setlistSongs: string[]
  songs: Record<string, Listed>
  drafts: SongDraft[]
  /** Keys that are to be removed: a process may end between two writes. */
  leaving: string[]
}

const form = 1
const empty = (): Index => ({
  at: 0,
  chosen: [],
  favorites: false,
  favoriteIds: [],
  setlists: {},
  setlistSongs: [],
  songs: {},
  drafts: [],
  leaving: [],
})

const dated = <T extends { createdAt: Date; updatedAt: Date }>(one: T): T => ({
  ...one,
  createdAt: new Date(one.createdAt),
  updatedAt: new Date(one.updatedAt),
})

/** The copies of a device, by user. */
export function createShelf({ project }: Context, given: KeyValueStorage) {
  const storage = openStorage(given)
  const prefix = `tertulia:${project}:kept:`
  const keyOf = (owner: string, name: string) => `${prefix}${owner}:${name}`

  /** A stored value, or null when there is none, it is damaged, or the storage fails. */
  async function read<T>(key: string): Promise<T | null> {
    try {
      return JSON.parse((await storage.getItem(key)) ?? 'null') as T | null
    } catch {
      return null
    }
  }

  async function readIndex(owner: string): Promise<Index> {
    const stored = await read<Index & { form: number }>(keyOf(owner, 'index'))
    return stored?.form === form ? { ...empty(), ...stored } : { ...empty(), drafts: stored?.drafts ?? [] }
  }

  /** Changes the index, one change at a time across tabs; then what it no longer names is removed. */
  function change(owner: string, run: (index: Index) => unknown): Promise<Index> {
    return storage.lock(`${prefix}${owner}`, async () => {
      const owners = (await read<string[]>(`${prefix}owners`)) ?? []
      if (!owners.includes(owner))
        await storage.setItem(`${prefix}owners`, JSON.stringify([...owners, owner]))
      const index = await readIndex(owner)
      await run(index)
      await storage.setItem(keyOf(owner, 'index'), JSON.stringify({ form, ...index }))
      if (index.leaving.length > 0) {
        for (const name of index.leaving) await storage.removeItem(keyOf(owner, name))
        index.leaving = []
        await storage.setItem(keyOf(owner, 'index'), JSON.stringify({ form, ...index }))
      }
      return index
    })
  }

  /** Takes the copies of an index away. What the user asked for, and drafts, stay. */
  function empties(index: Index): void {
    index.leaving.push(
      ...Object.keys(index.songs).map((id) => `song:${id}`),
      ...Object.keys(index.setlists).map((id) => `setlist:${id}`),
    )
    index.songs = {}
    index.setlists = Object.fromEntries(Object.keys(index.setlists).map((id) => [id, null]))
    index.favoriteIds = []
    index.setlistSongs = []
  }

  return {
    change,
    empties,
    readIndex,
    /** Stores a copy, and answers its size; the index names it afterwards. Rejects when the storage is full. */
    async write(owner: string, name: string, value: unknown): Promise<number> {
      const text = JSON.stringify(value)
      await storage.setItem(keyOf(owner, name), text)
      return new TextEncoder().encode(text).length
    },
    async readSong(owner: string, id: string): Promise<Song | null> {
      const song = await read<Song>(keyOf(owner, `song:${id}`))
      return typeof song?.content === 'string' ? dated(song) : null
    },
    async readSetlist(owner: string, id: string): Promise<Setlist | null> {
      const setlist = await read<Setlist>(keyOf(owner, `setlist:${id}`))
      return Array.isArray(setlist?.entries) ? dated(setlist) : null
    },
    /** Takes away the copies of every user but one. */
    async clearOthers(owner: string | null): Promise<void> {
      for (const other of (await read<string[]>(`${prefix}owners`)) ?? [])
        if (other !== owner) await change(other, empties)
    },
  }
}

export type Shelf = ReturnType<typeof createShelf>
