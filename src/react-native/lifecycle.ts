import type { Lifecycle } from '../live/lifecycle.ts'

/** `AppState` of React Native, as far as it is used. */
export interface NativeAppState {
  /** Calls `listener` with `active`, `inactive` or `background`. */
  addEventListener(type: 'change', listener: (state: string) => void): { remove(): void }
}

/** `supabase.auth`, as far as it is used. */
export interface NativeAuth {
  /** Renews the session before it expires, from now on. */
  startAutoRefresh(): unknown
  /** Stops renewing it. */
  stopAutoRefresh(): unknown
}

/** The state of the network. */
interface NetworkState {
  isConnected?: boolean | null | undefined
  type?: unknown
}

/** The default export of `@react-native-community/netinfo`, or the module `expo-network`. */
export interface NativeNetInfo {
  /** Of NetInfo. */
  addEventListener?(listener: (state: NetworkState) => void): unknown
  /** Of `expo-network`. */
  addNetworkStateListener?(listener: (state: NetworkState) => void): unknown
}

function listenTo(network: NativeNetInfo, listener: (state: NetworkState) => void): () => void {
  const stop = network.addNetworkStateListener?.(listener) ?? network.addEventListener?.(listener)
  return () => {
    if (typeof stop === 'function') stop()
    else (stop as { remove?(): void } | undefined)?.remove?.()
  }
}

/** Calls back when the app comes back from the background, and when it goes there. A pulled-down menu of iOS is neither. */
function watchApp(app: NativeAppState, back: () => void, gone?: () => void): () => void {
  let isAway = false
  const subscription = app.addEventListener('change', (state: string) => {
    if (state === 'background' && !isAway) {
      isAway = true
      gone?.()
    } else if (state === 'active' && isAway) {
      isAway = false
      back()
    }
  })
  return () => subscription.remove()
}

/**
 * Makes the lifecycle of an app: live handles check for missed changes when the app comes back, and when the network comes back or
 * changes, as from Wi-Fi to mobile. Unsent messages go out then. Pass the modules themselves, so that this package depends on neither.
 *
 * Without `NetInfo` a lost network is noticed by its timeouts. Whether the internet is reachable is not asked, because iOS reports it
 * wrongly for a while after the app comes back.
 *
 * @param modules - `AppState` of `react-native`, and optionally `NetInfo`.
 * @example
 * ```ts
 * import { nativeLifecycle } from 'tertulia/react-native'
 *
 * // import AsyncStorage from '@react-native-async-storage/async-storage'
 * // import NetInfo from '@react-native-community/netinfo'
 * // import { AppState } from 'react-native'
 * const tertulia = createTertulia(supabase, {
 *   lifecycle: nativeLifecycle({ AppState, NetInfo }),
 *   storage: AsyncStorage,
 * })
 * ```
 */
export function nativeLifecycle(modules: {
  /** Of `react-native`. */
  AppState: NativeAppState
  /** Of `@react-native-community/netinfo` (the default export), or all of `expo-network`. */
  NetInfo?: NativeNetInfo | undefined
}): Lifecycle {
  const { AppState, NetInfo } = modules
  return {
    onWake(wake) {
      const stopApp = watchApp(AppState, wake)
      let before: NetworkState | undefined
      const stopNetwork =
        NetInfo &&
        listenTo(NetInfo, (now) => {
          const isBack =
            now.isConnected && before && (before.isConnected === false || before.type !== now.type)
          before = now
          if (isBack) wake()
        })
      return () => {
        stopApp()
        stopNetwork?.()
      }
    },
    onOffline(lost) {
      if (!NetInfo) return () => {}
      let wasConnected = true
      return listenTo(NetInfo, ({ isConnected }) => {
        const isLost = wasConnected && isConnected === false
        wasConnected = isConnected !== false
        if (isLost) lost()
      })
    },
    onHide: (hidden) => watchApp(AppState, () => {}, hidden),
  }
}

/**
 * Renews the session while the app is in the foreground, and not in the background, where timers stop. Call it once, after `createClient`.
 *
 * @param auth - `supabase.auth`.
 * @param appState - `AppState` of `react-native`.
 * @returns What ends it.
 * @example
 * ```ts
 * import { refreshWhileActive } from 'tertulia/react-native'
 *
 * const stop = refreshWhileActive(supabase.auth, AppState)
 * ```
 */
export function refreshWhileActive(auth: NativeAuth, appState: NativeAppState): () => void {
  auth.startAutoRefresh()
  return watchApp(
    appState,
    () => auth.startAutoRefresh(),
    () => auth.stopAutoRefresh(),
  )
}
