import { useState } from 'react'
import type { ConversationSnapshot, InboxItem, OpenConversation, Profile, TertuliaError } from 'tertulia'
import { useConversation, useDirect } from 'tertulia/react'
import { About } from '../people/about.tsx'
import { linkTo } from '../shell/use-route.ts'
import { Failure } from '../ui/failure.tsx'
import { useWords } from '../words/index.ts'
import { Composer, type Draft } from './composer.tsx'
import { Head } from './head.tsx'
import { Members } from './members.tsx'
import { Messages } from './messages.tsx'
import { namesOf } from './names.ts'

/** The direct conversation with a user, open while it is on the screen. */
export function Direct({ userId, other }: { userId: string; other: Profile }) {
  const { snapshot, handle, error, reopen } = useDirect(other.id)
  if (!snapshot?.conversation || !handle) return <Opening error={error} reopen={reopen} />
  return (
    <Conversation
      conversation={handle}
      snapshot={snapshot}
      userId={userId}
      name={other.displayName}
      back="people"
    >
      <About profile={other} />
    </Conversation>
  )
}

/** A conversation by its id, open while it is on the screen. */
export function Room({ id, userId, item }: { id: string; userId: string; item: InboxItem | undefined }) {
  const t = useWords()
  const { snapshot, handle, error, reopen } = useConversation(id)
  if (!snapshot?.conversation || !handle) return <Opening error={error} reopen={reopen} />
  const { subject, kind, participants } = snapshot.conversation
  const other = participants.find((one) => one.id !== userId) ?? item?.counterpart
  const name = subject ?? (kind === 'direct' ? other?.displayName : undefined) ?? t.aGroup
  return (
    <Conversation
      conversation={handle}
      snapshot={snapshot}
      userId={userId}
      name={name}
      back="inbox"
      flags={item}
    >
      {kind === 'group' && <Members conversation={snapshot.conversation} userId={userId} />}
    </Conversation>
  )
}

/** A conversation that is not there yet, or that cannot be opened. */
function Opening({ error, reopen }: { error: TertuliaError | null; reopen(): void }) {
  const t = useWords()
  if (!error) return <p className="empty">{t.opening}</p>
  if (error.code !== 'conversation_not_found' && error.code !== 'invalid_input') {
    return <Failure error={error} onRetry={reopen} />
  }
  return (
    <div className="empty" role="alert">
      <p>{t.noConversation}</p>
      <p>
        <a className="action" href={linkTo('inbox')}>
          {t.backTo(t.inbox)}
        </a>
      </p>
    </div>
  )
}

interface ConversationProps {
  conversation: OpenConversation
  snapshot: ConversationSnapshot
  userId: string
  name: string
  back: 'people' | 'inbox'
  flags?: InboxItem | undefined
  /** What the head opens: a profile, or the members. */
  children: React.ReactNode
}

function Conversation({ conversation, snapshot, userId, name, back, flags, children }: ConversationProps) {
  const t = useWords()
  const { status, error, typing } = snapshot
  const [failure, setFailure] = useState<unknown>(null)
  const [draft, setDraft] = useState<Draft>({ kind: 'new' })
  const nameOf = namesOf(snapshot.conversation, userId, t)
  const typists = typing.map(nameOf)

  function attempt(work: Promise<unknown>) {
    setFailure(null)
    work.catch(setFailure)
  }

  return (
    <div className="chat">
      <Head name={name} status={status} back={back} flags={flags} present={snapshot.present.length}>
        {children}
      </Head>
      {(failure ?? error) !== null && <Failure error={failure ?? error} />}
      <Messages
        conversation={conversation}
        snapshot={snapshot}
        userId={userId}
        name={name}
        nameOf={nameOf}
        attempt={attempt}
        onDraft={setDraft}
      />
      <p className="typing" role="status">
        {typists.length > 0 && t.typing(typists.join(', '), typists.length)}
      </p>
      <Composer
        conversation={conversation}
        snapshot={snapshot}
        name={name}
        nameOf={nameOf}
        draft={draft}
        onDraft={setDraft}
        attempt={attempt}
      />
    </div>
  )
}
