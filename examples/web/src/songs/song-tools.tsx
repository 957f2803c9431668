import { useCallback, useMemo, useState } from 'react'
import { type ChordProSong, describeSong, moveCapo, renderPrint, suggestCapo } from 'tertulia/chordpro'
import { tertulia } from '../client.ts'
import { Failure } from '../ui/failure.tsx'
import { useLoaded } from '../ui/use-loaded.ts'
import { useWords } from '../words/index.ts'

/** Transposes the song on the screen by semitones; the saved song does not change. */
export function Transposer({ by, onChange }: { by: number; onChange: (by: number) => void }) {
  const t = useWords()
  return (
    <fieldset className="transposer">
      <legend>{t.transpose}</legend>
      <button type="button" aria-label={t.semitoneDown} onClick={() => onChange(by - 1)}>
        −
      </button>
      <output>{by > 0 ? `+${by}` : by}</output>
      <button type="button" aria-label={t.semitoneUp} onClick={() => onChange(by + 1)}>
        +
      </button>
    </fieldset>
  )
}

async function isFavorite(songId: string, signal: AbortSignal): Promise<boolean> {
  for await (const song of tertulia.songs.listFavorites({ limit: 200, signal })) {
    if (song.id === songId) return true
  }
  return false
}

/** Adds a song to the user's favourites or removes it. Only that user can see them. */
export function FavoriteButton({ songId }: { songId: string }) {
  const t = useWords()
  const { value } = useLoaded(useCallback((signal) => isFavorite(songId, signal), [songId]))
  const [chosen, setChosen] = useState<boolean>()
  const [failure, setFailure] = useState<unknown>(null)
  const isOn = chosen ?? value
  const toggle = () => {
    setChosen(!isOn)
    setFailure(null)
    const change = isOn ? tertulia.songs.unfavorite(songId) : tertulia.songs.favorite(songId)
    change.catch((error) => {
      setChosen(isOn)
      setFailure(error)
    })
  }
  return (
    <>
      <button
        type="button"
        className="favorite"
        aria-pressed={isOn === true}
        disabled={isOn === undefined}
        onClick={toggle}
      >
        {isOn ? '♥' : '♡'} {t.favourite}
      </button>
      {failure !== null && <Failure error={failure} />}
    </>
  )
}

/** Prints a page of its own, and not the one on the screen. */
export function printHtml(html: string): void {
  const frame = document.createElement('iframe')
  frame.className = 'hidden'
  frame.srcdoc = html
  frame.onload = () => {
    frame.contentWindow?.addEventListener('afterprint', () => frame.remove())
    frame.contentWindow?.print()
  }
  document.body.append(frame)
}

/** Prints the song as it stands on the screen, transposed. */
export function PrintButton({ song }: { song: ChordProSong }) {
  const t = useWords()
  return (
    <button type="button" onClick={() => printHtml(renderPrint([song]))}>
      {t.print}
    </button>
  )
}

/** The fret that saves most barre chords, if it saves any. */
export function CapoHint({ song }: { song: ChordProSong }) {
  const t = useWords()
  const hint = useMemo(() => {
    const [best, ...others] = suggestCapo(song)
    const now = [best, ...others].find((one) => one?.fret === 0)
    if (!best || best.fret === 0 || (now && now.ease >= best.ease)) return null
    return { fret: best.fret, key: describeSong(moveCapo(song, best.fret)).key ?? best.chords[0] ?? '' }
  }, [song])
  return hint && <p className="capo-hint">{t.easierCapo(hint.fret, hint.key)}</p>
}
