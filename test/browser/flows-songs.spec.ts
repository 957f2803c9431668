import { expect } from '@playwright/test'
import { test } from './fixtures.ts'
import { become, expectTrouble, type Person, visit } from './person.ts'

// From writing a song to giving it away. Each test goes on where the one before ended.
test.describe.configure({ mode: 'serial' })

const title = 'Vals de la prueba'
const text = `{title: ${title}}
{key: C}

[C]Primera línea
[F]Segunda línea
[G]Tercera línea
`
let song = ''

const field = ({ page }: Person) => page.getByRole('textbox', { name: 'Text of the song' })
const button = ({ page }: Person, name: string) => page.getByRole('button', { name, exact: true })
const save = (person: Person) => button(person, 'Save').click()
const sheet = ({ page }: Person) => page.locator('.song .sheet')

async function change(person: Person, from: string, to: string): Promise<void> {
  await field(person).fill((await field(person).inputValue()).replace(from, to))
}

test('a song is written beside its sheet', async ({ ana, bento }) => {
  await Promise.all([become(ana, 'Ana Ruiz'), become(bento, 'Bento Carvalho')])
  await ana.page.getByRole('link', { name: 'New song' }).click()
  await field(ana).fill(text)
  await ana.page.locator('.preview').getByText('Segunda línea').waitFor()
  await save(ana)
  await ana.page.getByRole('heading', { name: title }).waitFor()
  song = new URL(ana.page.url()).hash
  await ana.page.getByRole('button', { name: '＋ Tag' }).click()
  await ana.page.getByRole('combobox', { name: 'Tag', exact: true }).fill('vals')
  await button(ana, 'Add').click()
  await ana.page.getByText('#vals').waitFor()
})

test('it is shared by handle, and the other user accepts the notice', async ({ ana, bento }) => {
  await button(ana, 'Share').click()
  const dialog = ana.page.getByRole('dialog')
  await dialog.getByRole('searchbox', { name: 'Share with' }).fill('@bento')
  await dialog.getByRole('button', { name: /Bento Carvalho/ }).click()
  await dialog.getByRole('combobox', { name: 'Role' }).selectOption('edit')
  await dialog.getByRole('button', { name: 'Share', exact: true }).click()
  await dialog.getByText('can edit · waiting for an answer').waitFor()
  await ana.page.keyboard.press('Escape')
  await expect(dialog).toHaveCount(0)
  await bento.page.getByRole('link', { name: 'Notices, 1 unread' }).click()
  await button(bento, 'Accept').click()
  await expect(button(bento, 'Accept')).toHaveCount(0)
  await visit(bento, song)
  await bento.page.getByRole('heading', { name: title }).waitFor()
})

test('two edits of the same lines are a conflict, of other lines a merge', async ({ ana, bento }) => {
  for (const person of [ana, bento]) {
    await visit(person, `${song}/edit`)
    await field(person).waitFor()
  }
  await change(ana, 'Primera línea', 'Primera de Ana')
  await save(ana)
  await sheet(ana).getByText('Primera de Ana').waitFor()
  // Bento still edits the version before: the same line, and another one.
  await change(bento, 'Primera línea', 'Primera de Bento')
  await change(bento, 'Tercera línea', 'Tercera de Bento')
  await save(bento)
  expectTrouble(bento, /status of 4/)
  await bento.page.getByText('You both changed the same lines, in 1 place.').waitFor()
  await bento.page.getByRole('radio', { name: /^Both/ }).check()
  await button(bento, 'Go on').click()
  await bento.page.getByText('Both changes are in the text now').waitFor()
  await save(bento)
  for (const line of ['Primera de Ana', 'Primera de Bento', 'Tercera de Bento']) {
    await sheet(ana).getByText(line).waitFor()
  }
})

test('the history shows what changed, and a version comes back', async ({ ana }) => {
  const { page } = ana
  await page.getByRole('link', { name: 'History' }).click()
  await page.getByRole('button', { name: /Created/ }).click()
  await page.locator('.diff ins').getByText('Ana').first().waitFor()
  await button(ana, 'Restore this version').click()
  await sheet(ana).getByText('Primera línea').waitFor()
})

test('a link opens a private song for one user, and then no more', async ({ ana, bento }) => {
  await visit(ana, '#/songs/5eed0000-0000-4000-9000-000000000003')
  await ana.page.getByRole('heading', { name: 'Borrador de abril' }).waitFor()
  await button(ana, 'Share').click()
  const dialog = ana.page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Links' }).click()
  // While it is private, a link opens for nobody.
  await dialog.getByRole('button', { name: 'Let links open it' }).click()
  await dialog.getByRole('button', { name: 'Let links open it' }).waitFor({ state: 'detached' })
  await dialog.getByRole('checkbox', { name: 'Only for one person' }).check()
  await dialog.getByRole('button', { name: 'Create a link' }).click()
  const { hash } = new URL(await dialog.getByRole('textbox', { name: 'Link' }).inputValue())
  await visit(bento, hash)
  await bento.page.getByRole('heading', { name: 'Borrador de abril' }).waitFor()
  await ana.page.keyboard.press('Escape')
  await become(bento, 'Clara Whitfield')
  await visit(bento, hash)
  await bento.page.getByText('Ask for another link.').waitFor()
  expectTrouble(bento, /status of 4/)
  await become(bento, 'Bento Carvalho')
})

test('a transfer gives a song away', async ({ ana, bento }) => {
  await visit(ana, song)
  await ana.page.getByRole('heading', { name: title }).waitFor()
  await button(ana, 'Share').click()
  const dialog = ana.page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'New owner' }).click()
  await dialog.getByRole('searchbox', { name: 'New owner' }).fill('bento')
  await dialog.getByRole('button', { name: /Bento Carvalho/ }).click()
  await dialog.getByRole('button', { name: 'Offer' }).click()
  await dialog.getByRole('button', { name: 'Yes' }).click()
  await dialog.getByText('waiting for an answer').waitFor()
  await ana.page.keyboard.press('Escape')
  await visit(bento, '#/notices')
  const notice = bento.page.getByRole('listitem').filter({ hasText: 'wants to give you' })
  await notice.getByRole('button', { name: 'Accept' }).click()
  await bento.page.getByRole('heading', { name: title }).waitFor()
  await button(bento, 'Delete the song').waitFor()
})

test('a deleted song is in the trash, and comes back', async ({ ana, bento }) => {
  // Who has it open is told that it is gone.
  await visit(ana, '#/setlists')
  await ana.page.getByRole('heading', { name: 'Setlists' }).waitFor()
  await button(bento, 'Delete the song').click()
  await button(bento, 'Yes').click()
  const row = bento.page.getByRole('listitem').filter({ hasText: title })
  await row.getByRole('button', { name: 'Restore' }).click()
  await bento.page.getByRole('heading', { name: title }).waitFor()
  // The page still watched the song when it went.
  expectTrouble(bento, /status of 400/)
})

test('a setlist is made, put in order and shown to whoever watches it', async ({ ana }) => {
  const { page } = ana
  await visit(ana, '#/setlists')
  await page.getByRole('textbox', { name: 'New setlist' }).fill('Sábado en el patio')
  await button(ana, 'Create').click()
  await page.getByRole('heading', { name: 'Sábado en el patio' }).waitFor()
  for (const name of ['La casa del patio', 'Tren de la sierra']) {
    await page.getByRole('searchbox', { name: 'Add a song' }).fill(name)
    await page.locator('.picker').getByRole('button', { name }).click()
    await page.locator('.entries').getByRole('link', { name }).waitFor()
  }
  await page.getByRole('button', { name: 'Move Tren de la sierra up' }).click()
  await expect(page.locator('.entries strong')).toHaveText(['Tren de la sierra', 'La casa del patio'])
  await page.getByRole('button', { name: 'Key and note of Tren de la sierra' }).click()
  await page.getByRole('textbox', { name: 'Note' }).fill('sin prisa')
  await save(ana)
  await page.locator('.entries').getByText('sin prisa').waitFor()
})

test('songs are narrowed by facets, recommended and tagged', async ({ ana }) => {
  const { page } = ana
  await visit(ana, '#/songs')
  await page.getByText('Filters').click()
  await page.getByRole('group', { name: 'Genre' }).getByRole('button', { name: /Nana/ }).click()
  await page.getByRole('status').getByText('1 song').waitFor()
  const songs = page.getByRole('region', { name: 'Songs' })
  await songs.getByRole('link', { name: 'Arrorró' }).waitFor()
  await page.getByRole('group', { name: 'Genre' }).getByRole('button', { name: /Nana/ }).click()
  // What a search finds comes in an order of the user's choice.
  await page.getByRole('searchbox', { name: 'Search songs' }).fill('la')
  await songs.getByRole('listitem').nth(1).waitFor()
  await page.getByRole('combobox', { name: 'Order' }).selectOption({ label: 'Title' })
  const titles = () => songs.getByRole('listitem').locator('strong').allInnerTexts()
  await expect.poll(async () => (await titles()).length).toBeGreaterThan(1)
  await expect
    .poll(async () => {
      const shown = await titles()
      return JSON.stringify(shown) === JSON.stringify([...shown].sort((a, b) => a.localeCompare(b)))
    })
    .toBe(true)
  await button(ana, 'For you').click()
  await expect(page.getByRole('region', { name: 'Songs' }).locator('.row').first()).toBeVisible()
})
