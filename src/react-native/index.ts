export { TertuliaError } from '../core/error.ts'
export type { Lifecycle } from '../live/lifecycle.ts'
export { readNativeFile } from './file.ts'
export {
  type NativeAppState,
  type NativeAuth,
  type NativeNetInfo,
  nativeLifecycle,
  refreshWhileActive,
} from './lifecycle.ts'
export { checkPolyfills, type NativeCrypto } from './polyfills.ts'
