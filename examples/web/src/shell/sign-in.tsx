import { type FormEvent, useState } from 'react'
import { accountPassword, accounts } from '../accounts.ts'
import { supabase } from '../client.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Failure } from '../ui/failure.tsx'
import { useWords } from '../words/index.ts'
import { LanguageChoice } from './language-choice.tsx'

export function SignIn() {
  const t = useWords()
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
        <LanguageChoice />
        <img src="/icon.svg" alt="" width="56" height="56" />
        <h1>Tertulia</h1>
        <p>{t.welcome}</p>
      </header>
      <section aria-labelledby="people-to-be">
        <h2 id="people-to-be">{t.whoAreYou}</h2>
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
        <p className="tip">{t.twoWindows}</p>
      </section>
      <section aria-labelledby="by-address">
        <h2 id="by-address">{t.byAddress}</h2>
        <form onSubmit={submit}>
          <label>
            {t.email}
            <input name="email" type="email" autoComplete="username" required />
          </label>
          <label>
            {t.password}
            <input name="password" type="password" autoComplete="current-password" required />
          </label>
          <button type="submit" className="primary" disabled={busy}>
            {t.signIn}
          </button>
        </form>
        {failure !== null && <Failure error={failure} />}
      </section>
    </main>
  )
}
