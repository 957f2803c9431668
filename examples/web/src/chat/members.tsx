import { useState } from 'react'
import type { Conversation } from 'tertulia'
import { tertulia } from '../client.ts'
import { linkTo } from '../shell/use-route.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Failure } from '../ui/failure.tsx'
import { useWords } from '../words/index.ts'

export function Members({ conversation, userId }: { conversation: Conversation; userId: string }) {
  const t = useWords()
  const [failure, setFailure] = useState<unknown>(null)
  async function leave() {
    setFailure(null)
    try {
      await tertulia.chat.leave(conversation.id)
      location.hash = linkTo('inbox')
    } catch (error) {
      setFailure(error)
    }
  }
  return (
    <>
      <ul className="members" aria-label={t.members}>
        {conversation.participants.map((one) => (
          <li key={one.id}>
            <Avatar name={one.displayName} url={one.avatarUrl} />
            {one.id === userId ? t.you : one.displayName} <small>{t.roles[one.role]}</small>
          </li>
        ))}
      </ul>
      <button type="button" onClick={leave}>
        {t.leave}
      </button>
      {failure !== null && <Failure error={failure} />}
    </>
  )
}
