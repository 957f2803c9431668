import type { Browser, BrowserContext, Page } from '@playwright/test'

/** Somebody at a window of their own, with a network of their own. */
export interface Person {
  name: string
  page: Page
  context: BrowserContext
  /** Errors that the console showed and rejections that nobody handled. */
  troubles: string[]
  /** How often a topic was joined and not left again, as the sockets of the page saw it. */
  joined: Map<string, number>
  cutNetwork(): Promise<void>
  restoreNetwork(): Promise<void>
}

/** Opens a window on the demo. */
export async function openWindow(browser: Browser, name: string, url: string): Promise<Person> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  const troubles: string[] = []
  const joined = new Map<string, number>()
  let wasCut = false
  // A page that goes takes its sockets with it, and says nothing of it.
  let loads = 0
  page.on('domcontentloaded', () => {
    loads++
    joined.clear()
  })
  page.on('websocket', (socket) => {
    const load = loads
    const mine = new Map<string, number>()
    const count = (topic: string, by: number) => {
      mine.set(topic, (mine.get(topic) ?? 0) + by)
      joined.set(topic, (joined.get(topic) ?? 0) + by)
    }
    socket.on('framesent', ({ payload }) => {
      if (typeof payload !== 'string') return
      const [, , topic, event] = JSON.parse(payload)
      if (event === 'phx_join') count(topic, 1)
      if (event === 'phx_leave') count(topic, -1)
    })
    // What a socket had joined ends with it.
    socket.on('close', () => {
      if (load !== loads) return
      for (const [topic, times] of mine) count(topic, -times)
    })
  })
  page.on('pageerror', (error) => troubles.push(`${name}: ${error.stack ?? error.message}`))
  page.on('console', (message) => {
    // A request that fails without a network is written there by the browser itself, perhaps when the network is back.
    const expected = wasCut && /net::ERR_INTERNET_DISCONNECTED/.test(message.text())
    if (message.type() === 'error' && !expected) troubles.push(`${name}: ${message.text()}`)
  })
  await page.goto(url)
  return {
    name,
    page,
    context,
    troubles,
    joined,
    async cutNetwork() {
      wasCut = true
      await context.setOffline(true)
    },
    async restoreNetwork() {
      await context.setOffline(false)
    },
  }
}

/** Takes out one trouble that a step has provoked: the browser itself writes of every answer that is an error. */
export function expectTrouble({ troubles }: Person, pattern: RegExp): void {
  const at = troubles.findIndex((trouble) => pattern.test(trouble))
  if (at >= 0) troubles.splice(at, 1)
}

/** Signs in by a click on one of the seeded accounts. */
export async function signInByClick({ page }: Person, name: string): Promise<void> {
  await page.getByRole('button', { name }).click()
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
}

/** Signs in as somebody, whoever was there before. */
export async function become(person: Person, name: string): Promise<void> {
  const { page } = person
  await page.evaluate(() => location.assign('#/songs'))
  const out = page.getByRole('button', { name: 'Sign out' })
  await out.or(page.getByRole('heading', { name: 'Who are you today?' })).waitFor()
  if (await out.isVisible()) await out.click()
  await signInByClick(person, name)
}

/** Goes to a page by its address. */
export async function visit({ page }: Person, hash: string): Promise<void> {
  await page.evaluate((to) => location.assign(to), hash)
}

/** Signs in as anybody would. */
export async function signInByForm({ page }: Person, email: string, password: string): Promise<void> {
  await page.getByLabel('E-mail', { exact: true }).fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
}

/** Opens the conversation with somebody and waits until it is live. */
export async function openChat(person: Person, other: string): Promise<void> {
  const { page } = person
  await page.getByRole('link', { name: 'People', exact: true }).click()
  // Songs name people too.
  await page.getByRole('heading', { name: 'People', exact: true }).waitFor()
  await page.getByRole('region', { name: 'People' }).getByRole('link', { name: other }).click()
  await page.getByRole('heading', { name: other }).waitFor()
  await page.getByRole('link', { name: 'Message', exact: true }).click()
  await waitForStatus(person, 'Live')
}

export async function waitForStatus({ page }: Person, status: string): Promise<void> {
  await page.locator('.chat').getByRole('status').getByText(status, { exact: true }).waitFor()
}

/** Writes a message and sends it with Enter. */
export async function say({ page }: Person, content: string): Promise<void> {
  await page.getByRole('textbox', { name: /^Message to/ }).fill(content)
  await page.keyboard.press('Enter')
}

export async function waitForMessage({ page }: Person, content: string): Promise<void> {
  await page.getByRole('log').getByText(content, { exact: true }).waitFor()
}

/** The messages on the screen in their order. */
export async function readMessages({ page }: Person): Promise<string[]> {
  return page.getByRole('log').locator('li > p').allTextContents()
}
