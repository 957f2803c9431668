import { readFileSync } from 'node:fs'
import { isbot } from 'isbot'
import { beforeAll, describe, expect, test } from 'vitest'
import { botsFile } from '../../scripts/bot-patterns.ts'
import { firefox } from '../support/agents.ts'
import { callAs, makePeople, makeSong, openDatabase, rollUp, track, visitor } from '../support/analytics.ts'
import { takeFreshStack } from '../support/fresh-stack.ts'

await takeFreshStack()

const browsers = [
  firefox,
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0.7390.96 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Linux; Android 13; CUBOT P80) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Linux; U; Android 9; es-es; CUBOT_X19 Build/PPR1) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/71.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/440.0.0.31.105;]',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21F79 Instagram 339.0.3.12.91',
  'Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18',
]
const bots = [
  'Googlebot/2.1 (+http://www.google.com/bot.html)',
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'Mediapartners-Google',
  'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
  'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)',
  'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)',
  'Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)',
  'Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)',
  'Mozilla/5.0 (compatible; archive.org_bot +http://archive.org/details/archive.org_bot)',
  'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
  'WhatsApp/2.23.20.0',
  'WhatsApp/2',
  'TelegramBot (like TwitterBot)',
  'Twitterbot/1.0',
  'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
  'Discordbot/2.0',
  'LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Linux; Android 11; moto g power) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Mobile Safari/537.36 Chrome-Lighthouse',
  'axios/1.7.2',
  'node-fetch/1.0 (+https://github.com/bitinn/node-fetch)',
  'node',
  'undici',
  'curl/8.9.1',
  'Wget/1.21.4',
  'python-requests/2.32.3',
  'Python-urllib/3.12',
  'aiohttp/3.9 Python/3.12',
  'Go-http-client/2.0',
  'Java/17.0.2',
  'Apache-HttpClient/4.5.14 (Java/17)',
  'PostmanRuntime/7.41.0',
  'Scrapy/2.11 (+https://scrapy.org)',
  'Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)',
  'UptimeRobot/2.0',
  'Feedly/1.0 (+http://www.feedly.com/fetcher.html)',
  'W3C_Validator/1.3',
]
const apps = [
  'okhttp/4.12.0',
  'Tertulia/1 CFNetwork/1498.700.2 Darwin/23.6.0',
  'MyApp/42 CFNetwork/3826.500.131 Darwin/24.5.0',
  'Dart/3.4 (dart:io)',
  'Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/UQ1A)',
  'Expo/1017699 CFNetwork/1494.0.7 Darwin/23.4.0',
  'Alamofire/5.9.1',
  'MyApp/1.0 (com.example.app; build:1; iOS 17.0.0) Alamofire/5.9.1',
  'ktor-client',
  'Ktor client',
  'UnityPlayer/2022.3.20f1 (UnityWebRequest/1.0, libcurl/8.5.0-DEV)',
  'volley/1.2.1',
  'com.example.app/12 (Linux; U; Android 13; es_CL; Pixel 7; Build/TQ3A.230805.001; Cronet/124.0.6367.82)',
  'supabase-swift/2.20.1',
]
/** Bots by the list, and people all the same. */
const phones = [
  'Mozilla/5.0 (Linux; Android 6.0; CUBOT MANITO Build/CUBOT_MANITO; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/83.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Linux; Android 9;CUBOT_P30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36',
  'Dalvik/2.1.0 (Linux; U; Android 9;CUBOT X19 Build/CUBOT_X19)',
]
/** Previews, crawlers and scripts that say which library of apps they use. */
const machines = [
  'WhatsApp/2.18.71.6 CFNetwork/902.2 Darwin/17.7.0',
  'whatsapp/784941593 cfnetwork/3826.600.41 darwin/24.6.0',
  'swcd (unknown version) CFNetwork/1128.0.1 Darwin/19.6.0',
  'SomeBot/1.0 okhttp/4.12.0',
  'CubotSpider/1.0 okhttp/4.12.0',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Cypress/13.6.0 Chrome/114.0 Electron/25.8.4 Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) browser/2020.2.0 Chrome/78.0 Electron/7.1.7 Safari/537.36 PingdomTMS/2020.2',
  'Deno/2.1.4 (variant; SupabaseEdgeRuntime/1.67.4)',
  'supabase-py/2.4.0',
]
const alone = ['', '   ', 'x'.repeat(8000), 'Mozilla/5.0', "O'Brien \\ [", '日本語']

describe('the agent of a visitor', () => {
  test('is judged as the list judges it, but for apps', async () => {
    const sql = openDatabase()
    const verdicts = async (agents: string[]) =>
      Object.fromEntries(
        (
          await sql`select a.agent, private.is_bot(a.agent) as bot from unnest(${agents}::text[]) as a (agent)`
        ).map(({ agent, bot }) => [agent, bot]),
      )
    const all = (agents: string[], verdict: boolean) =>
      Object.fromEntries(agents.map((agent) => [agent, verdict]))
    expect(await verdicts(browsers)).toEqual(all(browsers, false))
    expect(await verdicts(bots)).toEqual(all(bots, true))
    expect(await verdicts(apps)).toEqual(all(apps, false))
    const [row] =
      await sql`select private.is_bot(null) as none, private.is_bot('') as empty, private.is_bot('  ') as blank`
    expect(row).toEqual({ none: true, empty: true, blank: true })
    const others = [...browsers, ...bots, ...alone.filter((agent) => agent.trim())]
    expect(await verdicts(others)).toEqual(Object.fromEntries(others.map((agent) => [agent, isbot(agent)])))
    expect(await verdicts(phones)).toEqual(all(phones, false))
    expect(await verdicts(machines)).toEqual(all(machines, true))
  })

  test('is the list of the package, as it was generated', () => {
    expect(readFileSync('supabase/schemas/60_analytics/09_bots.sql', 'utf8')).toBe(botsFile())
  })
})

describe('what counts', () => {
  let owner = ''
  let reader = ''
  let song = ''
  beforeAll(async () => {
    const { default: postgres } = await import('postgres')
    const { inject } = await import('vitest')
    const sql = postgres(inject('stack').dbUrl, { max: 1, onnotice: () => {} })
    ;[owner = '', reader = ''] = await makePeople(sql, 2)
    song = await makeSong(sql, owner)
    await sql.end()
  })
  const view = () => [{ kind: 'song_view', song_id: song }]
  /** How many views come of requests with such headers. */
  const counted = async (agents: Record<string, string>[], user?: string) => {
    const sql = openDatabase()
    const count = async () =>
      Number((await sql`select count(*) as n from private.analytics_events where entity_id = ${song}`)[0]?.n)
    const before = await count()
    for (const headers of agents)
      await track(sql, { ...visitor(undefined, headers), ...(user && { user }) }, view())
    return (await count()) - before
  }

  test('bots count nothing, also once they are known; browsers and apps count', async () => {
    const as = (agents: string[]) => agents.map((agent) => ({ 'user-agent': agent }))
    expect(await counted(as([...bots, ...bots]))).toBe(0)
    expect(await counted(as(browsers))).toBe(browsers.length)
    expect(await counted(as(browsers))).toBe(browsers.length)
    expect(await counted(as(apps))).toBe(apps.length)
    expect(await counted(as(['']))).toBe(0)
    const sql = openDatabase()
    const { headers } = visitor()
    const { 'user-agent': _agent, ...silent } = headers ?? {}
    await track(sql, { headers: silent }, view())
    // Two agents of one slot take turns in it.
    const [row] = await sql`select count(*)::integer as n from private.analytics_agents`
    expect(row?.n).toBeLessThanOrEqual(bots.length + browsers.length + apps.length + 1)
    expect(row?.n).toBeGreaterThan(0.9 * (bots.length + browsers.length + apps.length))
  })

  test('agents that are made up by the thousand take no more room than there are slots', async () => {
    const sql = openDatabase()
    const undo = new Error('undo')
    await sql
      .begin(async (tx) => {
        await tx`truncate private.analytics_agents`
        // One slot, many agents: what is kept is the last.
        await tx`
          select private.learn_agent('Mozilla/5.0 (made up ' || n || ')', decode('00ff' || lpad(to_hex(n), 60, '0'), 'hex'))
          from generate_series(1, 2000) as n`
        expect(
          await tx`select slot, right(encode(hash, 'hex'), 4) as last from private.analytics_agents`,
        ).toEqual([{ slot: 255, last: '07d0' }])
        throw undo
      })
      .catch((error) => {
        if (error !== undo) throw error
      })
    await expect(
      sql`insert into private.analytics_agents (slot, hash, is_bot) values (65536, '', false)`,
    ).rejects.toThrow('analytics_agents_slot_check')
  })

  test('a user who is signed in counts, whatever the app calls itself', async () => {
    expect(await counted([{ 'user-agent': 'axios/1.7.2' }], reader)).toBe(1)
  })

  test('a page that is loaded before anybody asks for it counts nothing, signed in or not', async () => {
    const early: Record<string, string>[] = [
      { 'sec-purpose': 'prefetch' },
      { 'sec-purpose': 'prefetch;prerender' },
      { 'sec-purpose': 'prefetch;anonymous-client-ip' },
      { purpose: 'prefetch' },
      { purpose: 'Prefetch' },
      { 'x-purpose': 'preview' },
      { 'x-moz': 'prefetch' },
    ]
    expect(await counted(early)).toBe(0)
    const sql = openDatabase()
    const [other = ''] = await makePeople(sql, 1)
    expect(await counted(early, other)).toBe(0)
  })

  test('Sec-GPC is a refusal where the project says so, and only there', async () => {
    const sql = openDatabase()
    const gpc = [{ 'sec-gpc': '1' }]
    expect(await counted(gpc)).toBe(1)
    await sql`update private.settings set honors_privacy_control = true where id`
    const [other = ''] = await makePeople(sql, 1)
    expect(await counted(gpc)).toBe(0)
    expect(await counted(gpc, other)).toBe(0)
    expect(await counted([{ 'sec-gpc': '0' }, {}])).toBe(2)
    await sql`update private.settings set honors_privacy_control = false where id`
  })

  test('two visitors with an agent that nobody has seen do not wait for each other', async () => {
    const [one, other] = [openDatabase(), openDatabase()]
    const who = visitor(undefined, { 'user-agent': `${firefox} ${crypto.randomUUID()}` })
    await callAs(one, who, async (tx) => {
      await tx`select public.track_events(${tx.json(view())})`
      await other`set lock_timeout = '500ms'`
      await track(other, { headers: { ...who.headers, 'cf-connecting-ip': 'another' } }, view())
    })
  })

  test('one’s own favourite raises no popularity, another’s does', async () => {
    const sql = openDatabase()
    const liked = await makeSong(sql, owner)
    const score = async () => {
      await rollUp(sql, liked)
      const [row] =
        await sql`select popularity_score, trend_score, favorite_count::integer from public.song_analytics where song_id = ${liked}`
      return row
    }
    await callAs(sql, { user: owner }, (tx) => tx`select public.favorite_song(${liked})`)
    expect(await score()).toMatchObject({ popularity_score: 0, trend_score: null })
    await callAs(sql, { user: reader }, (tx) => tx`select public.favorite_song(${liked})`)
    expect((await score())?.popularity_score).toBeGreaterThan(0)
    await callAs(sql, { user: reader }, (tx) => tx`select public.unfavorite_song(${liked})`)
    expect(await score()).toMatchObject({ popularity_score: 0 })
  })
})
