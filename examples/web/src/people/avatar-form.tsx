import type { ChangeEvent } from 'react'
import type { Profile } from 'tertulia'
import { stripMetadata } from 'tertulia/images'
import { tertulia } from '../client.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Failure } from '../ui/failure.tsx'
import { useAttempt } from '../ui/use-attempt.ts'
import { useWords } from '../words/index.ts'

/** The picture of the user, without the place where it was taken. */
export function AvatarForm({ profile, onSaved }: { profile: Profile; onSaved(): void }) {
  const t = useWords()
  const { failure, busy, attempt } = useAttempt()
  const change = (work: () => Promise<unknown>) => attempt(work).then((isDone) => isDone && onSaved())
  function choose(event: ChangeEvent<HTMLInputElement>) {
    const file = event.target.files?.[0]
    event.target.value = ''
    if (!file) return
    void change(async () => {
      const { bytes } = await stripMetadata(file)
      await tertulia.profiles.setAvatar(bytes)
    })
  }
  return (
    <div className="avatar-form">
      <Avatar name={profile.displayName} url={profile.avatarUrl} />
      <label className="button">
        {t.choosePicture}
        <input type="file" accept="image/*" className="hidden" disabled={busy} onChange={choose} />
      </label>
      {profile.avatarUrl && (
        <button type="button" disabled={busy} onClick={() => change(() => tertulia.profiles.removeAvatar())}>
          {t.remove}
        </button>
      )}
      {failure !== null && <Failure error={failure} />}
    </div>
  )
}
