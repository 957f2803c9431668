import { readFile } from 'node:fs/promises'
import { expect } from '@playwright/test'
import { findBarriers, findWide } from './axe.ts'
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

// Profiles, figures, leaving, a start without a network, and what holds on every page.
test.describe.configure({ mode: 'serial' })

const button = ({ page }: Person, name: string) => page.getByRole('button', { name, exact: true })

test('a profile is edited, with a picture and works, and the directory finds it', async ({ ana, bento }) => {
  await Promise.all([become(ana, 'Ana Ruiz'), become(bento, 'Bento Carvalho')])
  const { page } = ana
  await visit(ana, '#/me/edit')
  const png = await page.screenshot({ clip: { x: 0, y: 0, width: 64, height: 64 } })
  await page
    .getByLabel('Choose a picture')
    .setInputFiles({ name: 'yo.png', mimeType: 'image/png', buffer: png })
  await page.locator('.avatar-form img').waitFor()
  await page.getByRole('textbox', { name: 'Professions, with commas' }).fill('cantautora, productora')
  await page.getByRole('textbox', { name: 'Languages, such as es, pt' }).fill('es, pt')
  await page.getByRole('checkbox', { name: 'Open to work' }).check()
  await button(ana, 'Save').click()
  await page.getByText('cantautora').waitFor()
  await page.getByText('Add a work').click()
  await page.getByRole('textbox', { name: 'Title' }).fill('Disco del patio')
  await page.getByRole('textbox', { name: 'Web address' }).fill('https://example.com/disco')
  await button(ana, 'Add').click()
  await page.getByRole('link', { name: 'https://example.com/disco' }).waitFor()

  await visit(bento, '#/people')
  await bento.page.getByText('Filters').click()
  await bento.page.getByRole('checkbox', { name: 'Open to work' }).check()
  await bento.page
    .getByRole('group', { name: 'Profession' })
    .getByRole('button', { name: /productora/ })
    .click()
  await bento.page.getByRole('status').getByText('1 person').waitFor()
  await bento.page.getByRole('region', { name: 'People' }).getByRole('link', { name: 'Ana Ruiz' }).click()
  await bento.page.getByText('Disco del patio').waitFor()
  await button(bento, 'Follow').click()
  await button(bento, 'Following').waitFor()
  await bento.page.getByRole('button', { name: '1 followers' }).click()
  await bento.page
    .getByRole('dialog')
    .getByRole('link', { name: /Bento Carvalho/ })
    .waitFor()
  await bento.page.keyboard.press('Escape')
})

test('a user reviews another after a job, and is answered', async ({ ana, bento }) => {
  await Promise.all([openChat(ana, 'Bento Carvalho'), openChat(bento, 'Ana Ruiz')])
  await say(ana, 'Gracias por el ensayo')
  await waitForMessage(bento, 'Gracias por el ensayo')
  await say(bento, 'Obrigado você')
  await waitForMessage(ana, 'Obrigado você')
  await button(bento, 'About').click()
  await button(bento, 'We agreed on a job').click()
  await button(bento, 'Review').click()
  await bento.page.getByRole('textbox', { name: 'How was it?' }).fill('Uma voz e tanto')
  await button(bento, 'Publish the review').click()
  await expect(button(bento, 'Publish the review')).toHaveCount(0)
  await visit(ana, '#/me')
  const review = ana.page.getByRole('listitem').filter({ hasText: 'Uma voz e tanto' })
  await review.getByRole('button', { name: 'Answer' }).click()
  await review.getByRole('textbox', { name: 'Answer' }).fill('¡Cuando quieras!')
  await review.getByRole('button', { name: 'Save' }).click()
  await ana.page.getByText('¡Cuando quieras!').waitFor()
})

test('a block ends the writing, and is taken back in the account', async ({ bento }) => {
  await visit(bento, '#/people/5eed0000-0000-4000-8000-000000000006')
  await bento.page.getByRole('heading', { name: 'Joe Hallam' }).waitFor()
  await button(bento, 'Block').click()
  await button(bento, 'Yes').click()
  await button(bento, 'Unblock').waitFor()
  await visit(bento, '#/me/account')
  await button(bento, 'Unblock').click()
  await bento.page.getByText('You have blocked nobody.').waitFor()
})

const songId = '5eed0000-0000-4000-9000-000000000001'
const person = '5eed0000-0000-4000-8000-000000000002'
const pages = [
  '#/songs',
  `#/songs/${songId}`,
  `#/songs/${songId}/edit`,
  `#/songs/${songId}/history`,
  `#/songs/${songId}/figures`,
  '#/songs/new',
  '#/songs/trash',
  '#/setlists',
  `#/people/${person}`,
  `#/people/${person}/chat`,
  '#/inbox',
  '#/inbox/new',
  '#/notices',
  '#/me',
  '#/me/edit',
  '#/me/figures',
  '#/me/account',
]
const looks = [
  { width: 1280, height: 800, colorScheme: 'light', language: 'en' },
  { width: 390, height: 760, colorScheme: 'dark', language: 'es' },
  { width: 320, height: 640, colorScheme: 'light', language: 'pt' },
] as const

for (const { width, height, colorScheme, language } of looks) {
  test(`no page has a barrier or is too wide: ${width} px, ${colorScheme}, ${language}`, async ({ ana }) => {
    const { page } = ana
    await visit(ana, '#/me/account')
    await page.locator('.page .language').selectOption(language)
    await page.setViewportSize({ width, height })
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const found: string[] = []
    const titles = new Set<string>()
    for (const hash of pages) {
      await visit(ana, hash)
      await page.locator('main').waitFor()
      // Each page has a title of its own once it is there.
      const title = () => page.title().then((one) => one !== 'Tertulia' && !titles.has(one))
      await expect.poll(title, { message: `a title of ${hash}` }).toBe(true)
      titles.add(await page.title())
      await page.waitForLoadState('networkidle')
      for (const barrier of await findBarriers(page)) found.push(`${hash} ${barrier}`)
      for (const wide of await findWide(page)) found.push(`${hash} wide: ${wide}`)
      const name = `${hash.replaceAll(/[^a-z]+/g, '-')}-${width}.png`
      if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}` })
    }
    expect(found).toEqual([])
    await visit(ana, '#/me/account')
    await page.locator('.page .language').selectOption('en')
    await page.setViewportSize({ width: 1280, height: 800 })
    await page.emulateMedia({ colorScheme: null, reducedMotion: null })
  })
}

test('a message is sent by the keyboard alone', async ({ ana, bento }) => {
  await openChat(bento, 'Ana Ruiz')
  const { page } = ana
  await visit(ana, '#/songs')
  await page.reload()
  await page.getByRole('link', { name: 'New song' }).waitFor()
  await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: 'Skip to the content' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.locator('main')).toBeFocused()
  const reach = async (name: RegExp, key = 'Tab') => {
    for (let step = 0; step < 40; step++) {
      const text = await page.evaluate(() => {
        const { activeElement: one } = document
        return one?.getAttribute('aria-label') ?? one?.textContent ?? ''
      })
      if (name.test(text)) return
      await page.keyboard.press(key)
    }
    throw new Error(`unable to reach ${name} by the keyboard`)
  }
  await reach(/Inbox/, 'Shift+Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('region', { name: 'Inbox' }).getByRole('link', { name: /Bento/ }).waitFor()
  await reach(/Bento Carvalho/)
  await page.keyboard.press('Enter')
  // What was opened has the focus, so that the next key goes on from there.
  await expect(page.getByRole('heading', { name: 'Bento Carvalho' })).toBeFocused()
  await waitForStatus(ana, 'Live')
  await reach(/^Message to/)
  await page.keyboard.type('Solo con teclas')
  await page.keyboard.press('Enter')
  await waitForMessage(bento, 'Solo con teclas')
})

test('figures and an export of the account are there', async ({ ana }) => {
  const { page } = ana
  await visit(ana, '#/me/figures')
  await page.getByRole('figure', { name: /Views by day/ }).waitFor()
  await visit(ana, '#/me/account')
  const [file] = await Promise.all([page.waitForEvent('download'), button(ana, 'Download my data').click()])
  const lines = (await readFile(await file.path(), 'utf8')).split('\n').map((line) => JSON.parse(line))
  expect(lines.map(({ table }) => table)).toContain('public.profile_details')
  expect(lines.length).toBeGreaterThan(20)
})

test('the app starts without a network, with its conversations', async ({ ana }) => {
  const { page } = ana
  await page.reload()
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => null))
  await visit(ana, '#/inbox')
  await page.getByRole('region', { name: 'Inbox' }).getByRole('link', { name: /Bento/ }).click()
  await waitForMessage(ana, 'Solo con teclas')
  await waitForStatus(ana, 'Live')
  // What the cache keeps is written a moment later.
  await page.waitForTimeout(2500)
  await ana.cutNetwork()
  await page.reload()
  await page.getByText('You are offline.').waitFor()
  await waitForMessage(ana, 'Solo con teclas')
  await say(ana, 'Escrito sin red')
  await page.getByText('1 message waits to be sent.').waitFor()
  await ana.restoreNetwork()
  await waitForStatus(ana, 'Live')
  await expect(page.getByText('1 message waits to be sent.')).toHaveCount(0)
  await waitForMessage(ana, 'Escrito sin red')
})

test('a user signs up, and is asked to confirm the address', async ({ bento }) => {
  const { page } = bento
  await button(bento, 'Sign out').click()
  await button(bento, 'Create an account').click()
  await page.getByLabel('Name').fill('Nadia Nueva')
  await page.getByLabel('E-mail', { exact: true }).fill('nadia@example.com')
  await page.getByLabel('Password', { exact: true }).fill('tertulia-demo')
  await button(bento, 'Create').click()
  await page.getByText(/confirm the address/).waitFor()
})

test('a user is found, leaves, and is gone', async ({ ana, bento }) => {
  const { page } = bento
  await page.getByRole('button', { name: /Joe Hallam/ }).click()
  await button(bento, 'Sign out').waitFor()
  await visit(ana, '#/people')
  const search = ana.page.getByRole('searchbox', { name: 'Search people' })
  const joe = ana.page.getByRole('link', { name: /Joe Hallam/ })
  await search.fill('hallam')
  await joe.waitFor()
  await visit(bento, '#/me/account')
  await button(bento, 'Delete my account').click()
  await button(bento, 'Yes').click()
  await page.getByRole('heading', { name: 'Who are you today?' }).waitFor()
  // Auth does not know the account any more that signs out.
  expectTrouble(bento, /status of 403/)
  await search.fill('')
  await search.fill('hallam')
  await ana.page.getByText('Nobody has these words.').waitFor()
  await expect(joe).toHaveCount(0)
})
