import type { AuthContext } from './context.ts'
import type { UserRow } from './rows.ts'

type MailKind = 'confirmation' | 'invite' | 'recovery' | 'magic_link' | 'email_change' | 'reauthentication'

/** What a template of the project replaces, written as Supabase Auth lets them be written. */
const DEFAULTS: Record<MailKind, { subject: string; content: string }> = {
  confirmation: {
    subject: 'Confirm your email address',
    content: `<h2>Confirm your email address</h2>
<p>Open this link to confirm the address and finish your sign-up.</p>
<p><a href="{{ .ConfirmationURL }}">Confirm email address</a></p>
<p>Or enter the code: {{ .Token }}</p>`,
  },
  invite: {
    subject: "You've been invited",
    content: `<h2>You have been invited</h2>
<p>Open this link to accept the invitation and create your account.</p>
<p><a href="{{ .ConfirmationURL }}">Accept the invitation</a></p>`,
  },
  recovery: {
    subject: 'Reset your password',
    content: `<h2>Reset your password</h2>
<p>Open this link to choose a new password.</p>
<p><a href="{{ .ConfirmationURL }}">Reset password</a></p>
<p>Or enter the code: {{ .Token }}</p>`,
  },
  magic_link: {
    subject: 'Your sign-in link',
    content: `<h2>Your sign-in link</h2>
<p>Open this link to sign in. It works once.</p>
<p><a href="{{ .ConfirmationURL }}">Sign in</a></p>
<p>Or enter the code: {{ .Token }}</p>`,
  },
  email_change: {
    subject: 'Confirm your new email address',
    content: `<h2>Confirm the change of your email address</h2>
<p>Open this link to change the address from {{ .Email }} to {{ .NewEmail }}.</p>
<p><a href="{{ .ConfirmationURL }}">Change email address</a></p>
<p>Or enter the code: {{ .Token }}</p>`,
  },
  reauthentication: {
    subject: '{{ .Token }} is your verification code',
    content: `<h2>Your verification code</h2>
<p>Enter the code: {{ .Token }}</p>`,
  },
}

export interface LinkMail {
  kind: MailKind
  /** Default: the user's address. */
  to?: string
  user: UserRow
  otp: string
  tokenHash: string
  /** `type` of the link. */
  type: string
  /** Where Auth is reached. */
  base: string
  redirectTo: string
  newEmail?: string
}

export function actionLink({
  base,
  tokenHash,
  type,
  redirectTo,
}: Omit<LinkMail, 'kind' | 'user' | 'otp'>): string {
  // As Supabase Auth: an address without & = # is taken to be encoded already.
  const target = /[&=#]/.test(redirectTo) ? encodeURIComponent(redirectTo) : redirectTo
  return `${base}/verify?token=${encodeURIComponent(tokenHash)}&type=${type}&redirect_to=${target}`
}

/** Writes the mail from the project's template or the default one, and leaves it in the mailbox. */
export function sendMail({ config, mailbox }: AuthContext, mail: LinkMail): void {
  const { kind, user, otp, tokenHash, redirectTo } = mail
  const to = mail.to ?? user.email
  const template = { ...DEFAULTS[kind], ...config.auth.templates[kind] }
  const values = {
    SiteURL: config.auth.siteUrl,
    ConfirmationURL: actionLink(mail),
    Email: user.email,
    NewEmail: mail.newEmail ?? '',
    SendingTo: to,
    Token: otp,
    TokenHash: tokenHash,
    RedirectTo: redirectTo,
    Data: user.raw_user_meta_data,
  }
  mailbox.keep({
    to,
    subject: fill(template.subject, values, String),
    html: fill(template.content, values, escapeHtml),
  })
}

/** `{{ .Name }}` and `{{ .Data.name }}`; what is not known is left empty. */
function fill(template: string, values: object, write: (value: string) => string): string {
  return template.replace(/\{\{-?\s*\.([\w.]+)\s*-?\}\}/g, (_, path: string) => {
    const value = path
      .split('.')
      .reduce<unknown>(
        (whole, key) =>
          typeof whole === 'object' && whole !== null ? (whole as Record<string, unknown>)[key] : undefined,
        values,
      )
    return value === undefined || value === null ? '' : write(String(value))
  })
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&#34;')
    .replaceAll("'", '&#39;')
}
