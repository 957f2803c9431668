import { createClient } from '@supabase/supabase-js'
import { expect, test } from 'vitest'
import { tertulia } from '../support/cli.ts'
import { serveFunction } from '../support/edge-function.ts'
import { startOwnStack } from './own-stack.ts'

const { stack, sql, addPeople } = await startOwnStack()
const { storage } = createClient(stack.apiUrl, stack.secretKey, { auth: { persistSession: false } })
const platform = {
  SUPABASE_URL: stack.apiUrl,
  SUPABASE_SECRET_KEYS: JSON.stringify({ default: stack.secretKey, cron: 'sb_secret_of_the_cron_job' }),
}

/** Uploads files of chat that nothing refers to; answers their names. */
async function abandon(count: number): Promise<string[]> {
  const [ana = ''] = await addPeople(1)
  const names = Array.from({ length: count }, (_, n) => `${crypto.randomUUID()}/${ana}/${n}/a,b.txt`)
  await Promise.all(
    names.map(async (name) => {
      const { error } = await storage.from('chat').upload(name, 'x', { contentType: 'text/plain' })
      if (error) throw error
    }),
  )
  await sql`update storage.objects set created_at = now() - interval '8 days' where name = any (${names})`
  await sql`select private.queue_chat_files(2000, interval '7 days', null)`
  return names
}

async function left(names: string[]): Promise<number> {
  const [row] = await sql`select count(*)::int from storage.objects where name = any (${names})`
  return row?.count
}

test('the Edge Function removes the files that nothing refers to, more than one page of them', async () => {
  const names = await abandon(101)
  const kept = `${crypto.randomUUID()}/${crypto.randomUUID()}/1/new.txt`
  await storage.from('chat').upload(kept, 'x', { contentType: 'text/plain' })
  const call = await serveFunction('storage-cleanup', platform)
  const answer = await call({ apikey: stack.secretKey })
  expect(answer.status).toBe(200)
  expect(await answer.json()).toMatchObject({ done: true })
  expect(await left(names)).toBe(0)
  expect(await left([kept])).toBe(1)
})

test('each of the project’s secret keys may call it, and nothing else', async () => {
  const names = await abandon(1)
  const call = await serveFunction('storage-cleanup', platform)
  for (const headers of [
    {},
    { authorization: 'Bearer ' },
    { apikey: '' },
    { apikey: stack.publishableKey },
    { authorization: `Bearer ${stack.publishableKey}` },
    { apikey: 'undefined' },
  ] as HeadersInit[]) {
    expect((await call(headers)).status).toBe(403)
  }
  expect(await left(names)).toBe(1)
  expect((await call({ authorization: 'Bearer sb_secret_of_the_cron_job' })).status).toBe(200)
  expect(await left(names)).toBe(0)
})

test('four runs at once, of the function, of delete-account and of the command, all end well', async () => {
  const names = await abandon(150)
  const cleanup = await serveFunction('storage-cleanup', platform)
  const deletion = await serveFunction('delete-account', platform)
  const env = { SUPABASE_URL: stack.apiUrl, SUPABASE_SECRET_KEY: stack.secretKey }
  const headers = { apikey: stack.secretKey }
  const [one, two, three, command] = await Promise.all([
    cleanup(headers),
    cleanup(headers),
    deletion(headers),
    tertulia(['maintain'], { env }),
  ])
  expect([one.status, two.status, three.status, command.code]).toEqual([200, 200, 200, 0])
  expect(await left(names)).toBe(0)
})

test('files that Storage does not remove end the run with an error, not in a loop', async () => {
  const names = await abandon(2)
  await sql`create function public.keep_all() returns trigger language plpgsql as 'begin return null; end'`
  await sql`create trigger keep_all before delete on storage.objects for each row execute function public.keep_all()`
  const call = await serveFunction('storage-cleanup', platform)
  await expect(call({ apikey: stack.secretKey })).rejects.toThrow('unable to remove 2 files from chat')
  await sql`drop trigger keep_all on storage.objects`
  expect((await call({ apikey: stack.secretKey })).status).toBe(200)
  expect(await left(names)).toBe(0)
})
