import { type FormEvent, useState } from 'react'
import type { Conversation } from 'tertulia'
import { usePages } from 'tertulia/react'
import { tertulia } from '../client.ts'
import { linkTo } from '../shell/use-route.ts'
import { Avatar } from '../ui/avatar.tsx'
import { ConfirmButton } from '../ui/confirm-button.tsx'
import { Failure } from '../ui/failure.tsx'
import { PersonPicker } from '../ui/person-picker.tsx'
import { type Attempt, useAttempt } from '../ui/use-attempt.ts'
import { useWords } from '../words/index.ts'

interface Props {
  conversation: Conversation
  userId: string
}

/** The members of a group; its owner and admins change it. */
export function GroupPanel({ conversation, userId }: Props) {
  const t = useWords()
  const work = useAttempt()
  const { id, participants } = conversation
  const own = participants.find((one) => one.id === userId)
  const isAdmin = own?.role === 'owner' || own?.role === 'admin'
  async function leave() {
    if (await work.attempt(() => tertulia.chat.leave(id))) location.hash = linkTo('inbox')
  }
  return (
    <div className="stack">
      {isAdmin && <Settings conversation={conversation} work={work} />}
      <Members conversation={conversation} userId={userId} role={own?.role} work={work} />
      {isAdmin && (
        <PersonPicker
          label={t.addMember}
          without={participants.map((one) => one.id)}
          onPick={(person) => work.attempt(() => tertulia.chat.addParticipants(id, [person.id]))}
        />
      )}
      {isAdmin && <Bans conversation={conversation} work={work} />}
      {work.failure !== null && <Failure error={work.failure} />}
      <p>
        <ConfirmButton question={t.leaveQuestion} onConfirm={leave}>
          {t.leave}
        </ConfirmButton>
      </p>
    </div>
  )
}

/** The name, and who may write. */
function Settings({ conversation, work }: { conversation: Conversation; work: Attempt }) {
  const t = useWords()
  const { id, subject, writers } = conversation
  function rename(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const typed = String(new FormData(event.currentTarget).get('subject')).trim()
    void work.attempt(() => tertulia.chat.updateGroup(id, { subject: typed || null }))
  }
  return (
    <>
      <form className="inline" onSubmit={rename}>
        <input name="subject" aria-label={t.subject} defaultValue={subject ?? ''} maxLength={200} />
        <button type="submit" disabled={work.busy}>
          {t.rename}
        </button>
      </form>
      <label className="check">
        <input
          type="checkbox"
          checked={writers === 'admins'}
          disabled={work.busy}
          onChange={(event) =>
            work.attempt(() =>
              tertulia.chat.updateGroup(id, { writers: event.target.checked ? 'admins' : 'everyone' }),
            )
          }
        />{' '}
        {t.announcements}
      </label>
    </>
  )
}

interface MembersProps extends Props {
  role: 'owner' | 'admin' | 'member' | undefined
  work: Attempt
}

function Members({ conversation: { id, participants }, userId, role, work }: MembersProps) {
  const t = useWords()
  const { attempt, busy } = work
  const { chat } = tertulia
  return (
    <ul className="members" aria-label={t.members}>
      {participants.map((one) => (
        <li key={one.id}>
          <Avatar name={one.displayName} url={one.avatarUrl} />
          <span>
            {one.id === userId ? t.you : one.displayName} <small>{t.roles[one.role]}</small>
          </span>
          {role === 'owner' && one.id !== userId && (
            <select
              aria-label={t.roleOf(one.displayName)}
              value={one.role}
              disabled={busy}
              onChange={(event) => attempt(() => chat.setRole(id, one.id, event.target.value as 'member'))}
            >
              {(['member', 'admin', 'owner'] as const).map((name) => (
                <option key={name} value={name}>
                  {t.roles[name]}
                </option>
              ))}
            </select>
          )}
          {(role === 'owner' || (role === 'admin' && one.role === 'member')) && one.id !== userId && (
            <span className="buttons">
              <button
                type="button"
                aria-label={t.removeMember(one.displayName)}
                disabled={busy}
                onClick={() => attempt(() => chat.removeParticipant(id, one.id))}
              >
                ✕
              </button>
              <button
                type="button"
                aria-label={t.banMember(one.displayName)}
                disabled={busy}
                onClick={() => attempt(() => chat.ban(id, one.id))}
              >
                {t.ban}
              </button>
            </span>
          )}
        </li>
      ))}
    </ul>
  )
}

/** Users who cannot be added again. */
function Bans({ conversation: { id, participants }, work }: { conversation: Conversation; work: Attempt }) {
  const t = useWords()
  const [open, setOpen] = useState(false)
  const { items, first, reload } = usePages(
    tertulia.chat,
    open ? `bans ${id} ${participants.length}` : null,
    (cursor, signal) => tertulia.chat.listBans(id, { cursor, signal }),
  )
  async function unban(userId: string) {
    if (await work.attempt(() => tertulia.chat.unban(id, userId))) reload()
  }
  return (
    <details className="filters" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t.bans}</summary>
      {first && items.length === 0 && <p className="hint">{t.nobodyBanned}</p>}
      <ul className="members">
        {items.map((person) => (
          <li key={person.id}>
            <Avatar name={person.displayName} /> <span>{person.displayName}</span>
            <button type="button" disabled={work.busy} onClick={() => unban(person.id)}>
              {t.unban}
            </button>
          </li>
        ))}
      </ul>
    </details>
  )
}
