import { type FormEvent, useState } from 'react'
import { supabase } from '../client.ts'
import { Failure } from '../ui/failure.tsx'
import { useAttempt } from '../ui/use-attempt.ts'
import { useWords } from '../words/index.ts'

/** Signs in with an address and a password, or creates an account. */
export function ByAddress() {
  const t = useWords()
  const [isNew, setIsNew] = useState(false)
  const [isSent, setIsSent] = useState(false)
  const { failure, busy, attempt } = useAttempt()

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const email = String(form.get('email'))
    const password = String(form.get('password'))
    await attempt(async () => {
      const display_name = String(form.get('name') ?? '').trim()
      const { data, error } = isNew
        ? await supabase.auth.signUp({ email, password, options: { data: { display_name } } })
        : await supabase.auth.signInWithPassword({ email, password })
      if (error) throw error
      // A project may ask for a confirmation of the address first.
      setIsSent(data.session === null)
    })
  }

  return (
    <section aria-labelledby="by-address">
      <h2 id="by-address">{isNew ? t.newAccount : t.byAddress}</h2>
      <form onSubmit={submit}>
        {isNew && (
          <label>
            {t.displayName}
            <input name="name" autoComplete="name" required maxLength={100} />
          </label>
        )}
        <label>
          {t.email}
          <input name="email" type="email" autoComplete="username" required />
        </label>
        <label>
          {t.password}
          <input
            name="password"
            type="password"
            autoComplete={isNew ? 'new-password' : 'current-password'}
            minLength={isNew ? 6 : undefined}
            required
          />
        </label>
        <button type="submit" className="primary" disabled={busy}>
          {isNew ? t.signUp : t.signIn}
        </button>
      </form>
      {failure !== null && <Failure error={failure} />}
      {isSent && (
        <p className="note" role="status">
          {t.lookIntoMail}
        </p>
      )}
      <p className="tip">
        <button type="button" className="plain" onClick={() => setIsNew(!isNew)}>
          {isNew ? t.haveAccount : t.newAccount}
        </button>
      </p>
    </section>
  )
}
