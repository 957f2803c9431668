import postgres from 'postgres'
import { expect, onTestFinished, test } from 'vitest'
import { startOwnStack } from '../upkeep/own-stack.ts'

const { stack, addPeople } = await startOwnStack()

test('where hardly any song has an artist, a slip does not make a search read them all', async () => {
  const [owner = ''] = await addPeople(1)
  const admin = postgres(stack.adminDbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(() => admin.end())
  await admin`set session_replication_role = replica`
  await admin`
    insert into public.songs (title, content, visibility, created_by, title_words)
    select 'Song ' || n, 'la', 'public', ${owner}, 'song ' || n from generate_series(1, 8000) n`
  await admin`set session_replication_role = origin`
  await admin`vacuum (analyze) public.songs`
  const readBuffers = async () => {
    const [row] =
      await admin`explain (analyze, buffers, format json) select public.search_songs('palabra ninguna', '{}', 20)`
    const [{ Plan: plan }] = row?.['QUERY PLAN'] ?? [{}]
    return plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
  }
  // The first search of a connection also reads the catalogue.
  await readBuffers()
  // With a walk by popularity it would be as many for each slip.
  expect(await readBuffers()).toBeLessThan(2000)
})
