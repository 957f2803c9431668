import { expect, it } from 'vitest'
import { person } from '../support/people.ts'
import { stackOfTheFile, startFreshStack } from '../support/stack.ts'

const stack = stackOfTheFile()

async function ask(path: string, init?: RequestInit) {
  const response = await fetch(`${stack().mailUrl}${path}`, init)
  const text = await response.text()
  return {
    status: response.status,
    text,
    json: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : null,
  }
}

async function mailTo() {
  const { client, email } = await person(stack())
  await client.auth.resetPasswordForEmail(email)
  return email
}

it('answers mails as Mailpit does', async () => {
  const email = await mailTo()
  await mailTo()
  const { json: all } = await ask('/api/v1/messages')
  expect(all).toMatchObject({ total: 2, unread: 2, count: 2, start: 0 })
  const { json: found } = await ask(`/api/v1/search?query=${encodeURIComponent(`to:"${email}"`)}`)
  expect(found).toMatchObject({
    total: 2,
    messages_count: 1,
    messages: [{ To: [{ Address: email }], Read: false }],
  })
  const [{ ID }] = found.messages
  const { json: whole } = await ask(`/api/v1/message/${ID}`)
  expect(whole).toMatchObject({ ID, Subject: 'Reset your password', From: { Address: 'admin@email.com' } })
  expect(whole.HTML).toContain('/auth/v1/verify?token=')
  expect(whole.Text).toContain('&type=recovery')
  expect((await ask('/api/v1/messages?limit=1')).json).toMatchObject({ count: 1, unread: 1 })
  expect((await ask('/api/v1/message/latest')).json.To[0].Address).not.toBe(email)
  expect((await ask(`/api/v1/message/${ID}/headers`)).json.To).toEqual([email])
  expect((await ask('/api/v1/message/unknown')).status).toBe(404)
  await ask('/api/v1/messages', { method: 'DELETE', body: JSON.stringify({ IDs: [ID] }) })
  expect((await ask('/api/v1/messages')).json.total).toBe(1)
  await ask('/api/v1/messages', { method: 'DELETE' })
  expect((await ask('/api/v1/messages')).json.total).toBe(0)
})

it('answers the calls of Inbucket too', async () => {
  const email = await mailTo()
  const [name] = email.split('@')
  const { json: list } = await ask(`/api/v1/mailbox/${name}`)
  expect(list).toMatchObject([{ subject: 'Reset your password', to: [email] }])
  expect((await ask(`/api/v1/mailbox/${name}/${list[0].id}`)).json.body.text).toContain('Reset password')
  expect((await ask(`/api/v1/mailbox/${name}/latest`)).json.id).toBe(list[0].id)
  await ask(`/api/v1/mailbox/${name}`, { method: 'DELETE' })
  expect((await ask(`/api/v1/mailbox/${name}`)).json).toEqual([])
})

it('has a page of all mails and one of each, whose content runs no scripts', async () => {
  const email = await mailTo()
  expect((await ask('/')).text).toContain(email)
  const { json } = await ask('/api/v1/message/latest')
  const { text } = await ask(`/view/${json.ID}`)
  expect(text).toContain('sandbox="allow-popups allow-top-navigation-by-user-activation"')
  expect((await ask(`/view/${json.ID}.html`)).text).toContain('<h2>')
})

it('is empty after a reset', async () => {
  await mailTo()
  await stack().reset()
  expect((await ask('/api/v1/messages')).json.total).toBe(0)
})

it('is shown at a free port when the wanted one is taken', async () => {
  const taken = Number(new URL(stack().mailUrl).port)
  await using other = await startFreshStack({ mailPort: taken })
  expect(other.mailUrl).not.toBe(stack().mailUrl)
  expect((await fetch(`${other.mailUrl}/api/v1/messages`)).status).toBe(200)
})
