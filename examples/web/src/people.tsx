import { useCallback } from 'react'
import { Avatar } from './avatar.tsx'
import { Chat } from './chat.tsx'
import { tertulia } from './client.ts'
import { Failure } from './failure.tsx'
import { useLoaded } from './use-loaded.ts'
import { linkTo } from './use-route.ts'

/** All users on the left, the conversation with one of them on the right. */
export function People({ selected, userId }: { selected: string | null; userId: string }) {
  const { value, failure, retry } = useLoaded(
    useCallback((signal) => tertulia.profiles.list({ limit: 200, signal }), []),
  )
  const others = value?.items.filter((person) => person.id !== userId)
  const other = others?.find((person) => person.id === selected)

  return (
    <main className="split">
      <section className="list" aria-label="People">
        <h2>People</h2>
        {failure !== null && <Failure error={failure} onRetry={retry} />}
        <ul>
          {others?.map((person) => (
            <li key={person.id}>
              <a
                href={linkTo('people', person.id)}
                className="row"
                aria-current={person.id === selected ? 'true' : undefined}
              >
                <Avatar name={person.displayName} />
                <span>
                  <strong>{person.displayName}</strong>
                  <small>{person.bio || `@${person.handle}`}</small>
                </span>
              </a>
            </li>
          ))}
        </ul>
      </section>
      <section className="detail" aria-label="Conversation">
        {selected ? (
          <Chat key={selected} userId={userId} otherId={selected} name={other?.displayName ?? ''} />
        ) : (
          <p className="empty">Choose a user to start a conversation.</p>
        )}
      </section>
    </main>
  )
}
