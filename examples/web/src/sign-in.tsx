import { type FormEvent, useState } from 'react'
import { accountPassword, accounts } from './accounts.ts'
import { Avatar } from './avatar.tsx'
import { supabase } from './client.ts'
import { Failure } from './failure.tsx'

export function SignIn() {
  const [failure, setFailure] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)

  async function signIn(email: string, password: string) {
    setBusy(true)
    setFailure(null)
    const { error } = await supabase.auth.signInWithPassword({ email, password })
    if (!error) return
    setFailure(error)
    setBusy(false)
  }

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    void signIn(String(form.get('email')), String(form.get('password')))
  }

  return (
    <main className="sign-in">
      <header>
        <img src="/icon.svg" alt="" width="56" height="56" />
        <h1>Tertulia</h1>
        <p>A circle of people who meet to talk about music. Sign in as one of them.</p>
      </header>
      <section aria-labelledby="people-to-be">
        <h2 id="people-to-be">Who are you today?</h2>
        <ul className="accounts">
          {accounts.map(({ name, email, from }) => (
            <li key={email}>
              <button type="button" disabled={busy} onClick={() => signIn(email, accountPassword)}>
                <Avatar name={name} />
                <span>
                  <strong>{name}</strong>
                  <small>{from}</small>
                </span>
              </button>
            </li>
          ))}
        </ul>
        <p className="tip">
          Open a second window and sign in as another user: each window has its own session.
        </p>
      </section>
      <section aria-labelledby="by-address">
        <h2 id="by-address">Or sign in with e-mail and password</h2>
        <form onSubmit={submit}>
          <label>
            E-mail
            <input name="email" type="email" autoComplete="username" required />
          </label>
          <label>
            Password
            <input name="password" type="password" autoComplete="current-password" required />
          </label>
          <button type="submit" className="primary" disabled={busy}>
            Sign in
          </button>
        </form>
        {failure !== null && <Failure error={failure} />}
      </section>
    </main>
  )
}
