import postgres from 'postgres'
import type { ProfileChanges } from 'tertulia'
import { describe, expect, inject, test } from 'vitest'
import { signInAgain, signUp } from '../support/people.ts'
import { readAs } from '../support/readers.ts'

const unique = (name: string) => `${name} ${crypto.randomUUID().slice(0, 8)}`

/** Everything that a profile can say, with entries of its own in the catalogues. */
function everything() {
  const software = [unique('DaVinci Resolve'), unique('C++')]
  const tags = [
    { name: unique('Color grading'), kind: 'specialty' },
    { name: unique('Cámara en mano'), kind: 'technology' },
  ]
  return {
    handle: `ana.${crypto.randomUUID().slice(0, 8)}`,
    displayName: 'Ana Ruiz',
    bio: 'Monto documentales.',
    country: 'CL',
    professionalTypes: [unique('Editor'), unique('Videógrafa')],
    experienceYears: 12,
    experience: 'Doce años en Valparaíso.',
    rates: {
      basic: { amount: 2550, currency: 'USD', unit: 'hour' },
      premium: { amount: 900_000, currency: 'CLP', unit: 'project' },
    },
    software,
    tags,
    languages: ['es', 'pt-BR'],
    links: [{ label: 'Reel', url: 'https://example.com/reel?x=1' }],
    paymentMethods: ['bank_transfer', 'paypal'],
    showsPaymentMethods: true,
    metadata: { theme: 'dark' },
  } satisfies ProfileChanges
}

describe('a whole profile', () => {
  test('is saved in one request and read back in one', async () => {
    const requests: string[] = []
    const ana = await signUp('Ana', { onOperation: ({ operation }) => requests.push(operation) })
    const wanted = everything()
    const saved = await ana.tertulia.profiles.update(wanted)
    expect(saved).toMatchObject(wanted)
    const ben = await signUp('Ben')
    expect(await ben.tertulia.profiles.get(ana.id)).toEqual(saved)
    expect(await ana.tertulia.profiles.get()).toEqual(saved)
    expect(requests).toEqual(['profiles.update', 'profiles.get'])
  })

  test('keeps the parts that are not named, and empties those that are named empty', async () => {
    const ana = await signUp()
    const wanted = everything()
    await ana.tertulia.profiles.update(wanted)
    const changed = await ana.tertulia.profiles.update({ tags: [], rates: {}, experienceYears: null })
    expect(changed).toMatchObject({ ...wanted, tags: [], rates: {}, experienceYears: null })
  })

  test('counts a change of parts alone as a change', async () => {
    const ana = await signUp()
    const before = await ana.tertulia.profiles.get()
    const after = await ana.tertulia.profiles.update({ languages: ['es'] })
    expect(after.updatedAt.getTime()).toBeGreaterThan(before.updatedAt.getTime())
  })

  test.each<[string, ProfileChanges]>([
    ['country', { country: 'XX' }],
    ['rates.basic.currency', { rates: { basic: { amount: 1, currency: 'XXX', unit: 'hour' } } }],
    ['rates.basic.currency', { rates: { basic: { amount: 1, currency: 'euros', unit: 'hour' } } }],
    ['rates.premium.amount', { rates: { premium: { amount: -1, currency: 'USD', unit: 'hour' } } }],
    ['rates.premium.amount', { rates: { premium: { amount: 1.5, currency: 'USD', unit: 'hour' } } }],
    ['rates.basic.unit', { rates: { basic: { amount: 1, currency: 'USD', unit: 'year' as 'hour' } } }],
    ['rates.gold', { rates: { gold: {} } as ProfileChanges['rates'] }],
    ['links.1.url', { links: [everything().links[0]!, { label: 'x', url: 'javascript:alert(1)' }] }],
    ['links.0.url', { links: [{ label: 'x', url: 'https://me:secret@example.com' }] }],
    ['links.0.label', { links: [{ label: ' ', url: 'https://example.com' }] }],
    ['languages.0', { languages: ['español'] }],
    ['software.1', { software: ['Fine', 'two\u0007lines'] }],
    ['software', { software: Array.from({ length: 51 }, (_, at) => `Program ${at}`) }],
    ['professionalTypes.0', { professionalTypes: ['x'.repeat(81)] }],
    ['tags.0', { tags: [' '] }],
    ['tags.0.kind', { tags: [{ name: 'x', kind: 'Kind!' }] }],
    ['paymentMethods.0', { paymentMethods: ['ES91 2100 0418 4502 0005 1332'] }],
    ['experienceYears', { experienceYears: 81 }],
    ['experience', { experience: 'x'.repeat(2001) }],
    ['bio', { bio: 'x'.repeat(2001) }],
    ['handle', { handle: 'admin' }],
  ])('with a bad %s is refused by name and leaves all as it was', async (field, bad) => {
    const ana = await signUp()
    const before = await ana.tertulia.profiles.update(everything())
    await expect(ana.tertulia.profiles.update({ ...everything(), ...bad })).rejects.toMatchObject({
      code: field === 'handle' ? 'handle_taken' : 'invalid_input',
      field,
    })
    expect(await ana.tertulia.profiles.get()).toEqual(before)
  })

  test('loses nothing when two devices change different parts at once, again and again', async () => {
    const phone = await signUp()
    const laptop = await signInAgain(phone)
    await phone.tertulia.profiles.update(everything())
    for (let round = 0; round < 10; round++) {
      const [a, b] = [everything(), everything()]
      await Promise.all([
        phone.tertulia.profiles.update({ tags: a.tags, rates: a.rates, bio: `${round}` }),
        laptop.tertulia.profiles.update({ software: b.software, professionalTypes: b.professionalTypes }),
        phone.tertulia.profiles.update({ links: a.links, languages: ['fr'] }),
      ])
      expect(await laptop.tertulia.profiles.get()).toMatchObject({
        tags: a.tags,
        rates: a.rates,
        bio: `${round}`,
        software: b.software,
        professionalTypes: b.professionalTypes,
        links: a.links,
        languages: ['fr'],
      })
    }
  })

  test('is one of the two, whole, when two devices change the same parts at once', async () => {
    const phone = await signUp()
    const laptop = await signInAgain(phone)
    for (let round = 0; round < 10; round++) {
      const wanted = [everything(), everything()]
      await Promise.all(
        [phone, laptop].map(({ tertulia }, at) => tertulia.profiles.update(wanted[at] as ProfileChanges)),
      )
      const now = await phone.tertulia.profiles.get()
      expect(wanted.map(({ handle }) => handle)).toContain(now.handle)
      expect(now).toMatchObject(wanted.find(({ handle }) => handle === now.handle) as object)
    }
  })

  test('shows its payment methods to others only if the owner wants', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    await ana.tertulia.profiles.update({ paymentMethods: ['paypal'] })
    expect((await ana.tertulia.profiles.get()).paymentMethods).toEqual(['paypal'])
    expect((await ben.tertulia.profiles.get(ana.id)).paymentMethods).toEqual([])
    const byHand = await ben.supabase.rpc('get_profile', { user_id: ana.id }).single()
    expect(byHand.data).toMatchObject({ id: ana.id, payment_methods: [] })
    const methods = `select payment_method from public.profile_payment_methods where profile_id = '${ana.id}'`
    expect(await readAs(ben.id, methods)).toEqual([])
    expect(await readAs(ana.id, methods)).toEqual([{ payment_method: 'paypal' }])
    await ana.tertulia.profiles.update({ showsPaymentMethods: true })
    expect((await ben.tertulia.profiles.get(ana.id)).paymentMethods).toEqual(['paypal'])
  })
})

describe('the catalogues', () => {
  test('take every spelling of a name as one entry', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const name = unique('Animación')
    await ana.tertulia.profiles.update({ tags: [name, name.toUpperCase()], software: [name] })
    const spelt = `  ${name.replace('ó', 'o\u0301').replace(' ', '   ')} `
    const profile = await ben.tertulia.profiles.update({ tags: [spelt.toLowerCase()], software: [spelt] })
    expect(profile.tags).toEqual([{ name, kind: 'other' }])
    expect(profile.software).toEqual([name])
    const { items } = { items: await ana.tertulia.profiles.suggestTags(name) }
    expect(items).toEqual([{ name, kind: 'other', count: 2 }])
  })

  test('take a kind from the first who says it, and from no other', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const name = unique('Unreal')
    await ana.tertulia.profiles.update({ tags: [name] })
    await ben.tertulia.profiles.update({ tags: [{ name, kind: 'technology' }] })
    await ana.tertulia.profiles.update({ tags: [{ name, kind: 'specialty' }] })
    expect(await ana.tertulia.profiles.suggestTags(name, { kind: 'technology' })).toMatchObject([
      { count: 2 },
    ])
    expect(await ana.tertulia.profiles.suggestTags(name, { kind: 'specialty' })).toEqual([])
  })

  test('suggest while one types: the start of any word, the most used first, else what looks like it', async () => {
    const people = await Promise.all([signUp('Ana'), signUp('Ben'), signUp('Cleo')])
    const family = `Qx${crypto.randomUUID().slice(0, 6)}`
    const names = ['Premiere', 'Audition', 'After Effects'].map((name) => `${family} ${name}`)
    await Promise.all(
      people.map(({ tertulia }, at) => tertulia.profiles.update({ software: names.slice(at) })),
    )
    const { profiles } = people[0]!.tertulia
    const found = await profiles.suggestSoftware(family.toLowerCase())
    expect(found.map(({ name, count }) => [name, count])).toEqual([
      [names[2], 3],
      [names[1], 2],
      [names[0], 1],
    ])
    expect(await profiles.suggestSoftware(family, { limit: 1 })).toHaveLength(1)
    expect((await profiles.suggestSoftware('effects', { limit: 50 })).map(({ name }) => name)).toContain(
      names[2],
    )
    expect((await profiles.suggestSoftware(`${family} premire`)).map(({ name }) => name)).toContain(names[0])
    expect(await profiles.suggestSoftware('%_\\')).toEqual([])
    // A sign at the end is asked for as it is.
    const signed = [`${family}x C++`, `${family}x Cubase`]
    await people[0]!.tertulia.profiles.update({ software: [...names, ...signed] })
    expect((await profiles.suggestSoftware(`${family}x c++`)).map(({ name }) => name)).toEqual([signed[0]])
    await expect(profiles.suggestSoftware('x'.repeat(81))).rejects.toMatchObject({ field: 'prefix' })
    // What nobody names any more is not suggested.
    await Promise.all(people.map(({ tertulia }) => tertulia.profiles.update({ software: [] })))
    expect(await profiles.suggestSoftware(family)).toEqual([])
  })

  test('count right when many name and drop the same entries at once, in any order', async () => {
    const people = await Promise.all(Array.from({ length: 8 }, (_, at) => signUp(`P${at}`)))
    const names = Array.from({ length: 6 }, () => unique('Contended'))
    for (let round = 0; round < 5; round++) {
      await Promise.all(
        people.map(({ tertulia }, at) => {
          const turned = names.map((_, place) => names[(place + at + round) % names.length]!)
          const order = at % 2 ? turned : turned.toReversed()
          return tertulia.profiles.update({
            software: order.slice(0, 4),
            tags: order.slice(2),
            professionalTypes: order.slice(1, 4),
          })
        }),
      )
    }
    const sql = postgres(inject('stack').dbUrl, { max: 1 })
    const wrong = await sql`
      select c.name
      from public.software c
      where c.profile_count <> (select count(*) from public.profile_software x where x.software_id = c.id)
      union all
      select c.name
      from public.tags c
      where c.profile_count <> (select count(*) from public.profile_tags x where x.tag_id = c.id)
        + (select count(*) from public.profile_types x where x.tag_id = c.id)`
    await sql.end()
    expect(wrong).toEqual([])
  })

  test('are closed to hands that pass the functions by', async () => {
    const ana = await signUp()
    for (const [table, row] of [
      ['software', { name: 'Mine' }],
      ['tags', { name: 'Mine' }],
      ['payment_methods', { code: 'mine', name: 'Mine' }],
      ['profile_rates', { profile_id: ana.id, tier: 'basic', amount: 1, currency: 'USD', unit: 'hour' }],
      ['profile_links', { profile_id: ana.id, position: 1, label: 'x', url: 'https://example.com' }],
      ['profile_languages', { profile_id: ana.id, language: 'es', position: 1 }],
      ['profile_payment_methods', { profile_id: ana.id, payment_method: 'paypal' }],
    ] as const) {
      expect((await ana.supabase.from(table).insert(row)).error?.code, table).toBe('42501')
      expect((await ana.supabase.from(table).delete().match(row)).error?.code, table).toBe('42501')
    }
  })
})
