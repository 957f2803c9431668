import { useSyncExternalStore } from 'react'
import { en, type Words } from './en.ts'
import { es } from './es.ts'
import { pt } from './pt.ts'

const words: Record<string, Words> = { en, es, pt }
const storageKey = 'tertulia-demo-language'

export type { Words }

/** The languages of the demo by their own names. */
export const languages = [
  ['en', 'English'],
  ['es', 'Español'],
  ['pt', 'Português'],
] as const

function firstLanguage(): string {
  const wanted = [localStorage.getItem(storageKey), ...navigator.languages]
  return wanted.map((tag) => tag?.slice(0, 2) ?? '').find((tag) => tag in words) ?? 'en'
}

let language = firstLanguage()
document.documentElement.lang = language
const listeners = new Set<() => void>()

export function setLanguage(tag: string): void {
  language = tag
  localStorage.setItem(storageKey, tag)
  document.documentElement.lang = tag
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The language of the page: that of the browser until the user chooses another one. */
export const useLanguage = (): string => useSyncExternalStore(subscribe, () => language)

/** The texts in the language of the page. */
export const useWords = (): Words => words[useLanguage()] ?? en
