import { expect } from '@playwright/test'
import { test } from './fixtures.ts'
import {
  become,
  expectTrouble,
  openChat,
  type Person,
  say,
  visit,
  waitForMessage,
  waitForStatus,
} from './person.ts'

// What else two users do in conversations. Each test goes on where the one before ended.
test.describe.configure({ mode: 'serial' })

const button = ({ page }: Person, name: string) => page.getByRole('button', { name, exact: true })
const item = ({ page }: Person, name: string) =>
  page
    .getByRole('region', { name: 'Inbox' })
    .getByRole('listitem')
    .filter({ has: page.getByRole('link', { name: new RegExp(`^${name}`) }) })
/** By its own text, not by what it replies to. */
const row = ({ page }: Person, text: string) =>
  page
    .getByRole('log')
    .getByRole('listitem')
    .filter({ has: page.locator('p', { hasText: text }) })
async function act(person: Person, text: string, action: string): Promise<void> {
  await row(person, text).getByRole('button', { name: 'Actions' }).click()
  await row(person, text).getByRole('button', { name: action, exact: true }).click()
}

test('a draft is there after a reload, and a mention is told from what is unread', async ({ ana, bento }) => {
  await Promise.all([become(ana, 'Ana Ruiz'), become(bento, 'Bento Carvalho')])
  await visit(ana, '#/inbox/new')
  await ana.page.getByRole('textbox', { name: 'Subject' }).fill('Los de los jueves')
  await ana.page.getByRole('checkbox', { name: 'Bento Carvalho' }).check()
  await button(ana, 'Create').click()
  await waitForStatus(ana, 'Live')
  const field = ana.page.getByRole('textbox', { name: /^Message to/ })
  await field.fill('Oye @Be')
  await ana.page
    .getByRole('group', { name: 'Mention' })
    .getByRole('button', { name: 'Bento Carvalho' })
    .click()
  await expect(field).toHaveValue('Oye @Bento Carvalho ')
  await visit(ana, '#/inbox')
  await item(ana, 'Los de los jueves').getByText('Draft:').waitFor()
  await ana.page.reload()
  await item(ana, 'Los de los jueves').getByRole('link').click()
  await expect(field).toHaveValue('Oye @Bento Carvalho ')
  await visit(bento, '#/inbox')
  await field.press('Enter')
  await waitForMessage(ana, 'Oye @Bento Carvalho')
  await item(bento, 'Los de los jueves').getByLabel('1 mention of you').waitFor()
  await item(bento, 'Los de los jueves').getByRole('link').click()
  await waitForMessage(bento, 'Oye @Bento Carvalho')
  await expect(item(bento, 'Los de los jueves').locator('.badge')).toHaveCount(0)
})

test('a picture, a voice note and a song arrive', async ({ ana, bento }) => {
  const png = await ana.page.screenshot({ clip: { x: 0, y: 0, width: 120, height: 60 } })
  await ana.page
    .getByLabel('Attach a picture')
    .setInputFiles({ name: 'foto.png', mimeType: 'image/png', buffer: png })
  await expect(bento.page.getByRole('log').getByRole('img', { name: 'foto.png' })).toHaveAttribute(
    'width',
    '120',
  )
  await button(ana, 'Record a voice note').click()
  await ana.page.waitForTimeout(1200)
  await button(ana, 'Stop and send').click()
  await bento.page.getByRole('log').locator('audio').waitFor()
  await button(ana, 'Send a song').click()
  await ana.page.getByRole('dialog').getByRole('searchbox').fill('samba do cafe')
  await ana.page
    .getByRole('dialog')
    .getByRole('button', { name: /Samba do café/ })
    .click()
  await bento.page
    .getByRole('log')
    .getByRole('link', { name: /Samba do café/ })
    .waitFor()
})

test('a message is pinned, found, shown in its place, and has a thread', async ({ ana, bento }) => {
  await say(bento, 'El ensayo es a las ocho')
  await waitForMessage(ana, 'El ensayo es a las ocho')
  await act(ana, 'El ensayo es a las ocho', 'Reply')
  await say(ana, 'Llevo el bajo')
  await act(ana, 'El ensayo es a las ocho', 'Pin')
  const pinned = bento.page.getByRole('list', { name: 'Pinned messages' })
  await pinned.getByText('El ensayo es a las ocho').waitFor()
  await act(ana, 'El ensayo es a las ocho', 'Replies')
  await ana.page.getByRole('dialog').getByText('Llevo el bajo').waitFor()
  await ana.page.keyboard.press('Escape')
  await ana.page.locator('.chat').getByRole('button', { name: 'Search messages' }).click()
  await ana.page.locator('.chat').getByRole('searchbox').fill('ensayo')
  const found = ana.page.locator('.message-search').getByRole('button', { name: /ensayo/ })
  await expect(found.locator('mark')).toHaveText('ensayo')
  await found.click()
  await expect(row(ana, 'El ensayo es a las ocho')).toBeInViewport()
})

test('an owner keeps a group to announcements, and bans', async ({ ana, bento }) => {
  await button(ana, 'About').click()
  // It is checked once the database has it.
  await ana.page.getByRole('checkbox', { name: 'Only admins write' }).click()
  await bento.page.getByText('Only the admins write here.').waitFor()
  await ana.page.getByRole('combobox', { name: 'Role of Bento Carvalho' }).selectOption('admin')
  await bento.page.getByRole('textbox', { name: /^Message to/ }).waitFor()
  await button(ana, 'Ban Bento Carvalho').click()
  await ana.page.getByText('Banned users').waitFor()
  await bento.page
    .getByText(/^(Closed|There is no such conversation)/)
    .first()
    .waitFor()
  // The page asked once more for what it had open.
  expectTrouble(bento, /status of 400/)
  await ana.page.getByText('Banned users').click()
  await button(ana, 'Lift the ban').click()
  await ana.page.getByText('Nobody is banned.').waitFor()
})

test('a conversation is pinned, muted, archived, marked unread, cleared and hidden', async ({ ana }) => {
  const { page } = ana
  await visit(ana, '#/inbox')
  await item(ana, 'Bento Carvalho').getByRole('link').click()
  await waitForStatus(ana, 'Live')
  await button(ana, 'About').click()
  await button(ana, 'Pin').click()
  await expect(page.getByRole('region', { name: 'Inbox' }).getByRole('listitem').first()).toContainText(
    'Bento',
  )
  await button(ana, 'Mute').click()
  await item(ana, 'Bento Carvalho').getByText('Muted').waitFor()
  await button(ana, 'Mark as unread').click()
  await item(ana, 'Bento Carvalho').getByLabel('Marked as unread').waitFor()
  await button(ana, 'Archive').click()
  await expect(item(ana, 'Bento Carvalho')).toHaveCount(0)
  await button(ana, 'Archived').click()
  await item(ana, 'Bento Carvalho').waitFor()
  await button(ana, 'Unarchive').click()
  await button(ana, 'All').click()
  await button(ana, 'Clear for me').click()
  await button(ana, 'Yes').click()
  await expect(page.getByRole('log').getByRole('listitem')).toHaveCount(0)
  await button(ana, 'Hide until the next message').click()
  await expect(item(ana, 'Bento Carvalho')).toHaveCount(0)
})

test('a message is reported, and a moderator resolves the report', async ({ ana, bento }) => {
  await openChat(ana, 'Clara Whitfield')
  await become(bento, 'Clara Whitfield')
  await openChat(bento, 'Ana Ruiz')
  await say(ana, 'Compra mis discos baratos')
  await waitForMessage(bento, 'Compra mis discos baratos')
  await act(bento, 'Compra mis discos baratos', 'Report')
  await bento.page.getByRole('dialog').getByRole('button', { name: 'Send the report' }).click()
  await bento.page.getByText('A moderator will look at it.').waitFor()
  await bento.page.keyboard.press('Escape')
  await become(bento, 'Inês Duarte')
  await visit(bento, '#/me')
  await bento.page.getByRole('link', { name: 'Moderation' }).click()
  const report = bento.page.getByRole('listitem').filter({ hasText: 'Compra mis discos baratos' })
  await report.getByRole('textbox', { name: 'What was done' }).fill('hablamos')
  await report.getByRole('button', { name: 'Resolve' }).click()
  await expect(report).toHaveCount(0)
})
