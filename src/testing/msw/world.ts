import type { Args, Chat, Notice, Profile, Share, StoredLink, StoredSong, Transfer } from './rows.ts'

/** A user with what belongs to them alone. */
export interface Account {
  id: string
  email: string
  password: string
  profile: Profile
  /** When the user began to follow another, by id. */
  follows: Map<string, string>
  blocks: Map<string, string>
  /** When songs became favorites, by id. */
  favorites: Map<string, string>
  notices: Notice[]
}

/** What a fake backend knows. Everything is in memory, and in the shape of the database's answers. */
export interface World {
  accounts: Map<string, Account>
  chats: Map<string, Chat>
  songs: Map<string, StoredSong>
  shares: Map<string, Share>
  links: Map<string, StoredLink>
  transfers: Map<string, Transfer>
  files: Map<string, { bytes: ArrayBuffer; type: string; owner: string }>
  /** Grows with each change of chat. */
  position: number
  /** The present time as the database writes it; no two are the same. */
  now(): string
  /** Sends an event to a user's devices. */
  deliver(userId: string, event: string, payload: object): void
}

/** A function of the database: what it answers to a signed-in user. */
export type Call = (world: World, me: Account, args: Args) => unknown

export function createWorld(deliver: World['deliver']): World {
  let last = 0
  return {
    accounts: new Map(),
    chats: new Map(),
    songs: new Map(),
    shares: new Map(),
    links: new Map(),
    transfers: new Map(),
    files: new Map(),
    position: 1,
    now() {
      last = Math.max(last + 1, Date.now() * 1000)
      const micros = String(last % 1000).padStart(3, '0')
      return new Date(Math.floor(last / 1000)).toISOString().replace('Z', `${micros}+00:00`)
    },
    deliver,
  }
}

/** A page of rows that are in order: those after the key of the last one, at most `page_size`. */
export function page<T>(rows: T[], args: Args, isAfter: (row: T) => boolean): T[] {
  return rows.filter(isAfter).slice(0, args.page_size ?? 50)
}

/** Rows with the latest first, by time and id. */
export function latestFirst<T>(rows: T[], keyOf: (row: T) => [string, string]): T[] {
  const key = (row: T) => keyOf(row).join(' ')
  return [...rows].sort((a, b) => (key(a) < key(b) ? 1 : -1))
}

/** Whether a row comes after the one that a cursor names. */
export const isBefore = (key: [string, string], at?: string, id?: string) =>
  at === undefined || key.join(' ') < `${at} ${id}`

export const person = ({ profile }: Account) => ({
  id: profile.id,
  handle: profile.handle,
  display_name: profile.display_name,
  avatar_path: profile.avatar_path,
})
