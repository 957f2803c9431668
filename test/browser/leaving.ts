import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, expect } from '@playwright/test'
import { createClient } from '@supabase/supabase-js'
import postgres from 'postgres'
import { build } from 'tsup'
import { accountPassword } from '../../examples/web/src/accounts.ts'
import type { Stack } from '../../local/src/index.ts'
import { createTertulia } from '../../src/index.ts'
import { launchOptions } from './chromium.ts'

const visits = 24
// A headless browser says that it is one, and then counts as a bot. A page that is gone sends under the browser's own name.
const userAgent =
  '--user-agent=Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

/** Tracks in the click that leaves the page, with the next page there at once; each event must arrive. */
export async function leavePages(stack: Stack, folder: string): Promise<void> {
  const browser = await chromium.launch(launchOptions(userAgent))
  const site = await serve(stack, folder)
  const sql = postgres(stack.adminDbUrl, { max: 1, onnotice: () => {} })
  try {
    for (const email of ['ana@example.com', null]) {
      const songs = await makeSongs(stack)
      const window = await browser.newContext()
      const page = await window.newPage()
      if (email) {
        await page.goto(site.url)
        await page.evaluate(
          ([name, password]) =>
            // biome-ignore lint/suspicious/noExplicitAny: what the page's script left there
            (globalThis as any).client.supabase.auth.signInWithPassword({ email: name, password }),
          [email, accountPassword],
        )
      }
      for (const song of songs) {
        await page.goto(`${site.url}?song=${song}`)
        await page.click('a')
        await page.waitForURL(/next/)
      }
      await window.close()
      // Read again until it is so: a page that is gone sends in its own time.
      await expect
        .poll(
          async () => {
            const [row] = await sql`
              select count(distinct e.entity_id)::integer as count, bool_and((v.user_id is not null) = ${email !== null}) as whose
              from private.analytics_events e left join private.analytics_viewers v on v.viewer = e.viewer
              where e.entity_id in ${sql(songs)}`
            assert(row?.count === 0 || row?.whose, 'events are those of the user who was there')
            return row?.count
          },
          { message: `events of ${email ?? 'a visitor'}`, timeout: 15_000 },
        )
        .toBe(visits)
    }
  } finally {
    await browser.close()
    await sql.end()
    await site.close()
  }
}

/** Public songs of Bento, whose events count for whoever else looks. */
async function makeSongs({ apiUrl, publishableKey }: Stack): Promise<string[]> {
  const supabase = createClient(apiUrl, publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  })
  await supabase.auth.signInWithPassword({ email: 'bento@example.com', password: accountPassword })
  const { songs } = createTertulia(supabase)
  const made: string[] = []
  for (let n = 0; n < visits; n++) {
    const { id } = await songs.create({ content: `{title: Adiós ${n}}`, visibility: 'public' })
    made.push(id)
  }
  return made
}

/** Two pages with the SDK on them, the one a click away from the other. */
async function serve({ apiUrl, publishableKey }: Stack, folder: string) {
  await build({
    entry: { page: fileURLToPath(new URL('leaving-page.ts', import.meta.url)) },
    outDir: folder,
    config: false,
    dts: false,
    silent: true,
    clean: false,
    format: 'iife',
    platform: 'browser',
    noExternal: [/.*/],
  })
  const script = await readFile(join(folder, 'page.global.js'))
  const page = `<!doctype html><a href="/next">next</a><script src="/page.js"></script><script>
    const client = startPage(${JSON.stringify(apiUrl)}, ${JSON.stringify(publishableKey)})
    globalThis.client = client
    const songId = new URLSearchParams(location.search).get('song')
    document.querySelector('a').onclick = () => client.analytics.track({ kind: 'song_view', songId })
  </script>`
  const server = createServer((request, response) => {
    if (request.url === '/page.js') return response.setHeader('content-type', 'text/javascript').end(script)
    response.setHeader('content-type', 'text/html').end(request.url?.startsWith('/next') ? 'next' : page)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
