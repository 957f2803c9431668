'use client'

import { useActionState } from 'react'
import { addSong } from './actions'

export function AddSong() {
  const [{ title, refused }, action, isPending] = useActionState(addSong, {})
  return (
    <form action={action}>
      <label>
        ChordPro <textarea name="content" required defaultValue="{title: Luna}&#10;[Am]La la [E7]la" />
      </label>
      <label>
        Language <input name="language" placeholder="es" />
      </label>
      <button type="submit" disabled={isPending}>
        Add
      </button>
      {title && <p role="status">Added {title}</p>}
      {refused && (
        <p role="alert">
          {refused.field} {refused.message}
        </p>
      )}
    </form>
  )
}
