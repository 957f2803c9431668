import { expect, test } from 'vitest'
import { signUp } from '../support/people.ts'

test('the token of a deleted account reads nothing of the directory', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { error } = await ben.supabase.rpc('delete_account')
  expect(error).toBeNull()
  for (const [name, named] of [
    ['get_profile', { user_id: ana.id }],
    ['list_profiles', {}],
    ['search_profiles', { query: 'ana' }],
    ['suggest_tags', { prefix: 'a' }],
    ['suggest_software', { prefix: 'a' }],
  ] as const) {
    const answer = await ben.supabase.rpc(name, named)
    expect(answer.data, name).toBeNull()
    expect(JSON.parse(answer.error?.details ?? '{}'), name).toMatchObject({ code: 'account_not_found' })
    expect((await ana.supabase.rpc(name, named)).error, name).toBeNull()
  }
})
