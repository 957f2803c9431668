import { readdirSync, readFileSync } from 'node:fs'
import { createClient } from '@supabase/supabase-js'
import { createTertulia } from 'tertulia'
import { createContext, createModeration } from 'tertulia/moderation'
import { createPeople } from 'tertulia/people'
import { createSetlists } from 'tertulia/setlists'
import { expect, test } from 'vitest'

const supabase = createClient('https://project.example.com', 'sb_publishable_x', {
  auth: { persistSession: false, autoRefreshToken: false },
})
const context = createContext(supabase)
const domains = {
  ...createTertulia(supabase),
  setlists: createSetlists(context),
  people: createPeople(context),
  moderation: createModeration(context),
}
/** Only the service role may call these. */
const forServers = ['chat.listUndelivered', 'chat.emptyDeletedAccounts']

function readAll(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  return files
    .filter((file) => /\.tsx?$/.test(file.name))
    .map((file) => readFileSync(`${file.parentPath}/${file.name}`, 'utf8'))
    .join('\n')
}

const isCalled = (source: string, name: string) =>
  new RegExp(`\\b${name.replace('.', '\\.')}\\(`).test(source)

test('the demo uses at least 85 % of the methods that a page can call', () => {
  const demo = readAll('examples/web/src')
  // A hook counts for what it calls.
  const hooks = readAll('src/react')
    .split(/^export function /m)
    .filter((hook) => isCalled(demo, /^\w+/.exec(hook)?.[0] ?? '-'))
    .join('\n')
  const source = `${demo}\n${hooks}\n${readFileSync('src/react/use-user.ts', 'utf8')}`
  const all = Object.entries(domains)
    .filter(([, domain]) => typeof domain === 'object')
    .flatMap(([domain, methods]) => Object.keys(methods).map((method) => `${domain}.${method}`))
    .filter((name) => !forServers.includes(name))
  const missing = all.filter(
    (name) => !isCalled(source, name.endsWith('.onUserChange') ? 'domain.onUserChange' : name),
  )
  const share = (all.length - missing.length) / all.length
  console.log(
    `The demo uses ${all.length - missing.length} of ${all.length} methods (${(share * 100).toFixed(1)} %). Not: ${missing.join(', ')}`,
  )
  expect(share).toBeGreaterThanOrEqual(0.85)
})
