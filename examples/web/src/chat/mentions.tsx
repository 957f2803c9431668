import type { Participant } from 'tertulia'
import { useWords } from '../words/index.ts'

interface Props {
  text: string
  people: readonly Participant[]
  onPick(text: string): void
}

const simple = (name: string) => name.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '')

/** While the user types an @, the participants whose names begin so. */
export function Mentions({ text, people, onPick }: Props) {
  const t = useWords()
  const begun = /(?:^|\s)@([^@\s]*)$/u.exec(text)
  if (!begun) return null
  const prefix = simple(begun[1] ?? '')
  const found = people.filter(({ displayName }) => simple(displayName).startsWith(prefix)).slice(0, 5)
  if (found.length === 0) return null
  const before = text.slice(0, text.length - (begun[1] ?? '').length)
  return (
    <fieldset className="choices mentions" aria-label={t.mention}>
      {found.map(({ id, displayName }) => (
        <button key={id} type="button" onClick={() => onPick(`${before}${displayName} `)}>
          {displayName}
        </button>
      ))}
    </fieldset>
  )
}
