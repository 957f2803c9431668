import postgres from 'postgres'
import { createTertulia } from 'tertulia'
import { describe, expect, inject, test } from 'vitest'
import { signUpConfirmed } from '../../local/test/support/sign-up.ts'
import { takeFreshStack } from '../support/fresh-stack.ts'
import { connect, connectAsService, signUp } from '../support/people.ts'
import { readAs } from '../support/readers.ts'

await takeFreshStack()

describe('one’s own profile', () => {
  test('is there after signing up, with the given name and a handle that says nothing', async () => {
    const ana = await signUp('Ana Ruiz')
    const profile = await ana.tertulia.profiles.get()
    expect(profile).toMatchObject({
      id: ana.id,
      displayName: 'Ana Ruiz',
      bio: '',
      country: null,
      metadata: {},
    })
    expect(profile.handle).toMatch(/^user-[0-9a-f]{16}$/)
    expect(profile.createdAt.getTime()).toBeGreaterThan(Date.now() - 60_000)
  })

  test('tells nothing of the address, neither by its handle nor by a name that is one', async () => {
    const supabase = connect()
    const name = `perez${Date.now().toString(36)}`
    const email = `${name}@example.com`
    const data = { display_name: email }
    await signUpConfirmed(supabase, inject('stack'), { email, data })
    const profile = await createTertulia(supabase).profiles.get()
    expect(JSON.stringify(profile)).not.toContain('perez')
    expect(profile.displayName).toBe('')
  })

  test('changes field by field, all or none', async () => {
    const ana = await signUp()
    const handle = `ana.${Date.now().toString(36)}`
    await ana.tertulia.profiles.update({ handle, bio: 'Canto y toco.', metadata: { theme: 'dark' } })
    await ana.tertulia.profiles.update({ country: 'CL' })
    await expect(ana.tertulia.profiles.update({ bio: 'lost', handle: 'admin' })).rejects.toMatchObject({
      code: 'handle_taken',
      field: 'handle',
      operation: 'profiles.update',
    })
    expect(await ana.tertulia.profiles.get()).toMatchObject({
      handle,
      bio: 'Canto y toco.',
      country: 'CL',
      metadata: { theme: 'dark' },
    })
  })

  test('two changes of different fields at once lose nothing', async () => {
    const ana = await signUp()
    await Promise.all([
      ana.tertulia.profiles.update({ bio: 'one' }),
      ana.tertulia.profiles.update({ displayName: 'two' }),
      ana.tertulia.profiles.update({ country: 'BR' }),
    ])
    expect(await ana.tertulia.profiles.get()).toMatchObject({ bio: 'one', displayName: 'two', country: 'BR' })
  })

  test('a handle goes to one of two who want it at once, whatever its case', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const handle = `wanted-${Date.now().toString(36)}`
    const outcomes = await Promise.allSettled([
      ana.tertulia.profiles.update({ handle }),
      ben.tertulia.profiles.update({ handle: handle.toUpperCase() }),
    ])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(outcomes.find((outcome) => outcome.status === 'rejected')?.reason).toMatchObject({
      code: 'handle_taken',
    })
  })

  test.each([
    ['handle', { handle: 'a' }],
    ['handle', { handle: 'two..dots' }],
    ['displayName', { displayName: 'x'.repeat(81) }],
    ['bio', { bio: 'x'.repeat(2001) }],
    ['country', { country: 'Chile' }],
    ['metadata', { metadata: { big: 'x'.repeat(9000) } }],
  ])('a bad %s is refused by name', async (field, changes) => {
    const ana = await signUp()
    await expect(ana.tertulia.profiles.update(changes)).rejects.toMatchObject({
      code: 'invalid_input',
      field,
    })
  })

  test('a field that does not exist is refused, not dropped', async () => {
    const ana = await signUp()
    await expect(ana.tertulia.profiles.update({ isAdmin: true } as never)).rejects.toMatchObject({
      code: 'invalid_input',
    })
  })
})

describe('other people', () => {
  test('are found by id, without what is theirs alone', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const profile = await ana.tertulia.profiles.get(ben.id)
    expect(profile.displayName).toBe('Ben')
    expect(JSON.stringify(profile)).not.toContain(ben.email)
  })

  test('that do not exist are not found', async () => {
    const ana = await signUp()
    await expect(ana.tertulia.profiles.get(crypto.randomUUID())).rejects.toMatchObject({
      code: 'profile_not_found',
    })
    await expect(ana.tertulia.profiles.get('42')).rejects.toMatchObject({ code: 'invalid_input' })
  })

  test('are listed page by page, each once', async () => {
    const people = await Promise.all([signUp('A'), signUp('B'), signUp('C')])
    const seen: string[] = []
    for await (const profile of people[0]!.tertulia.profiles.list({ limit: 2 })) seen.push(profile.id)
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toEqual(expect.arrayContaining(people.map(({ id }) => id)))
    await expect(people[0]!.tertulia.profiles.list({ cursor: 'made-up' })).rejects.toMatchObject({
      code: 'invalid_cursor',
    })
  })

  test('leave an empty row when their account goes', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const { error } = await connectAsService().auth.admin.deleteUser(ben.id)
    expect(error).toBeNull()
    expect(await ana.tertulia.profiles.get(ben.id)).toMatchObject({ handle: null, displayName: '', bio: '' })
  })
})

test('nobody without a session sees or has a profile', async () => {
  await signUp('Ana')
  for (const table of ['profiles', 'profile_details', 'profile_tags', 'user_blocks'])
    expect(await readAs(undefined, `select * from public.${table}`), table).toEqual([])
  const stranger = createTertulia(connect())
  await expect(stranger.profiles.get()).rejects.toMatchObject({ code: 'not_signed_in' })
  await expect(stranger.profiles.get(crypto.randomUUID())).rejects.toMatchObject({ code: 'not_signed_in' })
  await expect(stranger.profiles.update({ bio: 'x' })).rejects.toMatchObject({ code: 'not_signed_in' })
})

test('somebody whose profile was never made gets it when they ask', async () => {
  const ana = await signUp('Ana')
  const sql = postgres(inject('stack').dbUrl, { max: 1 })
  await sql`delete from public.profiles where id = ${ana.id}`
  await sql.end()
  expect(await ana.tertulia.profiles.get()).toMatchObject({ id: ana.id, displayName: 'Ana' })
})
