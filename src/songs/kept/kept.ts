import type { Context } from '../../core/context.ts'
import { refusal, TertuliaError } from '../../core/error.ts'
import { id as idSchema, parseInput } from '../../core/parse.ts'
import type { KeyValueStorage } from '../../core/storage.ts'
import { createLive, type Live } from '../../live/handle.ts'
import type { Song } from '../schema.ts'
import type { Setlist } from '../setlists/schema.ts'
import { type SongChanges, songChanges } from '../songs/fields.ts'
import type { KeptSongs } from './calls.ts'
import { findKept } from './find.ts'
import { askedIds, createRefresh, wantedIds } from './refresh.ts'
import type { KeptOptions, KeptSnapshot, KeptSong, KeptSummary } from './schema.ts'
import { createShelf, type Index } from './shelf.ts'

/** How often it looks by itself for what has changed. */
const lookMs = 600_000
const day = 86_400_000

export function createKept(context: Context, storage: KeyValueStorage, options: KeptOptions = {}): KeptSongs {
  const { songs: mostSongs = 1_000, bytes = 20_000_000, maxAgeMs = 90 * day, keepAfterSignOut } = options
  const shelf = createShelf(context, storage)
  let owner = ''
  let index: Index | null = null
  let isFull = false
  let refresh = async () => true
  let cancelLook = () => {}
  let opened = () => {}
  const ready = new Promise<void>((resolve) => {
    opened = resolve
  })

  const live: Live<KeptSnapshot> = createLive<never, KeptSnapshot>(context, 'kept.open', {
    begin(userId) {
      owner = userId
      const mine = { ...context, prepare: live.request.prepare } as Context
      refresh = createRefresh(mine, shelf, owner, { songs: mostSongs, bytes }, live.request.signal, show)
      void open()
      return []
    },
    hear(event) {
      // A share that came or went.
      if (event === 'notice') void live.catchUp()
    },
    async synchronise() {
      await ready
      isFull = !(await refresh())
      return 'complete'
    },
    onComplete() {
      cancelLook()
      cancelLook = context.clock.after(lookMs, () => void live.look())
    },
    onEnded(reason) {
      cancelLook()
      opened()
      if (reason !== 'signed-out') return
      index = null
      if (!keepAfterSignOut) void shelf.clearOthers(null).catch(() => {})
    },
    snapshot: (state) => ({ ...state, ...shown(index), isFull }),
  })
  // Nobody is signed in: what an earlier user kept is nobody's.
  live.started.catch((error) => {
    if (error instanceof TertuliaError && error.code === 'not_signed_in' && !keepAfterSignOut)
      void shelf.clearOthers(null).catch(() => {})
  })

  function show(next: Index): void {
    index = next
    live.changed()
  }

  /** Shows what is there, before any request. */
  async function open(): Promise<void> {
    try {
      if (!keepAfterSignOut) await shelf.clearOthers(owner)
      const stored = await shelf.readIndex(owner)
      const isOld = stored.at > 0 && Math.abs(context.clock.now() - stored.at) > maxAgeMs
      show(isOld ? await shelf.change(owner, shelf.empties) : stored)
    } catch {
      // A storage that fails: the copies of this run are what there is.
    }
    opened()
  }

  /** Changes what is wanted, and fetches it. Rejects when the storage cannot keep it. */
  async function want(operation: string, run: (index: Index) => void): Promise<void> {
    await live.started
    await ready
    if (live.isClosed()) throw refusal('closed', operation, 'it is closed')
    try {
      show(await shelf.change(owner, run))
    } catch (cause) {
      throw refusal('unavailable', operation, "the device's storage is full or cannot be written", { cause })
    }
    void live.catchUp()
  }

  /** A copy is damaged, or another tab or the browser has removed it: it is fetched again. */
  async function missed(id: string): Promise<void> {
    const drop = (now: Index) => {
      delete now.songs[id]
    }
    try {
      show(await shelf.change(owner, drop))
      void live.catchUp()
    } catch {
      // The storage fails altogether.
    }
  }

  async function getSong(songId: string): Promise<KeptSong | null> {
    const id = parseInput('kept.getSong', idSchema, songId)
    await live.started
    await ready
    const draft = index?.drafts.find((one) => one.songId === id)
    const song = index && (await shelf.readSong(owner, id))
    if (!song) {
      if (index?.songs[id]) await missed(id)
      return null
    }
    return { ...song, ...(draft && withoutNulls(draft.changes)), isDraft: draft !== undefined }
  }

  return {
    getSnapshot: live.getSnapshot,
    subscribe: live.subscribe,
    close: live.close,
    keepSong: (songId) => {
      const id = parseInput('kept.keepSong', idSchema, songId)
      return want('kept.keepSong', (now) => {
        now.chosen = [...new Set([...now.chosen, id])]
      })
    },
    releaseSong: (songId) => {
      const id = parseInput('kept.releaseSong', idSchema, songId)
      return want('kept.releaseSong', (now) => {
        now.chosen = now.chosen.filter((one) => one !== id)
        if (wantedIds(now).includes(id)) return
        delete now.songs[id]
        now.leaving.push(`song:${id}`)
      })
    },
    keepSetlist: (setlistId) => {
      const id = parseInput('kept.keepSetlist', idSchema, setlistId)
      return want('kept.keepSetlist', (now) => {
        now.setlists[id] ??= null
      })
    },
    releaseSetlist: (setlistId) => {
      const id = parseInput('kept.releaseSetlist', idSchema, setlistId)
      return want('kept.releaseSetlist', (now) => {
        delete now.setlists[id]
        now.leaving.push(`setlist:${id}`)
      })
    },
    keepFavorites: (isKept = true) =>
      want('kept.keepFavorites', (now) => {
        now.favorites = isKept
        if (!isKept) now.favoriteIds = []
      }),
    getSong,
    async getSetlist(setlistId) {
      const id = parseInput('kept.getSetlist', idSchema, setlistId)
      await live.started
      await ready
      const setlist = index && (await shelf.readSetlist(owner, id))
      if (!setlist) return null
      const entries = await Promise.all(
        setlist.entries.map(async (entry) => ({
          ...entry,
          song: entry.songId ? await getSong(entry.songId) : null,
        })),
      )
      return { ...setlist, entries } as Setlist<Song>
    },
    find: (query) => findKept(live.getSnapshot().songs, query),
    edit: async (songId, changes, { baseVersion } = {}) => {
      const id = parseInput('kept.edit', idSchema, songId)
      // Checked here, for the answer of the database may come days later.
      const checked = parseInput('kept.edit', songChanges, changes) as SongChanges
      await live.started
      await ready
      const { version } = index?.songs[id] ?? {}
      if (!version)
        throw refusal('song_not_found', 'kept.edit', 'the device does not keep that song', {
          field: 'songId',
        })
      await want('kept.edit', (now) => {
        const before = now.drafts.find((one) => one.songId === id)
        const draft = {
          songId: id,
          // A merge takes the place of what it merges.
          changes: baseVersion ? checked : { ...before?.changes, ...checked },
          baseVersion: baseVersion ?? before?.baseVersion ?? version,
          state: 'waiting' as const,
          code: null,
          conflict: null,
        }
        now.drafts = [...now.drafts.filter((one) => one !== before), draft]
      })
    },
    discard: (songId) => {
      const id = parseInput('kept.discard', idSchema, songId)
      return want('kept.discard', (now) => {
        now.drafts = now.drafts.filter((one) => one.songId !== id)
      })
    },
    async refresh() {
      await live.started
      await live.catchUp()
    },
  }
}

/** A field that follows the text again is not known before it is saved. */
const withoutNulls = (changes: SongChanges) =>
  Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== null && value !== undefined))

function shown(
  index: Index | null,
): Omit<KeptSnapshot, 'status' | 'closeReason' | 'error' | 'confirmed' | 'isFull'> {
  const songs: KeptSummary[] = Object.entries(index?.songs ?? {})
    .map(([id, { title, artist, key, version }]) => ({
      id,
      title,
      artist,
      key,
      version,
      isChosen: index!.chosen.includes(id),
      isFavorite: index!.favoriteIds.includes(id),
    }))
    .sort((a, b) => a.title.localeCompare(b.title) || (a.id < b.id ? -1 : 1))
  const asked = index ? askedIds(index) : []
  return {
    songs,
    setlists: Object.entries(index?.setlists ?? {}).flatMap(([id, one]) =>
      one ? [{ id, title: one.title, entryCount: one.entryCount }] : [],
    ),
    keepsFavorites: index?.favorites ?? false,
    drafts: index?.drafts ?? [],
    missing: asked.filter((id) => !index?.songs[id]).length,
  }
}
