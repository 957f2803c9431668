import {
  getCurrentInstance,
  type InjectionKey,
  inject,
  type MaybeRefOrGetter,
  onMounted,
  onScopeDispose,
  provide,
  type ShallowRef,
  shallowRef,
  toValue,
  watch,
} from 'vue'
import type { Chat, ConversationSnapshot, InboxSnapshot, LiveInbox, OpenConversation } from '../chat/index.ts'
import type { TertuliaError } from '../core/error.ts'
import type { LiveHandle, LiveState, UserChanges } from '../live/types.ts'
import type { NoticesSnapshot, Sharing, WatchedNotices } from '../sharing/index.ts'
import type { Songs, WatchedSong, WatchedSongSnapshot } from '../songs/index.ts'

/** The domains that the composables use: all of a client, or those that your app has. */
export interface VueDomains {
  /** From `createChat`. */
  chat?: Chat | undefined
  /** From `createSongs`. */
  songs?: Songs | undefined
  /** From `createSharing`. */
  sharing?: Sharing | undefined
}

/** The result of a composable. */
export interface Live<Snapshot, Handle> {
  /** The present state; null until the handle is open. */
  readonly snapshot: Readonly<ShallowRef<Snapshot | null>>
  /** The handle to act with; null until the handle is open. */
  readonly handle: Readonly<ShallowRef<Handle | null>>
  /** Why the handle could not be opened, is offline, or closed; null otherwise. While the error is `retryable`, the handle retries. */
  readonly error: Readonly<ShallowRef<TertuliaError | null>>
}

const key: InjectionKey<VueDomains> = Symbol('tertulia')

/**
 * Gives a client to this component and those below it. Call it in `setup`.
 *
 * @param tertulia - The client, or an object with the domains that your app uses, such as `{ chat }`.
 * @example
 * ```ts
 * import { provideTertulia } from 'tertulia/vue'
 *
 * provideTertulia(tertulia)
 * ```
 */
export function provideTertulia(tertulia: VueDomains): void {
  provide(key, tertulia)
}

function domain<Name extends keyof VueDomains>(name: Name): NonNullable<VueDomains[Name]> {
  const found = inject(key, null)?.[name]
  if (found) return found
  throw new Error(`unable to find ${name}; no component above this one called provideTertulia with it`)
}

/**
 * Holds a live handle while the component, or another effect scope, is alive: another handle when the source changes or another user
 * signs in, none while the source is null. Build your own composables with it.
 *
 * @param domain - The domain that the handle comes from, such as `tertulia.songs`: it says who is signed in.
 * @param source - What `open` opens, such as an id; null to open nothing.
 * @param open - Returns the handle, or a promise of it.
 * @example
 * ```ts
 * const { snapshot } = useLive(tertulia.songs, songId, (id) => tertulia.songs.watch(id))
 * ```
 */
export function useLive<Source, Snapshot extends LiveState<string>, Handle extends LiveHandle<Snapshot>>(
  domain: UserChanges,
  source: MaybeRefOrGetter<Source | null>,
  open: (source: Source) => Handle | Promise<Handle>,
): Live<Snapshot, Handle> {
  const snapshot = shallowRef(null) as ShallowRef<Snapshot | null>
  const handle = shallowRef(null) as ShallowRef<Handle | null>
  const error = shallowRef(null) as ShallowRef<TertuliaError | null>
  let close = () => {}
  let user: string | null = null
  let last: string | null = null
  let openedFor: string | null = null

  /** Opens it again, once for each user who signs in, when it ended because nobody or another user was signed in. */
  function reopen(): void {
    const ended = snapshot.value?.closeReason === 'signed-out' || error.value?.code === 'not_signed_in'
    if (user === null || openedFor === user || !ended) return
    openedFor = user
    void follow(toValue(source))
  }

  async function follow(wanted: Source | null): Promise<void> {
    close()
    snapshot.value = handle.value = error.value = null
    let over = false
    close = () => {
      over = true
    }
    if (wanted === null) return
    try {
      const opened = await open(wanted)
      if (over) return opened.close()
      const show = () => {
        snapshot.value = opened.getSnapshot()
        error.value = snapshot.value.error
        reopen()
      }
      const stop = opened.subscribe(show)
      close = () => {
        stop()
        opened.close()
      }
      handle.value = opened
      show()
    } catch (failure) {
      if (over) return
      error.value = failure as TertuliaError
      reopen()
    }
  }

  let stop = () => {}
  function begin(): void {
    watch(() => toValue(source), follow, { immediate: true })
    stop = domain.onUserChange((now) => {
      if (now !== user) openedFor = null
      // What one user saw is not for the next, however the handle ended.
      const isAnother = now !== null && last !== null && now !== last
      user = now
      last = now ?? last
      if (isAnother) void follow(toValue(source))
      else reopen()
      if (now === null && snapshot.value?.status === 'closed' && snapshot.value.closeReason !== 'signed-out')
        snapshot.value = handle.value = null
    })
  }
  // Nothing is opened while a server renders: it would never be closed.
  if (getCurrentInstance()) onMounted(begin)
  else begin()
  onScopeDispose(() => {
    stop()
    close()
  })
  return { snapshot, handle, error }
}

/**
 * Holds a conversation open while the component is alive, and another one when `id` changes.
 *
 * @param id - The conversation's id, also as a ref or getter; null to open none.
 * @returns `error` is `invalid_input` for an id that is not a UUID, `conversation_not_found` or `not_signed_in`.
 * @example
 * ```ts
 * const { snapshot, handle } = useConversation(() => props.id)
 * const send = () => handle.value?.send({ content: 'Hello' })
 * ```
 */
export function useConversation(
  id: MaybeRefOrGetter<string | null>,
): Live<ConversationSnapshot, OpenConversation> {
  const chat = domain('chat')
  return useLive(chat, id, (one) => chat.openConversation(one))
}

/**
 * Holds your direct conversation with another user open while the component is alive. The first call creates it.
 *
 * @param userId - The other user's id, also as a ref or getter; null to open none.
 * @returns `error` is `profile_not_found`, `blocked`, `invalid_input` or `not_signed_in`.
 * @example
 * ```ts
 * const { snapshot } = useDirect(() => props.userId)
 * ```
 */
export function useDirect(
  userId: MaybeRefOrGetter<string | null>,
): Live<ConversationSnapshot, OpenConversation> {
  const chat = domain('chat')
  return useLive(chat, userId, (one) => chat.openDirect(one))
}

/**
 * Holds your inbox live while the component is alive.
 *
 * @returns `error` is `not_signed_in` when no user is signed in.
 * @example
 * ```ts
 * const { snapshot } = useInbox() // snapshot.value?.unread
 * ```
 */
export function useInbox(): Live<InboxSnapshot, LiveInbox> {
  const chat = domain('chat')
  return useLive(chat, 'inbox', () => chat.watchInbox())
}

/**
 * Watches a song while the component is alive, and another one when `songId` changes.
 *
 * @param songId - The song's id, also as a ref or getter; null to watch none.
 * @returns `error` is `song_not_found` when the user may not see the song.
 * @example
 * ```ts
 * const { snapshot } = useSong(() => props.songId) // snapshot.value?.song?.title
 * ```
 */
export function useSong(songId: MaybeRefOrGetter<string | null>): Live<WatchedSongSnapshot, WatchedSong> {
  const songs = domain('songs')
  return useLive(songs, songId, (one) => songs.watch(one))
}

/**
 * Holds your newest notices live while the component is alive.
 *
 * @returns `error` is `not_signed_in` when no user is signed in.
 * @example
 * ```ts
 * const { snapshot } = useNotices() // snapshot.value?.unread
 * ```
 */
export function useNotices(): Live<NoticesSnapshot, WatchedNotices> {
  const sharing = domain('sharing')
  return useLive(sharing, 'notices', () => sharing.watchNotices())
}
