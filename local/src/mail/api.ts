import { inbucket } from './inbucket.ts'
import type { Mail, Mailbox } from './mailbox.ts'
import { listPage, mailPage } from './pages.ts'

/** What Mailpit answers, the mail catcher of the Supabase CLI: its pages and the calls that tests make. */
export async function answerMail(mailbox: Mailbox, request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url)
  const { method } = request
  if (pathname === '/') return page(listPage(mailbox.list()))
  const [, viewed, kind] = /^\/view\/([\w-]+?)(?:\.(html|txt))?$/.exec(pathname) ?? []
  if (viewed) return view(mailbox.find(viewed), kind)
  if (pathname.startsWith('/api/v1/mailbox/')) return inbucket(mailbox, request)
  if (pathname === '/api/v1/info')
    return Response.json({ Version: 'v1.0.0', Messages: mailbox.list().length })
  if (pathname === '/api/v1/messages' && method === 'GET') return answerList(mailbox.list(), searchParams)
  if (pathname === '/api/v1/messages' && method === 'DELETE') return await removeMails(mailbox, request)
  if (pathname === '/api/v1/messages' && method === 'PUT') return await markRead(mailbox, request)
  if (pathname === '/api/v1/search') {
    const found = search(mailbox.list(), searchParams.get('query') ?? '')
    if (method === 'GET') return answerList(found, searchParams, mailbox.list())
    if (method === 'DELETE') {
      mailbox.remove(found.map(({ id }) => id))
      return text('ok')
    }
  }
  const [, id, part] = /^\/api\/v1\/message\/([\w-]+)(?:\/(headers|raw))?$/.exec(pathname) ?? []
  const mail = id && method === 'GET' ? mailbox.find(id) : undefined
  if (!mail) return text('message not found', 404)
  if (part === 'headers') return Response.json(headersOf(mail))
  if (part === 'raw') return text(rawOf(mail))
  mail.read = true
  return Response.json(whole(mail))
}

const text = (content: string, status = 200) => new Response(content, { status })
const page = (html: string) => new Response(html, { headers: { 'content-type': 'text/html; charset=utf-8' } })

function view(mail: Mail | undefined, kind: string | undefined): Response {
  if (!mail) return text('message not found', 404)
  mail.read = true
  if (kind === 'txt') return text(mail.text)
  return page(kind === 'html' ? mail.html : mailPage(mail))
}

function answerList(found: Mail[], query: URLSearchParams, all = found): Response {
  const start = Math.max(Number(query.get('start')) || 0, 0)
  const limit = Number(query.get('limit') ?? 50)
  const messages = found.slice(start, start + (limit > 0 ? limit : found.length))
  const unread = all.filter(({ read }) => !read).length
  return Response.json({
    total: all.length,
    unread,
    count: messages.length,
    messages_count: found.length,
    messages_unread: found.filter(({ read }) => !read).length,
    start,
    tags: [],
    messages: messages.map(summary),
  })
}

/** `to:`, `from:` and `subject:` narrow by that field, any other word by everything; quotes hold a phrase together. */
function search(mails: Mail[], query: string): Mail[] {
  const terms = [...query.matchAll(/(?:(to|from|subject|addressed):)?(?:"([^"]*)"|(\S+))/gi)]
  return mails.filter((mail) =>
    terms.every(([, field, quoted, word]) => {
      const fields = {
        to: mail.to,
        from: mail.from,
        subject: mail.subject,
        addressed: `${mail.to} ${mail.from}`,
      }
      const content = field
        ? fields[field.toLowerCase() as keyof typeof fields]
        : [mail.to, mail.from, mail.subject, mail.text].join(' ')
      return content.toLowerCase().includes((quoted ?? word ?? '').toLowerCase())
    }),
  )
}

async function idsOf(request: Request): Promise<{ IDs?: string[]; Read?: boolean }> {
  const body: unknown = await request.json().catch(() => undefined)
  return typeof body === 'object' && body !== null ? body : {}
}

/** Without ids every mail goes, as in Mailpit. */
async function removeMails(mailbox: Mailbox, request: Request): Promise<Response> {
  const { IDs } = await idsOf(request)
  if (Array.isArray(IDs) && IDs.length > 0) mailbox.remove(IDs)
  else mailbox.clear()
  return text('ok')
}

async function markRead(mailbox: Mailbox, request: Request): Promise<Response> {
  const { IDs, Read = false } = await idsOf(request)
  for (const mail of mailbox.list()) {
    if (!Array.isArray(IDs) || IDs.length === 0 || IDs.includes(mail.id)) mail.read = Read
  }
  return text('ok')
}

const address = (mail: string, name = '') => ({ Name: name, Address: mail })

function common(mail: Mail) {
  return {
    ID: mail.id,
    MessageID: `${mail.id}@tertulia-local`,
    From: address(mail.from, 'Admin'),
    To: [address(mail.to)],
    Cc: [],
    Bcc: [],
    ReplyTo: [],
    Subject: mail.subject,
    Tags: [],
    Username: '',
    Size: Buffer.byteLength(rawOf(mail)),
  }
}

const summary = (mail: Mail) => ({
  ...common(mail),
  Read: mail.read,
  Created: mail.created.toISOString(),
  Attachments: 0,
  Snippet: mail.text.replace(/\s+/g, ' ').slice(0, 250),
})

const whole = (mail: Mail) => ({
  ...common(mail),
  ReturnPath: mail.from,
  Date: mail.created.toISOString(),
  Text: mail.text,
  HTML: mail.html,
  Inline: [],
  Attachments: [],
})

const headersOf = (mail: Mail) => ({
  From: [`"Admin" <${mail.from}>`],
  To: [mail.to],
  Subject: [mail.subject],
  Date: [mail.created.toUTCString()],
  'Message-Id': [`<${mail.id}@tertulia-local>`],
  'Content-Type': ['text/html; charset=UTF-8'],
})

const rawOf = (mail: Mail) =>
  `${Object.entries(headersOf(mail))
    .map(([name, values]) => `${name}: ${values.join(', ')}`)
    .join('\r\n')}\r\n\r\n${mail.html}`
