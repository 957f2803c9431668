import { languages, setLanguage, useLanguage, useWords } from '../words/index.ts'

export function LanguageChoice() {
  const t = useWords()
  return (
    <select
      className="language"
      aria-label={t.language}
      value={useLanguage()}
      onChange={(event) => setLanguage(event.target.value)}
    >
      {languages.map(([tag, name]) => (
        <option key={tag} value={tag} lang={tag}>
          {name}
        </option>
      ))}
    </select>
  )
}
