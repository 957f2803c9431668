import { call } from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import { TertuliaError } from '../../core/error.ts'
import { id } from '../../core/parse.ts'
import { flag, list, row } from '../../core/shape.ts'
import { type Song, wholeSong } from '../schema.ts'
import { getSetlist } from '../setlists/operations.ts'
import { listFavorites } from '../songs/favorites.ts'
import { sendDraft } from './drafts.ts'
import type { SongDraft } from './schema.ts'
import type { Index, Listed, Shelf } from './shelf.ts'

/** How many songs and bytes a device keeps. */
export interface Bounds {
  songs: number
  bytes: number
}

const answerRow = row({ songs: list(wholeSong), gone: list(id), hasMore: flag })
const perCall = 200

const listedOf = ({ title, artist, key, version }: Song, bytes: number): Listed => ({
  title,
  artist,
  key,
  version,
  bytes,
})

/** The ids of the songs that the user asked for, the chosen ones first. */
export const askedIds = (index: Index): string[] => [
  ...new Set([...index.chosen, ...index.setlistSongs, ...index.favoriteIds]),
]

/** The same, and those of drafts. */
export const wantedIds = (index: Index): string[] => [
  ...new Set([...askedIds(index), ...index.drafts.map(({ songId }) => songId)]),
]

const bytesOf = (index: Index): number =>
  [...Object.values(index.songs), ...Object.values(index.setlists)].reduce(
    (sum, one) => sum + (one?.bytes ?? 0),
    0,
  )

const isSame = (a: SongDraft, b: SongDraft) => JSON.stringify(a) === JSON.stringify(b)

/** What one user keeps, brought up to date with the database. */
export function createRefresh(
  context: Context,
  shelf: Shelf,
  owner: string,
  { songs: mostSongs, bytes: mostBytes }: Bounds,
  signal: AbortSignal,
  changed: (index: Index) => void,
) {
  const change = async (run: (index: Index) => unknown) => {
    const index = await shelf.change(owner, run)
    changed(index)
    return index
  }

  async function sendDrafts(): Promise<void> {
    for (const draft of (await shelf.readIndex(owner)).drafts) {
      if (draft.state !== 'waiting') continue
      const sent = await sendDraft(context, draft, signal)
      const bytes = 'song' in sent ? await shelf.write(owner, `song:${sent.song.id}`, sent.song) : 0
      await change((index) => {
        const at = index.drafts.findIndex(({ songId }) => songId === draft.songId)
        const now = index.drafts[at]
        if ('song' in sent) {
          index.songs[draft.songId] = listedOf(sent.song, bytes)
          // What was typed while it was sent is a draft of the new version.
          if (now && isSame(now, draft)) index.drafts.splice(at, 1)
          else if (now) now.baseVersion = sent.song.version
        } else if (now && isSame(now, draft)) index.drafts[at] = { ...draft, ...sent }
      })
    }
  }

  async function readFavorites(): Promise<void> {
    const ids: string[] = []
    if ((await shelf.readIndex(owner)).favorites)
      for await (const song of listFavorites(context, { limit: 200, signal })) {
        if (ids.push(song.id) >= mostSongs) break
      }
    await change((index) => {
      index.favoriteIds = index.favorites ? ids : []
    })
  }

  async function readSetlists(): Promise<void> {
    const songs: string[] = []
    for (const setlistId of Object.keys((await shelf.readIndex(owner)).setlists)) {
      try {
        const setlist = await getSetlist(context, setlistId, { signal })
        const bytes = await shelf.write(owner, `setlist:${setlistId}`, setlist)
        songs.push(...setlist.entries.flatMap(({ songId }) => songId ?? []))
        await change((index) => {
          if (setlistId in index.setlists)
            index.setlists[setlistId] = { title: setlist.title, entryCount: setlist.entries.length, bytes }
          else index.leaving.push(`setlist:${setlistId}`)
        })
      } catch (error) {
        if (!(error instanceof TertuliaError && error.code === 'setlist_not_found')) throw error
        await change((index) => {
          delete index.setlists[setlistId]
          index.leaving.push(`setlist:${setlistId}`)
        })
      }
    }
    await change((index) => {
      index.setlistSongs = songs
    })
  }

  /** Stores what came; false when there is no room for it. */
  async function keepSongs(songs: Song[], gone: string[]): Promise<boolean> {
    let fits = true
    const listed: Record<string, Listed> = {}
    for (const song of songs) {
      try {
        listed[song.id] = listedOf(song, await shelf.write(owner, `song:${song.id}`, song))
      } catch {
        fits = false
      }
    }
    await change((index) => {
      for (const [songId, one] of Object.entries(listed)) {
        const before = index.songs[songId]
        if (bytesOf(index) - (before?.bytes ?? 0) + one.bytes > mostBytes) {
          fits = false
          delete index.songs[songId]
          index.leaving.push(`song:${songId}`)
        } else index.songs[songId] = one
      }
      for (const songId of gone) {
        delete index.songs[songId]
        index.leaving.push(`song:${songId}`)
        index.chosen = index.chosen.filter((one) => one !== songId)
      }
    })
    return fits
  }

  async function readSongs(): Promise<boolean> {
    const index = await change((now) => {
      const wanted = new Set(wantedIds(now).slice(0, mostSongs))
      for (const songId of Object.keys(now.songs).filter((one) => !wanted.has(one))) {
        delete now.songs[songId]
        now.leaving.push(`song:${songId}`)
      }
    })
    const wanted = wantedIds(index)
    let fits = wanted.length <= mostSongs
    for (let at = 0; at < Math.min(wanted.length, mostSongs); at += perCall) {
      const known = Object.fromEntries(
        wanted
          .slice(at, Math.min(at + perCall, mostSongs))
          .map((songId) => [songId, index.songs[songId]?.version ?? 0]),
      )
      for (let hasMore = true; hasMore; ) {
        const answer = await call(context, 'kept.refresh', { signal }, 'sync_songs', { known }, answerRow)
        hasMore = answer.hasMore
        for (const { id: songId, version } of answer.songs) known[songId] = version
        for (const songId of answer.gone) delete known[songId]
        fits = (await keepSongs(answer.songs, answer.gone)) && fits
      }
    }
    return fits
  }

  /** Asks the database once for everything; false when the device has no room for all of it. */
  return async (): Promise<boolean> => {
    await sendDrafts()
    await readFavorites()
    await readSetlists()
    const fits = await readSongs()
    await change((index) => {
      index.at = context.clock.now()
    })
    return fits
  }
}
