import * as z from 'zod/mini'
import { type Finding, note, ok } from './finding.ts'

const settings = z.object({
  mailer_autoconfirm: z.boolean(),
  saml_enabled: z.optional(z.boolean()),
  external: z.optional(z.object({ anonymous_users: z.optional(z.boolean()) })),
})

/** Asks Auth for the settings on which Tertulia depends; `docs/security/hardening.md` lists them. */
export async function checkAuth(url: string, key: string, timeoutMs: number): Promise<Finding[]> {
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
    const hint = 'Leave private.settings.claims_by_address false unless you know that "Confirm email" is on.'
    return [note('Auth does not say whether it sends mails to confirm addresses', hint)]
  }
  const findings = [told.mailer_autoconfirm ? unconfirmed : confirmed]
  if (told.external?.anonymous_users) findings.push(anonymous)
  if (told.saml_enabled) findings.push(singleSignOn)
  return findings
}

const unconfirmed = note(
  'Auth confirms addresses without a mail, so an address proves nothing',
  'Turn on "Confirm email". Until then leave private.settings.claims_by_address false: offers by e-mail wait for a link (create_offer_link).',
)
const confirmed = ok(
  'Auth sends a mail to confirm an address; to have offers by e-mail claimed by it: update private.settings set claims_by_address = true',
)
const anonymous = note(
  'Auth lets anonymous users in, each with the limits of an account',
  'Turn anonymous sign-ins off, or captcha on.',
)
const singleSignOn = note(
  'Auth takes users from SAML identity providers, who decide which address a user has',
  'Add only providers that you trust. Their users claim no offers by e-mail.',
)
