import { createClient } from '@supabase/supabase-js'
import { expect, test } from 'vitest'
import { checkFiles } from '../../src/cli/doctor/check-files.ts'
import { tertulia } from '../support/cli.ts'
import { startOwnStack } from './own-stack.ts'

const { stack, sql, addPeople } = await startOwnStack()

test('maintain removes the files that nothing refers to, through Storage, and doctor says when nobody does', async () => {
  const { storage } = createClient(stack.apiUrl, stack.secretKey, { auth: { persistSession: false } })
  const [ana = ''] = await addPeople(1)
  const names = Array.from({ length: 120 }, (_, n) => `${crypto.randomUUID()}/${ana}/${n}/a.txt`)
  for (const name of names) {
    const { error } = await storage.from('chat').upload(name, 'x', { contentType: 'text/plain' })
    expect(error).toBeNull()
  }
  const kept = names.pop()
  await sql`update storage.objects set created_at = now() - interval '8 days' where name = any (${names})`
  await sql`select private.queue_chat_files(2000, interval '7 days', null)`
  await sql`update private.file_removals set queued_at = now() - interval '2 days' where true`
  const doctor = async () => JSON.stringify(await checkFiles(stack.apiUrl, stack.publishableKey, 10_000))
  expect(await doctor()).toContain('files that nothing refers to have waited for over a day')

  const env = { SUPABASE_URL: stack.apiUrl, SUPABASE_SECRET_KEY: stack.secretKey }
  const { code, out } = await tertulia(['maintain'], { env })
  expect(code).toBe(0)
  expect(out).toMatch(/^done +files of chat +119$/m)
  expect(
    (await sql`select name from storage.objects where bucket_id = 'chat'`).map(({ name }) => name),
  ).toEqual([kept])
  await tertulia(['maintain'], { env })
  expect(await doctor()).not.toContain('files that nothing refers to')
})
