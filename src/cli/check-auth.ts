import * as z from 'zod/mini'
import { type Finding, note, ok } from './finding.ts'

const settings = z.object({ mailer_autoconfirm: z.boolean() })

/** Asks Auth whether it sends a mail to confirm an address, on which offers by e-mail depend. */
export async function checkAuth(url: string, key: string, timeoutMs: number): Promise<Finding> {
  let answer: unknown
  try {
    const response = await fetch(`${url}/auth/v1/settings`, {
      headers: { apikey: key },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
    answer = await response.json()
  } catch {
    // Told below: an answer that is none and no answer are one.
  }
  const told = z.safeParse(settings, answer).data
  if (!told) {
    return note(
      'Auth does not say whether it sends mails to confirm addresses',
      'Leave private.settings.claims_by_address false unless you know that "Confirm email" is on.',
    )
  }
  if (told.mailer_autoconfirm) {
    return note(
      'Auth confirms addresses without a mail, so an address proves nothing',
      'Turn on "Confirm email". Until then leave private.settings.claims_by_address false: offers by e-mail wait for a link (create_offer_link).',
    )
  }
  return ok(
    'Auth sends a mail to confirm an address; to have offers by e-mail claimed by it: update private.settings set claims_by_address = true',
  )
}
