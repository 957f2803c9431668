import { createContext, createSetlists } from 'tertulia/setlists'
import { expect, test } from 'vitest'
import { type Person, signUp } from '../support/people.ts'
import { readAs } from '../support/readers.ts'

test('where an app opens the tables, a setlist, its entries, its history and notices show to those who may see them alone', async () => {
  const [ana, editor, viewer, eve] = (await Promise.all(
    ['Ana', 'Editor', 'Viewer', 'Eve'].map((name) => signUp(name)),
  )) as [Person, Person, Person, Person]
  const setlists = createSetlists(createContext(ana.supabase))
  const song = await ana.tertulia.songs.create({ title: 'Luna', content: '[C]la' })
  const { id: setlistId } = await setlists.create({ title: 'Friday', entries: [{ songId: song.id }] })
  for (const [person, role] of [
    [editor, 'edit'],
    [viewer, 'view'],
  ] as const) {
    const { id } = await ana.tertulia.sharing.share({ setlistId }, { userId: person.id, role })
    await person.tertulia.sharing.accept(id)
  }
  const tables = {
    setlists: `select from public.setlists where id = '${setlistId}'`,
    entries: `select from public.setlist_entries where setlist_id = '${setlistId}'`,
    history: `select from public.setlist_history where setlist_id = '${setlistId}'`,
    // An invitation is told to its recipient, its acceptance to its sender.
    notices: `select from public.notices where user_id in ('${ana.id}', '${editor.id}', '${viewer.id}')`,
  }
  const seenBy = async (user?: string) => {
    const seen = await Promise.all(Object.values(tables).map((query) => readAs(user, query)))
    return seen.map((rows) => rows.length > 0)
  }
  expect(await seenBy(ana.id)).toEqual([true, true, true, true])
  expect(await seenBy(editor.id)).toEqual([true, true, true, true])
  expect(await seenBy(viewer.id)).toEqual([true, true, false, true])
  expect(await seenBy(eve.id)).toEqual([false, false, false, false])
  expect(await seenBy()).toEqual([false, false, false, false])
  const others = `select from public.notices where user_id <> '${ana.id}'`
  expect(await readAs(ana.id, others)).toEqual([])
  await setlists.update(setlistId, { visibility: 'public' })
  expect(await seenBy(eve.id)).toEqual([true, true, false, false])
  await setlists.delete(setlistId)
  expect(await seenBy(viewer.id)).toEqual([false, false, false, true])
})
