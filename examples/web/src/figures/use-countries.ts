import type { CountryViews } from 'tertulia'
import { useLanguage, useWords } from '../words/index.ts'

/** Countries by their names, the most views first. */
export function useCountries(countries: readonly CountryViews[]): { name: string; count: number }[] {
  const t = useWords()
  const names = new Intl.DisplayNames([useLanguage()], { type: 'region', fallback: 'code' })
  return countries
    .map(({ country, views }) => ({
      name: country ? (names.of(country) ?? country) : t.unknown,
      count: views,
    }))
    .sort((one, other) => other.count - one.count)
    .slice(0, 8)
}
