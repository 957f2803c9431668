import type { Context } from '../core/context.ts'
import { newId } from '../core/new-id.ts'
import { id } from '../core/parse.ts'
import {
  json,
  object,
  oneOf,
  optional,
  type Reader,
  row,
  ShapeError,
  text,
  toColumns,
} from '../core/shape.ts'

/** An action of a user that an app reports. The database sees edits, favourites and conversations itself. */
export type AnalyticsEvent =
  | {
      /** `song_view`: the song was opened. `song_share`: it was shared with the device's share sheet or a copied link. */
      kind: 'song_view' | 'song_share'
      songId: string
    }
  | {
      /** The user played or read the song, and has left it now. */
      kind: 'song_session'
      songId: string
      /** The length of the session in seconds. Less than 1 counts as 1, and more than four hours as four hours. */
      durationSeconds: number
    }
  | {
      /** `profile_view`: a profile was opened. `contact_click`: the button that leads to a conversation was pressed. */
      kind: 'profile_view' | 'contact_click'
      profileId: string
    }
  | {
      /** An event of your app's own: `app:` and a name that your project declares in `private.app_events`. */
      kind: `app:${string}`
      /** The song, for an event that is declared for songs. */
      songId?: string | undefined
      /** The profile, for an event that is declared for profiles. */
      profileId?: string | undefined
      /** Values that the declaration lists, such as `{ format: 'pdf' }`. */
      properties?: Record<string, string> | undefined
    }

const duration: Reader<number> = (value, path) => {
  if (typeof value === 'number' && value >= 0) return Math.round(Math.min(Math.max(value, 1), 14_400))
  throw new ShapeError(path, 'seconds, 0 or more')
}
const ofSong = object({ kind: oneOf('song_view', 'song_share'), songId: id })
const ofProfile = object({ kind: oneOf('profile_view', 'contact_click'), profileId: id })
const readers = {
  song_view: ofSong,
  song_share: ofSong,
  song_session: object({ kind: oneOf('song_session'), songId: id, durationSeconds: duration }),
  profile_view: ofProfile,
  contact_click: ofProfile,
}
const kinds = row({
  kind: oneOf('song_view', 'song_share', 'song_session', 'profile_view', 'contact_click'),
})

/** The rest is the declaration's, which the database has. */
const appEvent = object({
  kind: text({ pattern: /^app:[a-z][a-z\d_]{0,39}$/, expected: 'app:name' }) as Reader<`app:${string}`>,
  songId: optional(id),
  profileId: optional(id),
  properties: optional(json) as Reader<Record<string, string> | undefined>,
})

/** Reads an event that an app gives. */
export const analyticsEvent: Reader<AnalyticsEvent> = (value, path) =>
  /^app:/.test((value as AnalyticsEvent)?.kind)
    ? appEvent(value, path)
    : readers[kinds(value, path).kind](value, path)

/** The site that led to this page, without a path; undefined for a page of the same site. */
export function readReferrer(): string | undefined {
  const origin = /^[a-z-]+:\/\/[^/?#]+/.exec(globalThis.document?.referrer ?? '')?.[0]
  return origin === globalThis.location?.origin ? undefined : origin
}

/** An event that waits to be sent. */
export interface WaitingEvent {
  /** Names it in the queue, and goes no further. */
  id: string
  /** In milliseconds since the epoch. */
  at: number
  event: AnalyticsEvent
  /** Of the first view of a page. */
  referrer?: string | undefined
}

export const waitingEvent = (context: Context, event: AnalyticsEvent): WaitingEvent => ({
  id: newId(),
  at: context.clock.now(),
  event,
})

/** As the database takes them. */
export const toBatch = (events: readonly WaitingEvent[]) =>
  events.map(({ at, event, referrer }) => ({ ...toColumns(event), at, referrer }))
