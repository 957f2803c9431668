import type { AnalyticsEvent } from './events.ts'

/** Queues what people do and sends it in batches. */
export interface Tracker {
  /**
   * Notes an event and returns at once; it is sent within ten seconds with others, when the page is left (also by the click in which you
   * track), or when the network is back, up to three days later. What the network does never reaches the caller. The same event of a viewer counts once
   * a day; one's own song and profile, bots, and what the viewer may not see count as nothing.
   *
   * @throws `invalid_input` at once, for a kind that does not exist or an id that is not a UUID.
   * @example
   * ```ts
   * tertulia.analytics.track({ kind: 'song_view', songId: song.id })
   * ```
   */
  track(event: AnalyticsEvent): void
  /**
   * Sends what waits, and what was tracked a moment ago, now; resolves when it was tried. Never rejects.
   *
   * @example
   * ```ts
   * await tertulia.analytics.flush()
   * ```
   */
  flush(): Promise<void>
  /**
   * The person agrees. With `requireConsent` nothing is noted, kept or sent before. The answer is kept on the device.
   *
   * @example
   * ```ts
   * agreeButton.onclick = () => tertulia.analytics.optIn()
   * ```
   */
  optIn(): Promise<void>
  /**
   * The person does not agree: what waits is thrown away, and nothing is noted until `optIn()`.
   *
   * @example
   * ```ts
   * await tertulia.analytics.optOut()
   * ```
   */
  optOut(): Promise<void>
  /**
   * Ends timers and listeners for good; later events are dropped. What waits stays on the device for the next client.
   *
   * @example
   * ```ts
   * tertulia.analytics.close()
   * ```
   */
  close(): void
}
