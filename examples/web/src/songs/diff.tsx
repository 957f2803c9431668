import { useMemo } from 'react'
import { type DiffLine, diffText } from 'tertulia/diff'
import { useWords } from '../words/index.ts'

/** What changed between two texts of a song, by line, chord and word. */
export function Diff({ before, after }: { before: string; after: string }) {
  const t = useWords()
  const lines = useMemo(() => diffText(before, after), [before, after])
  if (lines.every(({ kind }) => kind === 'same')) return <p className="empty">{t.noDifference}</p>
  return (
    <pre className="diff">
      {lines.map((line, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines do not move
        <LineOf key={at} line={line} />
      ))}
    </pre>
  )
}

function LineOf({ line }: { line: DiffLine }) {
  if (line.kind !== 'changed') {
    const Line = line.kind === 'added' ? 'ins' : line.kind === 'removed' ? 'del' : 'span'
    return <Line>{line.text || ' '}</Line>
  }
  return (
    <span className="changed">
      {line.pieces.map(({ kind, text }, at) => {
        const Piece = kind === 'added' ? 'ins' : kind === 'removed' ? 'del' : 'span'
        // biome-ignore lint/suspicious/noArrayIndexKey: the pieces do not move
        return <Piece key={at}>{text}</Piece>
      })}
    </span>
  )
}
