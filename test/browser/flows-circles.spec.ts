import { expect } from '@playwright/test'
import { findBarriers, findWide } from './axe.ts'
import { test } from './fixtures.ts'
import { become, expectTrouble, type Person, say, visit, waitForMessage } from './person.ts'

// From a new circle to its end. Each test goes on where the one before ended.
test.describe.configure({ mode: 'serial' })

const button = ({ page }: Person, name: string | RegExp) => page.getByRole('button', { name, exact: true })
let circle = ''
let song = ''

test('a circle is made, and a user who is invited joins it', async ({ ana, bento }) => {
  await Promise.all([become(ana, 'Ana Ruiz'), become(bento, 'Bento Carvalho')])
  await ana.page.getByRole('link', { name: 'Circles' }).click()
  await ana.page.getByRole('textbox', { name: 'New circle' }).fill('Los Boleros')
  await button(ana, 'Create').click()
  await ana.page.getByRole('heading', { name: 'Los Boleros' }).waitFor()
  circle = new URL(ana.page.url()).hash
  await ana.page.getByRole('searchbox', { name: 'Invite to the circle' }).fill('@bento')
  await ana.page.getByRole('button', { name: /Bento Carvalho/ }).click()
  await ana.page.getByText('Bento Carvalho is invited.').waitFor()
  await visit(bento, '#/notices')
  await bento.page.getByText('Ana Ruiz invites you to the circle “Los Boleros”').click()
  await bento.page.getByText('Ana Ruiz invites you · 1 member').waitFor()
  await button(bento, 'Accept').click()
  await bento.page.getByRole('heading', { name: 'Los Boleros' }).waitFor()
  // It is live: who invited sees it without a reload.
  await ana.page.locator('.detail').getByText('2 members').waitFor()
})

test('a song is shared with all of them, and they talk of one of its lines', async ({ ana, bento }) => {
  await visit(ana, '#/songs')
  await ana.page.getByRole('link', { name: 'New song' }).click()
  await ana.page
    .getByRole('textbox', { name: 'Text of the song' })
    .fill('{title: Bolero del ensayo}\n[C]Primera línea\n[F]Segunda línea\n')
  await button(ana, 'Save').click()
  await ana.page.getByRole('heading', { name: 'Bolero del ensayo' }).waitFor()
  song = new URL(ana.page.url()).hash
  await visit(ana, circle)
  await ana.page.getByRole('searchbox', { name: 'Share a song' }).fill('Bolero del ensayo')
  await ana.page.getByRole('button', { name: /Bolero del ensayo/ }).click()
  await ana.page.getByText('everybody can edit').waitFor()

  await visit(bento, song)
  const bentos = bento.page.getByRole('region', { name: 'Comments' })
  await bentos.getByRole('combobox', { name: 'About' }).selectOption({ label: '[F]Segunda línea' })
  await bentos.getByRole('textbox', { name: 'Add a comment' }).fill('¿Fa o re menor?')
  await bentos.getByRole('button', { name: 'Comment', exact: true }).last().click()
  await visit(ana, song)
  const anas = ana.page.getByRole('region', { name: 'Comments' })
  await anas.getByText('¿Fa o re menor?').waitFor()
  await anas.getByText('line 3').waitFor()
  await anas.getByRole('textbox', { name: 'Reply' }).fill('Re menor.')
  await anas.getByRole('button', { name: 'Comment', exact: true }).first().click()
  await bentos.getByText('Re menor.').waitFor()
  await anas.getByRole('button', { name: 'Resolve' }).click()
  await bentos.getByText('resolved').waitFor()
})

test('the circle has a conversation of its members', async ({ ana, bento }) => {
  await visit(ana, circle)
  await button(ana, 'Conversation').click()
  await say(ana, 'Ensayo el viernes')
  await visit(bento, circle)
  await button(bento, 'Conversation').click()
  await waitForMessage(bento, 'Ensayo el viernes')
})

for (const [width, scheme] of [
  [1280, 'light'],
  [390, 'dark'],
  [320, 'light'],
] as const) {
  test(`the pages of circles have no barrier and are not too wide: ${width} px, ${scheme}`, async ({
    ana,
  }) => {
    await ana.page.setViewportSize({ width, height: 800 })
    await ana.page.emulateMedia({ colorScheme: scheme })
    for (const hash of [circle, song]) {
      await visit(ana, hash)
      await ana.page
        .getByRole('heading', { name: /Bolero/ })
        .first()
        .waitFor()
      expect([hash, await findBarriers(ana.page), await findWide(ana.page)]).toEqual([hash, [], []])
    }
    await ana.page.setViewportSize({ width: 1280, height: 800 })
  })
}

test('whoever is removed loses circle, song and comments at once', async ({ ana, bento }) => {
  await visit(bento, song)
  await bento.page.getByRole('region', { name: 'Comments' }).getByText('Re menor.').waitFor()
  await visit(ana, circle)
  await button(ana, 'Remove').first().click()
  await button(ana, 'Yes').click()
  await ana.page.locator('.detail').getByText('1 member').waitFor()
  await expect(bento.page.getByText('Re menor.')).toHaveCount(0)
  await visit(bento, circle)
  await bento.page
    .getByText(/no longer in this circle|unable to/)
    .first()
    .waitFor()
  // The song, its comments and the circle answer so; how often depends on which of them asks first.
  const refusals = bento.troubles.filter((trouble) => /status of 400/.test(trouble)).length
  for (let n = 0; n < refusals; n++) expectTrouble(bento, /status of 400/)
})
