import { refusal } from '../core/error.ts'

/** What makes random numbers: the module `expo-crypto`, or anything like the browser's `crypto`. */
export interface NativeCrypto {
  /** Fills an array with random numbers. */
  getRandomValues(array: Uint8Array): unknown
}

const passes = (test: () => unknown) => {
  try {
    return Boolean(test())
  } catch {
    return false
  }
}

/** What Tertulia and supabase-js use, with the package that brings it where an engine lacks it. */
const features: [name: string, from: string, test: () => unknown][] = [
  // React Native's own URL takes an address and throws at the first part that it is asked for.
  ['URL', 'react-native-url-polyfill/auto', () => new URL('http://a/?b=1').searchParams.get('b') === '1'],
  [
    'crypto.getRandomValues',
    'react-native-get-random-values',
    () => crypto.getRandomValues(new Uint8Array(1)).length,
  ],
  ['TextEncoder', 'fast-text-encoding', () => new TextEncoder().encode('é').length === 2],
  ['TextDecoder', 'fast-text-encoding', () => new TextDecoder().decode(new Uint8Array([97])) === 'a'],
  ['btoa', 'base-64', () => atob(btoa('a')) === 'a'],
]

/**
 * Checks that the JavaScript engine has what Tertulia and supabase-js need, and names the packages that bring what is missing. Call it
 * before `createClient`.
 *
 * @param options - `crypto`: used where the engine has none, such as the module `expo-crypto`. Ids of messages come from it.
 * @throws `missing_feature`, with the packages to import in `hint`.
 * @example
 * ```ts
 * import { checkPolyfills } from 'tertulia/react-native'
 *
 * // import * as ExpoCrypto from 'expo-crypto'
 * checkPolyfills({ crypto: ExpoCrypto })
 * ```
 */
export function checkPolyfills(
  options: {
    /** Makes random numbers where the engine does not. */
    crypto?: NativeCrypto | undefined
  } = {},
): void {
  const given = options.crypto
  if (given && !passes(() => crypto.getRandomValues(new Uint8Array(1)))) {
    const getRandomValues = (array: Uint8Array) => given.getRandomValues(array)
    const own = Object.assign(Object(globalThis.crypto), { getRandomValues })
    Object.defineProperty(globalThis, 'crypto', { value: own, configurable: true, writable: true })
  }
  const missing = features.filter(([, , test]) => !passes(test))
  if (missing.length === 0) return
  const packages = [...new Set(missing.map(([, from]) => from))]
  throw refusal(
    'missing_feature',
    'checkPolyfills',
    `this engine has no ${missing.map(([name]) => name).join(', no ')}`,
    { hint: `Import ${packages.map((one) => `'${one}'`).join(' and ')} before everything else.` },
  )
}
