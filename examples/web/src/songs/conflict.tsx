import { type FormEvent, useState } from 'react'
import type { MergedPart, MergedText } from 'tertulia/diff'
import { useWords } from '../words/index.ts'

type Side = 'mine' | 'theirs' | 'both'

/** Lines of both, each with its end. */
const joined = (one: string, other: string) => (one === '' || one.endsWith('\n') ? one : `${one}\n`) + other

function textOf(part: MergedPart, side: Side): string {
  if (part.kind === 'merged') return part.text
  return side === 'both' ? joined(part.mine, part.theirs) : part[side]
}

/** Two changes of the same lines: the user says which lines stay. */
export function Conflict({ merged, onResolve }: { merged: MergedText; onResolve(text: string): void }) {
  const t = useWords()
  const [sides, setSides] = useState<Record<number, Side>>({})
  function submit(event: FormEvent) {
    event.preventDefault()
    onResolve(merged.parts.map((part, at) => textOf(part, sides[at] ?? 'mine')).join(''))
  }
  return (
    <form className="conflict" onSubmit={submit}>
      <p className="note" role="alert">
        {t.conflict(merged.conflicts)}
      </p>
      {merged.parts.map((part, at) =>
        part.kind === 'merged' ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts do not move
          <pre key={at}>{part.text}</pre>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts do not move
          <fieldset key={at}>
            <legend>{t.whichLines}</legend>
            {(['mine', 'theirs', 'both'] as const).map((side) => (
              <label key={side}>
                <input
                  type="radio"
                  name={`part-${at}`}
                  checked={(sides[at] ?? 'mine') === side}
                  onChange={() => setSides({ ...sides, [at]: side })}
                />
                <span>{t.conflictSides[side]}</span>
                <pre>{textOf(part, side) || '—'}</pre>
              </label>
            ))}
          </fieldset>
        ),
      )}
      <p className="buttons">
        <button type="submit" className="primary">
          {t.goOn}
        </button>
      </p>
    </form>
  )
}
