import type { Profile } from 'tertulia'
import { useLanguage, useWords } from '../words/index.ts'

/** What a user says of themselves. */
export function About({ profile }: { profile: Profile }) {
  const t = useWords()
  const language = useLanguage()
  const name = (type: 'region' | 'language', code: string) =>
    new Intl.DisplayNames([language], { type, fallback: 'code' }).of(code)
  const facts = [
    profile.country && name('region', profile.country),
    profile.experienceYears !== null && t.yearsOfExperience(profile.experienceYears),
    ...profile.languages.map((tag) => name('language', tag)),
    ...profile.professionalTypes,
    ...profile.tags.map((tag) => tag.name),
    ...profile.software,
  ].filter((fact): fact is string => typeof fact === 'string' && fact !== '')
  return (
    <div className="about">
      {profile.bio && <p>{profile.bio}</p>}
      <ul className="facts">
        {[...new Set(facts)].map((fact) => (
          <li key={fact} className="trait">
            {fact}
          </li>
        ))}
      </ul>
      {profile.links.map(({ label, url }) => (
        <a key={url} className="link" href={url} target="_blank" rel="noopener noreferrer nofollow">
          {label}
        </a>
      ))}
    </div>
  )
}
