import { useState } from 'react'
import { accountPassword, accounts } from '../accounts.ts'
import { supabase } from '../client.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Failure } from '../ui/failure.tsx'
import { useWords } from '../words/index.ts'
import { ByAddress } from './by-address.tsx'
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
        {failure !== null && <Failure error={failure} />}
      </section>
      <ByAddress />
    </main>
  )
}
