import type { PostgrestError } from '@supabase/supabase-js'
import { describe, expect, test } from 'vitest'
import { connect, type Person, signUp } from '../support/people.ts'

// Past the SDK, which refuses much of this before it is sent: the database must refuse it as well, by name, and keep nothing.

const detail = (error: PostgrestError | null): { code?: string; field?: string } =>
  error?.code === 'TT000' ? JSON.parse(error.details ?? '{}') : { code: `${error?.code}: ${error?.message}` }
const update = async ({ supabase }: Person, changes: unknown) =>
  (await supabase.rpc('update_profile', { changes })).error
const whole = async ({ supabase }: Person) => (await supabase.rpc('get_own_profile').single()).data

const rate = (more: object) => ({ rates: { basic: { amount: 1, currency: 'USD', unit: 'hour', ...more } } })

describe('an update', () => {
  test.each<[string, Record<string, unknown>]>([
    ['rates.basic.amount', rate({ amount: -1 })],
    ['rates.basic.amount', rate({ amount: 0.5 })],
    ['rates.basic.amount', rate({ amount: '12' })],
    ['rates.basic.amount', rate({ amount: 1e13 })],
    ['rates.basic.currency', rate({ currency: 'XXX' })],
    ['rates.basic.currency', rate({ currency: 'usd' })],
    ['rates.basic.unit', rate({ unit: 'year' })],
    ['rates.basic', rate({ iban: 'ES91 2100' })],
    ['rates.gold', { rates: { gold: {} } }],
    ['rates', { rates: null }],
    ['country', { country: 'XX' }],
    ['country', { country: 'cl' }],
    ['bio', { bio: 'x'.repeat(2001) }],
    ['bio', { bio: null }],
    ['display_name', { display_name: 'x'.repeat(81) }],
    ['experience', { experience: 'x'.repeat(2001) }],
    ['experience_years', { experience_years: -1 }],
    ['experience_years', { experience_years: 81 }],
    ['handle', { handle: 'a' }],
    ['handle', { handle: null }],
    ['metadata', { metadata: { big: 'x'.repeat(9000) } }],
    ['payment_methods.1', { payment_methods: ['pix', 'ES91 2100 0418'] }],
    ['languages.0', { languages: ['español'] }],
    ['links.0.url', { links: [{ label: 'x', url: 'javascript:alert(1)' }] }],
    ['software', { software: Array.from({ length: 51 }, (_, at) => `Program ${at}`) }],
    ['professional_types', { professional_types: Array.from({ length: 11 }, (_, at) => `Type ${at}`) }],
    ['tags.0', { tags: [{ name: 'x', kind: 'Kind!' }] }],
    // What is not the person's to say, and other people's ids.
    ...['id', 'user_id', 'profile_id', 'avatar_path', 'created_at', 'email', 'profile_count'].map(
      (name): [string, Record<string, unknown>] => [name, { [name]: '00000000-0000-4000-8000-000000000000' }],
    ),
  ])('with a bad %s is refused by name and changes nothing', async (field, bad) => {
    const ana = await signUp()
    const before = await whole(ana)
    const error = await update(ana, { bio: 'lost', tags: ['lost'], links: [], ...bad })
    expect(detail(error)).toMatchObject({ code: 'invalid_input', field })
    expect(await whole(ana)).toEqual(before)
  })

  test('with anything at all in any field is saved or refused by name, never an error of the database', async () => {
    const ana = await signUp()
    const nobody = '00000000-0000-4000-8000-000000000000'
    const odd = [
      null,
      true,
      0,
      -1,
      1.5,
      1e30,
      '',
      ' ',
      'x',
      '🙂',
      '\u202e',
      "'; drop table profiles; --",
      '%',
      '\\',
      nobody,
      [],
      [null],
      [[]],
      [{}],
      [1],
      [''],
      ['\u0007'],
      [{ name: null }],
      [{ label: 1, url: 2 }],
      {},
      { a: 1 },
      { basic: null },
      { basic: [] },
      { basic: { amount: null } },
      { basic: { amount: Number.MAX_VALUE } },
      { name: 'x' },
      'x'.repeat(100_000),
      Array.from({ length: 1000 }, () => 'x'),
    ]
    const fields = [
      'handle',
      'display_name',
      'bio',
      'country',
      'experience_years',
      'experience',
      'shows_payment_methods',
      'metadata',
      'rates',
      'payment_methods',
      'languages',
      'links',
      'software',
      'professional_types',
      'tags',
    ]
    for (const field of fields) {
      const errors = await Promise.all(odd.map((value) => update(ana, { [field]: value })))
      for (const [at, error] of errors.entries()) {
        if (error === null) continue
        const said = detail(error)
        expect(said.code, `${field}: ${JSON.stringify(odd[at])?.slice(0, 60)}`).toMatch(
          /^(invalid_input|handle_taken)$/,
        )
        expect(said.field?.split('.')[0]).toBe(field)
      }
    }
    for (const changes of [null, 'x', 1, [], [{}]])
      expect(detail(await update(ana, changes)).code).toBe('invalid_input')
  })

  test('with a taken handle in other letters, or a reserved one, is refused', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const handle = `Taken.${crypto.randomUUID().slice(0, 8)}`
    expect(await update(ana, { handle })).toBeNull()
    for (const wanted of [handle, handle.toLowerCase(), handle.toUpperCase(), 'ADMIN', 'tertulia'])
      expect(detail(await update(ben, { handle: wanted, bio: 'lost' }))).toMatchObject({
        code: 'handle_taken',
        field: 'handle',
      })
    expect(await whole(ben)).toMatchObject({ bio: '' })
    expect(await update(ana, { handle: handle.toUpperCase() })).toBeNull()
  })
})

test('a search with anything at all is answered or refused by name', async () => {
  const ana = await signUp()
  const odd = [
    null,
    true,
    0,
    -1,
    1.5,
    1e30,
    '',
    'x',
    "'",
    '\\',
    [],
    [null],
    ['x'],
    [1],
    ["' | '"],
    {},
    { a: 1 },
    { tier: 'basic' },
    { tier: 'basic', currency: 'USD', min: '1' },
    { tier: 'basic', currency: 'USD', max: 1e30 },
    { tier: 'basic', currency: 'USD', min: 5, max: 1 },
    { tier: 'basic', currency: 'USD', unit: null },
    Array.from({ length: 51 }, String),
    ['x'.repeat(81)],
  ]
  const inputs = [
    ...['query', 'sort', 'page_size', 'filters'].flatMap((name) => odd.map((value) => ({ [name]: value }))),
    ...[
      'countries',
      'types',
      'any_software',
      'all_tags',
      'languages',
      'rate',
      'min_experience',
      'max_experience',
      'email',
    ].flatMap((name) => odd.map((value) => ({ filters: { [name]: value } }))),
    ...odd.map((after) => ({ query: 'x', after })),
    ...odd.map((key) => ({ after: { key, id: ana.id, walk: true, forms: null } })),
    ...odd.map((forms) => ({ query: 'x', after: { key: 1, id: ana.id, walk: false, forms } })),
  ]
  for (const input of inputs) {
    const { data, error } = await ana.supabase.rpc('search_profiles', input)
    const what = JSON.stringify(input).slice(0, 120)
    if (!error) {
      expect(data.profiles, what).toBeInstanceOf(Array)
      continue
    }
    // What is not of the argument's type is refused before the function is called.
    if (
      !('filters' in input) &&
      !('after' in input) &&
      /^(22P02|22003|42883|42804|PGRST\d+)$/.test(error.code)
    )
      continue
    expect(detail(error).code, what).toMatch(/^invalid_(input|cursor)$/)
  }
})

test('nobody writes what is another’s, by any table or id', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  await update(ana, { bio: 'hers', tags: ['x'], links: [{ label: 'x', url: 'https://example.com' }] })
  const before = await whole(ana)
  for (const supabase of [ben.supabase, connect()]) {
    for (const [table, column] of [
      ['profiles', 'id'],
      ['profile_links', 'profile_id'],
      ['profile_tags', 'profile_id'],
      ['profile_rates', 'profile_id'],
      ['profile_details', 'id'],
    ] as const) {
      expect(
        (
          await supabase
            .from(table)
            .update({ [column]: ben.id })
            .eq(column, ana.id)
        ).error?.code,
        table,
      ).toBe('42501')
      expect((await supabase.from(table).delete().eq(column, ana.id)).error?.code, table).toBe('42501')
    }
    // There is no argument to name a person by.
    for (const [name, input] of [
      ['update_profile', { changes: { bio: 'his' }, id: ana.id }],
      ['set_avatar', { path: null, profile_id: ana.id }],
      ['delete_account', { user_id: ana.id }],
      ['export_account', { id: ana.id }],
      ['get_own_profile', { id: ana.id }],
    ] as const)
      expect((await supabase.rpc(name, input)).error?.code, name).toMatch(/^(PGRST202|42501)$/)
  }
  expect(await whole(ana)).toEqual(before)
})
