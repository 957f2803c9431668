import { useEffect, useState } from 'react'
import type { ConversationSnapshot, OpenConversation, Profile, TertuliaError } from 'tertulia'
import { useConversation, useDirect } from 'tertulia/react'
import { linkTo } from '../shell/use-route.ts'
import { Failure } from '../ui/failure.tsx'
import { useWords } from '../words/index.ts'
import { Composer, type Draft } from './composer.tsx'
import { DirectPanel } from './direct-panel.tsx'
import { GroupPanel } from './group-panel.tsx'
import { Head } from './head.tsx'
import { MessageSearch } from './message-search.tsx'
import { Messages } from './messages.tsx'
import { namesOf } from './names.ts'
import { Pinned } from './pinned.tsx'
import { useInboxItem } from './use-shared-inbox.tsx'

/** The direct conversation with a user, open while it is on the screen. */
export function Direct({ userId, other }: { userId: string; other: Profile }) {
  const { snapshot, handle, error, reopen } = useDirect(other.id)
  if (!snapshot?.conversation || !handle)
    return <Opening error={error} isClosed={snapshot?.status === 'closed'} reopen={reopen} />
  return (
    <Conversation
      conversation={handle}
      snapshot={snapshot}
      userId={userId}
      name={other.displayName}
      back={linkTo('people', other.id)}
    />
  )
}

/** A conversation by its id, open while it is on the screen. */
export function Room({ id, userId, messageId }: { id: string; userId: string; messageId: string | null }) {
  const t = useWords()
  const item = useInboxItem(id)
  const { snapshot, handle, error, reopen } = useConversation(id)
  if (!snapshot?.conversation || !handle)
    return <Opening error={error} isClosed={snapshot?.status === 'closed'} reopen={reopen} />
  const { subject, kind, participants } = snapshot.conversation
  const other = participants.find((one) => one.id !== userId) ?? item?.counterpart
  const name = subject ?? (kind === 'direct' ? other?.displayName : undefined) ?? t.aGroup
  return (
    <Conversation
      conversation={handle}
      snapshot={snapshot}
      userId={userId}
      name={name}
      back={linkTo('inbox')}
      messageId={messageId}
    />
  )
}

interface OpeningProps {
  error: TertuliaError | null
  /** Closed without an error: the user was removed. */
  isClosed: boolean
  reopen(): void
}

/** A conversation that is not there yet, or that cannot be opened. */
function Opening({ error, isClosed, reopen }: OpeningProps) {
  const t = useWords()
  if (!error && !isClosed) return <p className="empty">{t.opening}</p>
  if (error && error.code !== 'conversation_not_found' && error.code !== 'invalid_input') {
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
  back: string
  /** A message to begin with, in place of the newest. */
  messageId?: string | null
}

function Conversation({ conversation, snapshot, userId, name, back, messageId = null }: ConversationProps) {
  const t = useWords()
  const { status, error, typing } = snapshot
  const item = useInboxItem(conversation.id)
  const [failure, setFailure] = useState<unknown>(null)
  const [draft, setDraft] = useState<Draft>({ kind: 'new' })
  const [searches, setSearches] = useState(false)
  const nameOf = namesOf(snapshot.conversation, userId, t)
  const typists = typing.map(nameOf)
  const about = snapshot.conversation
  const others = about?.participants.filter(({ id }) => id !== userId) ?? []
  const own = about?.participants.find(({ id }) => id === userId)
  const isDirect = about?.kind === 'direct'
  const mayWrite = about?.writers !== 'admins' || own?.role === 'owner' || own?.role === 'admin'

  function attempt(work: Promise<unknown>) {
    setFailure(null)
    work.catch(setFailure)
  }

  const [target, setTarget] = useState<string | null>(null)
  function jump(to: string) {
    setTarget(to)
    attempt(conversation.jumpTo(to))
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another address is a reason
  useEffect(() => {
    if (messageId) jump(messageId)
  }, [messageId, conversation])

  return (
    <div className="chat">
      <Head
        conversationId={conversation.id}
        name={name}
        status={status}
        back={back}
        flags={item}
        present={snapshot.present.filter((id) => id !== userId).length}
        otherId={isDirect ? others[0]?.id : undefined}
        searches={searches}
        onSearch={() => setSearches(!searches)}
      >
        {about && !isDirect && <GroupPanel conversation={about} userId={userId} />}
        {about && isDirect && others[0] && <DirectPanel conversation={about} other={others[0]} />}
      </Head>
      {searches && <MessageSearch conversationId={conversation.id} nameOf={nameOf} onPick={jump} />}
      {about && <Pinned conversation={about} nameOf={nameOf} onPick={jump} />}
      {(failure ?? error) !== null && <Failure error={failure ?? error} />}
      <Messages
        conversation={conversation}
        snapshot={snapshot}
        userId={userId}
        name={name}
        nameOf={nameOf}
        attempt={attempt}
        onDraft={setDraft}
        target={target}
        onJump={jump}
        onShown={() => setTarget(null)}
      />
      <p className="typing" role="status">
        {typists.length > 0 && t.typing(typists.join(', '), typists.length)}
      </p>
      {mayWrite ? (
        <Composer
          conversation={conversation}
          snapshot={snapshot}
          userId={userId}
          name={name}
          nameOf={nameOf}
          draft={draft}
          kept={item?.draft}
          onDraft={setDraft}
          attempt={attempt}
        />
      ) : (
        <p className="composer">{t.announcementsOnly}</p>
      )}
    </div>
  )
}
