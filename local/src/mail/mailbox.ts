import { randomBytes } from 'node:crypto'

export interface Mail {
  id: string
  to: string
  from: string
  subject: string
  text: string
  html: string
  created: Date
  read: boolean
}

export interface Mailbox {
  /** Keeps a mail that Auth sends. */
  keep(mail: Pick<Mail, 'to' | 'subject' | 'html'>): void
  /** Newest first. */
  list(): Mail[]
  /** One mail by its id; `latest` is the newest one. */
  find(id: string): Mail | undefined
  remove(ids: string[]): void
  clear(): void
}

/** When more mails than this arrive, the oldest are dropped. */
const MOST = 500

/** The mails of one stack, in memory: they are gone when the stack stops. */
export function createMailbox(): Mailbox {
  let mails: Mail[] = []
  return {
    keep: ({ to, subject, html }) => {
      const mail = {
        id: randomBytes(11).toString('base64url'),
        to,
        from: 'admin@email.com',
        subject,
        text: plainText(html),
        html,
        created: new Date(),
        read: false,
      }
      mails = [mail, ...mails].slice(0, MOST)
    },
    list: () => mails,
    find: (id) => (id === 'latest' ? mails[0] : mails.find((mail) => mail.id === id)),
    remove: (ids) => {
      mails = mails.filter((mail) => !ids.includes(mail.id))
    },
    clear: () => {
      mails = []
    },
  }
}

/** A link is written as its text with the address behind it, as mail programs do. */
function plainText(html: string): string {
  return html
    .replace(/<a\s[^>]*href="([^"]*)"[^>]*>(.*?)<\/a>/gs, '$2 ( $1 )')
    .replace(/<\/(p|h\d|div|li)>|<br\s*\/?>/g, '\n')
    .replace(/<[^>]+>/g, '')
    .replace(/&amp;/g, '&')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&(quot|#34);/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/[ \t]+\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}
