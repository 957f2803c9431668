import type { AnalyticsEvent } from './events.ts'

/** Queues events on the device and sends them in batches. */
export interface Tracker {
  /**
   * Queues an event and returns at once. The queue is sent within ten seconds, when the user leaves the page, or when the network is back
   * up to three days later. Failures of the network do not reach you. The database counts the same event of a viewer once a day, and
   * ignores your own song or profile, bots, and what the viewer may not see. In a page that the browser prerenders the event waits until
   * the page is shown. In a browser the first view of a page also carries the site that led to it (`document.referrer`, without path and
   * query). An `app:` event that your project has not declared is refused by the database, which `onOperation` reports as `invalid_input`.
   *
   * @param event - What the user did.
   * @throws `invalid_input`, while you call it, for an unknown kind or an id that is not a UUID.
   * @example
   * ```ts
   * tertulia.analytics.track({ kind: 'song_view', songId: song.id })
   * ```
   */
  track(event: AnalyticsEvent): void
  /**
   * Sends the queue now, with what you tracked just before. Resolves after the attempt and never rejects.
   *
   * @example
   * ```ts
   * await tertulia.analytics.flush()
   * ```
   */
  flush(): Promise<void>
  /**
   * Records on this device that the user agrees to analytics. With `requireConsent` nothing is queued or sent before. It
   * never rejects: when the storage fails, the answer holds as long as the client.
   *
   * @example
   * ```ts
   * button.onclick = () => tertulia.analytics.optIn()
   * ```
   */
  optIn(): Promise<void>
  /**
   * Records on this device that the user does not agree. The queue is emptied, and nothing is queued until `optIn()`. It
   * never rejects: when the storage fails, the answer holds as long as the client.
   *
   * @example
   * ```ts
   * await tertulia.analytics.optOut()
   * ```
   */
  optOut(): Promise<void>
  /**
   * Permanently stops timers and listeners; later events are dropped. The queue, with what you tracked just before, stays on the device for the
   * next client.
   *
   * @example
   * ```ts
   * tertulia.analytics.close()
   * ```
   */
  close(): void
}
