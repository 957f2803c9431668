import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BrowserContext, chromium, type Page } from '@playwright/test'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { build } from 'tsup'
import { accountPassword } from '../../examples/web/src/accounts.ts'
import type { Stack } from '../../local/src/index.ts'
import { createTertulia, type LiveInbox, type OpenConversation } from '../../src/index.ts'
import type { KeptSongs } from '../../src/songs/kept/index.ts'
import { createContext, createSetlists } from '../../src/songs/setlists/index.ts'
import { launchOptions } from './chromium.ts'

/** What the page's script left there. */
interface Left {
  client: {
    supabase: SupabaseClient
    inbox: LiveInbox
    conversation: OpenConversation
    kept: KeptSongs
    shownAfter: Shown
  }
}

/** How long after the script began each showed something, in milliseconds. */
export interface Shown {
  inbox: number
  conversation: number
  songs: number
}

// A page that no server sent counts as one from anywhere, and may then not call this machine.
const mayReachThisMachine = '--disable-features=LocalNetworkAccessChecks,PrivateNetworkAccessChecks'
const site = 'http://127.0.0.1:8099/'

/**
 * Reloads a page with the network off, with a valid session and with an expired one: the inbox and the conversation must show, and a
 * message that is typed then must arrive once when the network is back. Favourites and a setlist open and are found, and an edit of a song
 * is saved once.
 */
export async function startOffline(stack: Stack, folder: string): Promise<Shown[]> {
  const { id, ana, read } = await talk(stack)
  const { setlistId, songId, readSong } = await makeSongs(stack)
  const script = await bundle(folder)
  const browser = await chromium.launch(launchOptions(mayReachThisMachine))
  try {
    const window = await browser.newContext()
    await serve(window, stack, script, id)
    const page = await window.newPage()
    await page.goto(site)
    await page.evaluate(
      ([email, password]) =>
        (globalThis as unknown as Left).client.supabase.auth.signInWithPassword({ email, password }),
      [ana, accountPassword] as const,
    )
    await page.goto(`${site}?open`)
    await until(page, 'live')
    await page.evaluate(async (list) => {
      const { kept } = (globalThis as unknown as Left).client
      await Promise.all([kept.keepFavorites(), kept.keepSetlist(list)])
    }, setlistId)
    await page.waitForFunction(() => {
      const { songs, missing, status } = (globalThis as unknown as Left).client.kept.getSnapshot()
      return songs.length === 2 && missing === 0 && status === 'live'
    })
    // Long enough for what is kept a second after a change.
    await page.waitForTimeout(2_500)

    const times: Shown[] = []
    for (const isExpired of [false, true]) {
      if (isExpired) await page.evaluate(expire)
      const goOnline = await goOffline(window, stack)
      await page.reload()
      await page.waitForFunction(() => {
        const { inbox, conversation, shownAfter } = (globalThis as unknown as Left).client
        const isUnconfirmed = !inbox.getSnapshot().confirmed && !conversation.getSnapshot().confirmed
        return isUnconfirmed && ['inbox', 'conversation', 'songs'].every((one) => one in shownAfter)
      })
      times.push(await page.evaluate(() => (globalThis as unknown as Left).client.shownAfter))
      const content = `typed offline, ${isExpired ? 'expired' : 'valid'}`
      await page.evaluate(
        (text) =>
          (globalThis as unknown as Left).client.conversation.send({ content: text }).then(() => null),
        content,
      )
      const text = `[C]${content}`
      const opened = await page.evaluate(
        async ([list, song, written]) => {
          const { kept } = (globalThis as unknown as Left).client
          const tonight = await kept.getSetlist(list)
          await kept.edit(song, { content: written })
          return {
            entries: tonight?.entries.map((entry) => entry.song?.content.includes('[')),
            found: kept.find('gràc').map(({ isFavorite }) => isFavorite),
            edited: (await kept.getSong(song))?.content,
          }
        },
        [setlistId, songId, text] as const,
      )
      assert.deepEqual(opened, { entries: [true, true], found: [true], edited: text })
      await goOnline()
      await until(page, 'live')
      await page.waitForFunction(
        () => (globalThis as unknown as Left).client.conversation.getSnapshot().pending.length === 0,
        undefined,
        { timeout: 60_000 },
      )
      const contents = await read()
      assert.equal(contents.filter((one) => one === content).length, 1, 'it arrives once')
      await page.waitForFunction(
        () => (globalThis as unknown as Left).client.kept.getSnapshot().drafts.length === 0,
        undefined,
        { timeout: 60_000 },
      )
      assert.deepEqual(await readSong(), { content: text, version: times.length + 1 }, 'it is saved once')
      await page.waitForTimeout(1_500)
    }
    return times
  } finally {
    await browser.close()
  }
}

const until = (page: Page, status: string) =>
  page.waitForFunction(
    (wanted) => {
      const { inbox, conversation } = (globalThis as unknown as Left).client
      return [inbox, conversation].every((one) => one.getSnapshot().status === wanted)
    },
    status,
    { timeout: 60_000 },
  )

/** Lets the session's token be past its end. */
function expire(): void {
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith('sb-')) continue
    localStorage.setItem(
      key,
      JSON.stringify({ ...JSON.parse(localStorage.getItem(key) ?? ''), expires_at: 1 }),
    )
  }
}

/** Cuts the page off; returns what brings the network back. */
async function goOffline(window: BrowserContext, { apiUrl }: Stack) {
  const api = `${apiUrl}/**`
  // The switch of the browser leaves sockets alone.
  let isOff = true
  await window.routeWebSocket(/\/realtime\//, (socket) => {
    if (isOff) void socket.close()
    else socket.connectToServer()
  })
  await window.route(api, (route) => route.abort('internetdisconnected'))
  await window.setOffline(true)
  return async () => {
    isOff = false
    await window.unroute(api)
    await window.setOffline(false)
  }
}

/** The page and its script come from here, as they would from a service worker. */
async function serve(
  window: BrowserContext,
  { apiUrl, publishableKey }: Stack,
  script: Buffer,
  id: string,
): Promise<void> {
  const call = [apiUrl, publishableKey].map((one) => JSON.stringify(one)).join()
  const body = `<!doctype html><script src="/page.js"></script><script>
    globalThis.client = startPage(${call}, location.search ? ${JSON.stringify(id)} : null)
  </script>`
  await window.route(`${site}**`, (route) =>
    route.request().url().endsWith('.js')
      ? route.fulfill({ contentType: 'text/javascript', body: script })
      : route.fulfill({ contentType: 'text/html', body }),
  )
}

/** A conversation of Ana with some messages. */
async function talk({ apiUrl, publishableKey }: Stack) {
  const supabase = createClient(apiUrl, publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  })
  await supabase.auth.signInWithPassword({ email: 'bento@example.com', password: accountPassword })
  const { chat } = createTertulia(supabase)
  const ana = createClient(apiUrl, publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  })
  const { data } = await ana.auth.signInWithPassword({ email: 'ana@example.com', password: accountPassword })
  const { id } = await chat.getDirect(data.user?.id ?? '')
  for (let n = 1; n <= 5; n++) await chat.send(id, { content: `message ${n}` })
  return {
    id,
    ana: 'ana@example.com',
    async read() {
      const { items } = await chat.listMessages(id, { limit: 200 })
      return items.map(({ content }) => content)
    },
  }
}

/** Two songs of Ana's: a favourite, and both in a setlist. */
async function makeSongs({ apiUrl, publishableKey }: Stack) {
  const supabase = createClient(apiUrl, publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  })
  await supabase.auth.signInWithPassword({ email: 'ana@example.com', password: accountPassword })
  const { songs } = createTertulia(supabase)
  for await (const { id } of songs.listFavorites()) await songs.unfavorite(id)
  const favorite = await songs.create({ title: 'Gracias a la vida', content: '[Am]Gracias a la vida' })
  const other = await songs.create({ title: 'Zamba', content: '[C]la' })
  await songs.favorite(favorite.id)
  const entries = [other, favorite].map(({ id: songId }) => ({ songId }))
  const setlist = await createSetlists(createContext(supabase)).create({ title: 'Tonight', entries })
  return {
    setlistId: setlist.id,
    songId: other.id,
    async readSong() {
      const { content, version } = await songs.get(other.id)
      return { content, version }
    },
  }
}

async function bundle(folder: string): Promise<Buffer> {
  await build({
    entry: { offline: fileURLToPath(new URL('offline-page.ts', import.meta.url)) },
    outDir: folder,
    config: false,
    dts: false,
    silent: true,
    clean: false,
    format: 'iife',
    platform: 'browser',
    noExternal: [/.*/],
  })
  return readFile(join(folder, 'offline.global.js'))
}
