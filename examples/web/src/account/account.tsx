import { useCallback, useState } from 'react'
import { supabase, tertulia } from '../client.ts'
import { Heading } from '../shell/heading.tsx'
import { LanguageChoice } from '../shell/language-choice.tsx'
import { linkTo } from '../shell/use-route.ts'
import { Avatar } from '../ui/avatar.tsx'
import { ConfirmButton } from '../ui/confirm-button.tsx'
import { Failure } from '../ui/failure.tsx'
import { saveFile } from '../ui/save-file.ts'
import { useAttempt } from '../ui/use-attempt.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { useWords } from '../words/index.ts'

/** What belongs to the account: language, blocks, what is not sent yet, the data to take away, and leaving. */
export function Account({ onSignOut }: { onSignOut(): void }) {
  const t = useWords()
  return (
    <div className="stack">
      <Heading title={t.account} />
      <p className="buttons">
        <LanguageChoice />
        <button type="button" onClick={onSignOut}>
          {t.signOut}
        </button>
      </p>
      <Blocks />
      <Unsent />
      <Activity />
      <Counting />
      <Leaving />
    </div>
  )
}

function Blocks() {
  const t = useWords()
  const load = useCallback((signal: AbortSignal) => tertulia.chat.listBlocks({ signal }), [])
  const { value, retry } = useLoaded(load)
  const { failure, busy, attempt } = useAttempt()
  async function unblock(userId: string) {
    if (await attempt(() => tertulia.chat.unblock(userId))) retry()
  }
  return (
    <section aria-label={t.blocked}>
      <h3>{t.blocked}</h3>
      {value?.length === 0 && <p className="hint">{t.nobodyBlocked}</p>}
      {failure !== null && <Failure error={failure} />}
      <ul className="cards">
        {value?.map((person) => (
          <li key={person.id} className="card">
            <Avatar name={person.displayName} />
            <span>
              <strong>{person.displayName}</strong>
            </span>
            <button type="button" disabled={busy} onClick={() => unblock(person.id)}>
              {t.unblock}
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Unsent() {
  const t = useWords()
  const { value, retry } = useLoaded(useCallback(() => tertulia.chat.listUnsent(), []))
  if (!value || value.length === 0) return null
  async function discard(messageId: string) {
    await tertulia.chat.discardUnsent({ messageId })
    retry()
  }
  return (
    <section aria-label={t.unsent}>
      <h3>{t.unsent}</h3>
      <ul className="cards">
        {value.map(({ id, conversationId, content, failure }) => (
          <li key={id} className="card">
            <span>
              <a href={linkTo('inbox', conversationId)}>{content}</a>
              <small>{failure ? failure.message : t.sending}</small>
            </span>
            <button type="button" onClick={() => discard(id)}>
              {t.discard}
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Whether others see when the user was last active. */
function Activity() {
  const t = useWords()
  const { value, retry } = useLoaded(
    useCallback((signal: AbortSignal) => tertulia.chat.markActive(undefined, { signal }), []),
  )
  const { failure, busy, attempt } = useAttempt()
  async function show(visible: boolean) {
    if (await attempt(() => tertulia.chat.markActive(visible))) retry()
  }
  return (
    <section aria-label={t.activity}>
      <h3>{t.activity}</h3>
      <label className="check">
        <input
          type="checkbox"
          checked={value === true}
          disabled={busy || value === undefined}
          onChange={(event) => show(event.target.checked)}
        />{' '}
        {t.showActivity}
      </label>
      {failure !== null && <Failure error={failure} />}
    </section>
  )
}

/** Whether what the user does counts in the figures. */
function Counting() {
  const t = useWords()
  const { failure, busy, attempt } = useAttempt()
  const [answer, setAnswer] = useState<'in' | 'out' | null>(null)
  async function choose(next: 'in' | 'out') {
    const { analytics } = tertulia
    if (await attempt(() => (next === 'in' ? analytics.optIn() : analytics.optOut()))) setAnswer(next)
  }
  return (
    <section aria-label={t.counting}>
      <h3>{t.counting}</h3>
      <p className="hint">{t.countingHint}</p>
      <p className="buttons">
        <button type="button" disabled={busy} aria-pressed={answer === 'in'} onClick={() => choose('in')}>
          {t.countMe}
        </button>
        <button type="button" disabled={busy} aria-pressed={answer === 'out'} onClick={() => choose('out')}>
          {t.doNotCountMe}
        </button>
      </p>
      {failure !== null && <Failure error={failure} />}
    </section>
  )
}

function Leaving() {
  const t = useWords()
  const { failure, busy, attempt } = useAttempt()
  const exportAll = () =>
    attempt(async () => {
      const rows: string[] = []
      for await (const { table, row } of tertulia.profiles.exportAccount()) {
        rows.push(JSON.stringify({ table, ...row }))
      }
      saveFile('tertulia-account.jsonl', 'application/jsonl', rows.join('\n'))
    })
  const leave = () =>
    attempt(async () => {
      await tertulia.profiles.deleteAccount()
      await supabase.auth.signOut({ scope: 'local' })
      location.hash = ''
    })
  return (
    <section aria-label={t.leaving}>
      <h3>{t.leaving}</h3>
      <p className="hint">{t.leavingHint}</p>
      <p className="buttons">
        <button type="button" disabled={busy} onClick={exportAll}>
          {t.exportAccount}
        </button>
        <ConfirmButton question={t.deleteAccountQuestion} onConfirm={leave}>
          {t.deleteAccount}
        </ConfirmButton>
      </p>
      {failure !== null && <Failure error={failure} />}
    </section>
  )
}
