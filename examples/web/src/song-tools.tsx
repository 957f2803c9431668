import { useCallback, useState } from 'react'
import { tertulia } from './client.ts'
import { Failure } from './failure.tsx'
import { useLoaded } from './use-loaded.ts'

/** Transposes the song on the screen by semitones; the saved song does not change. */
export function Transposer({ by, onChange }: { by: number; onChange: (by: number) => void }) {
  return (
    <fieldset className="transposer">
      <legend>Transpose</legend>
      <button type="button" aria-label="A semitone down" onClick={() => onChange(by - 1)}>
        −
      </button>
      <output>{by > 0 ? `+${by}` : by}</output>
      <button type="button" aria-label="A semitone up" onClick={() => onChange(by + 1)}>
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
  const { value } = useLoaded(useCallback((signal) => isFavorite(songId, signal), [songId]))
  const [chosen, setChosen] = useState<boolean>()
  const [failure, setFailure] = useState<unknown>(null)
  const isOn = chosen ?? value
  if (isOn === undefined) return null
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
      <button type="button" className="favorite" aria-pressed={isOn} onClick={toggle}>
        {isOn ? '♥ Favourite' : '♡ Favourite'}
      </button>
      {failure !== null && <Failure error={failure} />}
    </>
  )
}
