import assert from 'node:assert/strict'
import { expect } from '@playwright/test'
import { accountPassword } from '../../examples/web/src/accounts.ts'
import { test } from './fixtures.ts'
import { renderHostileSongs } from './hostile-songs.ts'
import { leavePages } from './leaving.ts'
import {
  expectTrouble,
  openChat,
  type Person,
  readMessages,
  say,
  signInByClick,
  signInByForm,
  waitForMessage,
  waitForStatus,
} from './person.ts'
import { turnPictures } from './turned-pictures.ts'

// What the demo promises, in the order in which two users try it: each test goes on where the one before ended.
test.describe.configure({ mode: 'serial' })

test('a wrong password is told and lets nobody in', async ({ ana }) => {
  const { page } = ana
  await page.getByLabel('E-mail', { exact: true }).fill('ana@example.com')
  await page.getByLabel('Password', { exact: true }).fill('not the password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('alert').getByText('Invalid login credentials').waitFor()
  expectTrouble(ana, /status of 400/)
})

test('two people sign in, one by a click, one by the form', async ({ ana, bento }) => {
  await Promise.all([
    signInByClick(ana, 'Ana Ruiz'),
    signInByForm(bento, 'bento@example.com', accountPassword),
  ])
})

test('a song is found by a word of its lyric, as it is typed', async ({ ana }) => {
  const { page } = ana
  await page.getByRole('searchbox', { name: 'Search songs' }).pressSequentially('limon')
  // Blind to accents: the song says "limón".
  await page.getByRole('status').getByText('1 song with “limon”').waitFor()
  await page.getByRole('link', { name: 'La casa del patio' }).click()
  await page.getByRole('heading', { name: 'La casa del patio' }).waitFor()
})

test('the song shows its chords over the words', async ({ ana }) => {
  const { page } = ana
  const song = page.getByRole('article')
  await song.getByText('Estribillo', { exact: true }).waitFor()
  await song.getByText('96 bpm').waitFor()
  const piece = song.locator('.piece', { hasText: 'patio' }).first()
  await piece.getByText('D', { exact: true }).waitFor()
  const chord = await piece.locator('b').boundingBox()
  const words = await piece.locator('span').boundingBox()
  assert(chord && words, 'a chord and its word are on the screen')
  assert(chord.y + chord.height <= words.y + 1, 'the chord is above its word')
  assert(Math.abs(chord.x - words.x) < 2, 'the chord begins where its word does')
})

test('a song is transposed on the page and back', async ({ ana }) => {
  const { page } = ana
  const first = page.getByRole('article').locator('.piece', { hasText: 'patio' }).first().locator('b')
  const facts = page.locator('.facts')
  await page.getByRole('button', { name: 'A semitone up' }).click()
  await page.getByRole('button', { name: 'A semitone up' }).click()
  await first.getByText('E', { exact: true }).waitFor()
  await facts.getByText('A', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'A semitone down' }).click()
  await page.getByRole('button', { name: 'A semitone down' }).click()
  await first.getByText('D', { exact: true }).waitFor()
  await facts.getByText('G', { exact: true }).waitFor()
})

test('a song is made a favourite, and is one after a reload', async ({ ana }) => {
  const { page } = ana
  const heart = (pressed: boolean) => page.getByRole('button', { name: /^. Favourite$/, pressed })
  // A reload gives up what is under way.
  await Promise.all([page.waitForResponse(/rpc\/.*favorite/), heart(false).click()])
  await heart(true).waitFor()
  await page.reload()
  await expect(heart(true)).toBeVisible()
})

test('the HTML of over 400 hostile and broken songs holds nothing that runs', async ({ ana }) => {
  await renderHostileSongs(ana)
})

test('a turned photo is drawn upright, and tells nothing but its pixels', async ({ ana }) => {
  await turnPictures(ana)
})

test('a private song is there for its owner alone', async ({ ana, bento }) => {
  for (const { page } of [ana, bento]) {
    await page.getByRole('searchbox').fill('')
    await page.getByRole('searchbox').fill('borrador abril')
  }
  await ana.page.getByRole('status').getByText('1 song with').waitFor()
  await bento.page.getByRole('status').getByText('0 songs with').waitFor()
})

test('two people open their conversation', async ({ ana, bento }) => {
  await Promise.all([openChat(ana, 'Bento Carvalho'), openChat(bento, 'Ana Ruiz')])
})

test('what one says shows in the other window at once', async ({ ana, bento }) => {
  await say(ana, '¿Tocamos juntos el sábado?')
  await waitForMessage(bento, '¿Tocamos juntos el sábado?')
  await say(bento, 'Sábado, às sete. Levo o pandeiro!')
  await waitForMessage(ana, 'Sábado, às sete. Levo o pandeiro!')
  await haveSame(ana, bento)
})

test('older messages load above', async ({ ana }) => {
  await openChat(ana, 'Diego Quispe')
  const before = await readMessages(ana)
  assert.equal(before.length, 50)
  await ana.page.getByRole('button', { name: 'Load older messages' }).click()
  await ana.page.getByText('¿jugamos a las palabras encadenadas').waitFor()
  const all = await readMessages(ana)
  assert.deepEqual(all.slice(-50), before)
  await openChat(ana, 'Bento Carvalho')
})

test('twenty visits to a conversation join its person’s channel once, and leaving leaves that one alone', async ({
  ana,
}) => {
  const channels = () => [...ana.joined].filter(([, times]) => times > 0).map(([topic]) => topic)
  const mine = () => channels().filter((topic) => topic.startsWith('realtime:user:'))
  for (let n = 0; n < 20; n++) {
    await openChat(ana, n % 2 === 0 ? 'Diego Quispe' : 'Bento Carvalho')
    // The inbox and the notices in the bar above use it too.
    assert.equal(mine().length, 1)
    assert.deepEqual(
      [...ana.joined].filter(([, times]) => times > 1),
      [],
    )
  }
  await ana.page.getByRole('link', { name: 'Songs', exact: true }).click()
  await expect.poll(() => channels().length, { message: 'only the channel of the bar stays' }).toBe(1)
  assert.deepEqual(channels(), mine())
  await openChat(ana, 'Bento Carvalho')
})

test('a window without network catches up with what was said meanwhile', async ({ ana, bento }) => {
  await bento.cutNetwork()
  const missed = ['Uno', 'Dos', 'Tres'].map((word) => `${word}, sin que nadie oiga`)
  for (const content of missed) {
    await say(ana, content)
    await waitForMessage(ana, content)
  }
  const heard = await readMessages(bento)
  assert(!heard.some((content) => missed.includes(content)), 'nothing comes through without a network')
  await bento.restoreNetwork()
  await haveSame(ana, bento)
  await waitForStatus(bento, 'Live')
})

test('a message without a network is kept, and is sent once in the end', async ({ ana, bento }) => {
  await bento.cutNetwork()
  await say(bento, 'Isto vai chegar uma vez só')
  await bento.page.getByRole('log').getByText('Sending…').waitFor()
  // It shows at once, and is in storage a moment later.
  await expect
    .poll(() => bento.page.evaluate(() => JSON.stringify({ ...localStorage })))
    .toContain('Isto vai chegar uma vez só')
  await bento.restoreNetwork()
  await waitForMessage(ana, 'Isto vai chegar uma vez só')
  await haveSame(ana, bento)
  const copies = (await readMessages(bento)).filter((content) => content === 'Isto vai chegar uma vez só')
  assert.equal(copies.length, 1)
})

test('a group is made, and its messages show in the other inbox with what is unread', async ({
  ana,
  bento,
}) => {
  await bento.page.getByRole('link', { name: 'Inbox', exact: true }).click()
  const list = bento.page.getByRole('region', { name: 'Inbox' })
  await list.getByRole('link', { name: 'Ana Ruiz' }).waitFor()
  await ana.page.getByRole('link', { name: 'Inbox', exact: true }).click()
  await ana.page.getByRole('link', { name: 'New group' }).click()
  await ana.page.getByRole('textbox', { name: 'Subject' }).fill('Ensayo del sábado')
  await ana.page.getByRole('checkbox', { name: 'Bento Carvalho' }).check()
  await ana.page.getByRole('checkbox', { name: 'Diego Quispe' }).check()
  await ana.page.getByRole('button', { name: 'Create' }).click()
  await ana.page.getByRole('heading', { name: 'Ensayo del sábado' }).waitFor()
  await waitForStatus(ana, 'Live')
  // Bento has not opened it: it appears by itself, at the top, and counts.
  const item = list.getByRole('listitem').filter({ hasText: 'Ensayo del sábado' })
  await item.waitFor()
  for (const [at, content] of ['¿A las siete?', 'Traigan el pandeiro'].entries()) {
    await say(ana, content)
    await item.getByLabel(`${at + 1} unread`).waitFor()
    await item.getByText(content).waitFor()
  }
  assert.match((await list.getByRole('listitem').first().textContent()) ?? '', /Ensayo del sábado/)
  await item.getByRole('link').click()
  await waitForMessage(bento, 'Traigan el pandeiro')
  await expect(bento.page.getByRole('log').locator('.who')).toHaveText(['Ana Ruiz'])
  // What is on the screen is read, and the sender sees it.
  await expect(item.locator('.badge')).toHaveCount(0)
  await ana.page.getByText('Seen by Bento Carvalho').waitFor()
  await openChat(ana, 'Bento Carvalho')
  await openChat(bento, 'Ana Ruiz')
})

test('a message is answered, marked with an emoji, changed and deleted', async ({ ana, bento }) => {
  const row = (person: Person, text: string) =>
    person.page.getByRole('log').getByRole('listitem').filter({ hasText: text })
  const act = async (person: Person, text: string, action: string) => {
    await row(person, text).last().getByRole('button', { name: 'Actions' }).click()
    await row(person, text).last().getByRole('button', { name: action, exact: true }).click()
  }
  await say(ana, '¿En qué tono la cantamos?')
  await waitForMessage(bento, '¿En qué tono la cantamos?')
  await act(bento, '¿En qué tono la cantamos?', 'React with 🎸')
  await row(ana, '¿En qué tono').getByRole('button', { name: 'React with 🎸 (1)' }).waitFor()
  await act(bento, '¿En qué tono la cantamos?', 'Reply')
  await say(bento, 'Em ré, com capotraste')
  await row(ana, 'Em ré, com').locator('.quote', { hasText: '¿En qué tono' }).waitFor()
  await act(bento, 'Em ré, com', 'Edit')
  await say(bento, 'Em mi, sem capotraste: https://example.com/tom.')
  const link = row(ana, 'Em mi, sem').getByRole('link', { name: 'https://example.com/tom', exact: true })
  await link.waitFor()
  await row(ana, 'Em mi, sem').getByText('edited').waitFor()
  await act(bento, 'Em mi, sem', 'Delete')
  await ana.page.getByRole('log').getByText('Message deleted').first().waitFor()
  await expect(link).toHaveCount(0)
  await haveSame(ana, bento)
})

test('a wrong address of a conversation says so and leads back', async ({ ana }) => {
  const { page } = ana
  await page.goto(`${new URL(page.url()).origin}/#/inbox/${crypto.randomUUID()}`)
  await page.getByText('There is no such conversation').waitFor()
  expect(await page.getByText('No messages yet.').count()).toBe(0)
  expectTrouble(ana, /status of 400/)
  await page.getByRole('link', { name: 'Back to Inbox' }).click()
  await page.getByText('Choose a conversation.').waitFor()
})

test('a search without a result leads back to all songs', async ({ ana }) => {
  const { page } = ana
  await page.getByRole('link', { name: 'Songs', exact: true }).click()
  await page.getByRole('searchbox', { name: 'Search songs' }).fill('xyzzyqq')
  await page.getByRole('status').getByText('0 songs with').waitFor()
  await page.getByRole('button', { name: 'Show all songs' }).click()
  await page.getByRole('link', { name: 'La casa del patio' }).waitFor()
})

test('the page speaks the language that is chosen', async ({ ana }) => {
  const { page } = ana
  await page.getByRole('combobox', { name: 'Language' }).selectOption('es')
  await page.getByRole('link', { name: 'Canciones', exact: true }).waitFor()
  assert.equal(await page.locator('html').getAttribute('lang'), 'es')
  await page.getByRole('combobox', { name: 'Idioma' }).selectOption('en')
})

test('nothing is wider than a phone', async ({ ana }) => {
  const { page } = ana
  await openChat(ana, 'Diego Quispe')
  const chat = new URL(page.url()).hash
  for (const width of [390, 320]) {
    await page.setViewportSize({ width, height: 640 })
    for (const hash of ['#/songs', '#/people', chat, '#/inbox', '#/inbox/new']) {
      await page.evaluate((to) => location.assign(to), hash)
      await page.locator('main').waitFor()
      const wide = () =>
        page.evaluate(() =>
          [...document.querySelectorAll('.bar, .list, .detail, .chat, .composer')]
            .filter(
              (one) =>
                one.getBoundingClientRect().right > innerWidth + 1 || one.scrollWidth > one.clientWidth + 1,
            )
            .map((one) => one.className),
        )
      await expect.poll(wide, { message: `${hash} at ${width} px` }).toEqual([])
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 })
})

test('signing out leaves nothing of the person in the window', async ({ ana, bento }) => {
  const { page } = ana
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Who are you today?' }).waitFor()
  assert(!(await page.content()).includes('pandeiro'), 'no message stays on the page')
  const stored = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))
  assert(!stored.includes('access_token'), 'no session stays in the window')
  await waitForStatus(bento, 'Live')
})

test('another person in the same window sees nothing of the one before', async ({ ana }) => {
  await signInByClick(ana, 'Clara Whitfield')
  await openChat(ana, 'Bento Carvalho')
  await ana.page.getByText('No messages yet.').waitFor()
  assert.deepEqual(await readMessages(ana), [])
})

test('what is tracked in the click that leaves a page arrives, of a user and of a visitor', async ({
  stack,
  folder,
}) => {
  await leavePages(stack, folder)
})

async function haveSame(one: Person, other: Person): Promise<void> {
  await expect(async () => {
    const [mine, theirs] = await Promise.all([readMessages(one), readMessages(other)])
    expect(mine).toEqual(theirs)
  }).toPass({ timeout: 15_000 })
}
