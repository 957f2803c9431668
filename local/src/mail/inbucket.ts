import type { Mail, Mailbox } from './mailbox.ts'

/** The calls of Inbucket, which older versions of the Supabase CLI had: one mailbox for each name before the `@`. */
export function inbucket(mailbox: Mailbox, { method, url }: Request): Response {
  const path = decodeURIComponent(new URL(url).pathname)
  const [, name = '', id] = /^\/api\/v1\/mailbox\/([^/]+)(?:\/([^/]+))?/.exec(path) ?? []
  const wanted = name.toLowerCase()
  const own = mailbox
    .list()
    .filter(({ to }) => to.toLowerCase() === wanted || to.toLowerCase().split('@')[0] === wanted)
    .reverse()
  if (method === 'DELETE') {
    mailbox.remove(own.filter((mail) => !id || mail.id === id).map((mail) => mail.id))
    return new Response('OK')
  }
  if (!id) return Response.json(own.map((mail) => head(name, mail)))
  const mail = id === 'latest' ? own.at(-1) : own.find((candidate) => candidate.id === id)
  if (!mail) return new Response('not found', { status: 404 })
  mail.read = true
  return Response.json({
    ...head(name, mail),
    body: { text: mail.text, html: mail.html },
    header: { From: [mail.from], To: [mail.to], Subject: [mail.subject] },
    attachments: [],
  })
}

const head = (mailbox: string, mail: Mail) => ({
  mailbox,
  id: mail.id,
  from: mail.from,
  to: [mail.to],
  subject: mail.subject,
  date: mail.created.toISOString(),
  'posix-millis': mail.created.getTime(),
  size: mail.html.length,
  seen: mail.read,
})
