import type { Mail } from './mailbox.ts'

const STYLE = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark }
  table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #8884 }
  .unread { font-weight: 600 } iframe { width: 100%; height: 60vh; border: 1px solid #8884; background: #fff }`

const frame = (title: string, body: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeText(title)}</title><style>${STYLE}</style></head><body>${body}</body></html>`

/** Every mail, newest first. */
export function listPage(mails: readonly Mail[]): string {
  const rows = mails.map(
    (mail) => `<tr${mail.read ? '' : ' class="unread"'}>
      <td>${mail.created.toLocaleTimeString()}</td><td>${escapeText(mail.to)}</td>
      <td><a href="/view/${mail.id}">${escapeText(mail.subject)}</a></td></tr>`,
  )
  const table = `<table><tr><th>Time</th><th>To</th><th>Subject</th></tr>${rows.join('')}</table>`
  return frame(
    'Mails',
    `<h1>Mails</h1>${mails.length > 0 ? table : '<p>Auth has sent no mail yet.</p>'}<p>The API is that of Mailpit: <a href="/api/v1/messages">/api/v1/messages</a>.</p>`,
  )
}

/** One mail; its content runs no scripts. */
export function mailPage(mail: Mail): string {
  return frame(
    mail.subject,
    `<p><a href="/">All mails</a></p><h1>${escapeText(mail.subject)}</h1><p>To ${escapeText(mail.to)}, ${mail.created.toLocaleString()}</p>
    <iframe title="Content" sandbox="allow-popups allow-top-navigation-by-user-activation" srcdoc="${escapeText(`<base target="_top">${mail.html}`)}"></iframe>`,
  )
}

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
