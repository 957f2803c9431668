import { describe, expect, test } from 'vitest'
import { codeOf, connectToDatabase } from '../chat/sql/database.ts'
import { takeFreshStack } from '../support/fresh-stack.ts'
import { connectAsService, type Person, signUp } from '../support/people.ts'

await takeFreshStack()

const word = () => `w${crypto.randomUUID().slice(0, 8)}`
const has = (items: { id: string }[], { id }: Person) => items.some((item) => item.id === id)

/** What of the catalogues is counted wrongly: how many listed profiles use an entry is what it must say. */
const miscounted = (sql: ReturnType<typeof connectToDatabase>['sql']) => sql`
  select c.key, c.profile_count, u.uses
  from (
    select key, profile_count, id from public.software union all select key, profile_count, id from public.tags
  ) c
  left join lateral (
    select count(*)::integer as uses
    from (
      select profile_id, software_id as id from public.profile_software
      union all select profile_id, tag_id from public.profile_tags
      union all select profile_id, tag_id from public.profile_types
    ) x
    join public.profiles p on p.id = x.profile_id
    where x.id = c.id and p.is_listed
  ) u on true
  where c.profile_count <> u.uses`

describe('an unlisted profile', () => {
  test('is in no search, list, facet, suggestion and count, and comes back when it is listed again', async () => {
    const { sql } = connectToDatabase(1)
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const mark = word()
    await ana.tertulia.profiles.update({
      bio: `Plays ${mark}`,
      country: 'CL',
      software: [`${mark} Studio`],
      tags: [`${mark} tag`],
      professionalTypes: [`${mark} type`],
    })
    await ana.tertulia.profiles.follow(ben.id)
    const seen = async () => {
      const { profiles } = ben.tertulia
      const found = await profiles.search(mark)
      const filtered = await profiles.search('', { filters: { anyTags: [`${mark} tag`] } })
      const everybody = await profiles.search('', { sort: 'newest' })
      return {
        found: found.items.length,
        total: found.counts?.total,
        facets: found.counts?.facets.countries,
        filtered: filtered.counts?.total,
        newest: has(everybody.items, ana),
        listed: has((await profiles.list({ limit: 200 })).items, ana),
        software: (await profiles.suggestSoftware(mark)).length,
        tags: (await profiles.suggestTags(mark)).length,
        follower: (await profiles.listFollowers()).items.length,
        followers: (await profiles.getFollows()).followers,
      }
    }
    const shown = {
      found: 1,
      total: 1,
      facets: [{ value: 'CL', count: 1 }],
      filtered: 1,
      newest: true,
      listed: true,
      software: 1,
      tags: 2,
      follower: 1,
      followers: 1,
    }
    expect(await seen()).toEqual(shown)
    expect(await ana.tertulia.profiles.update({ isListed: false })).toMatchObject({ isListed: false })
    expect(await seen()).toEqual({
      found: 0,
      total: 0,
      facets: [],
      filtered: 0,
      newest: false,
      listed: false,
      software: 0,
      tags: 0,
      follower: 0,
      followers: 0,
    })
    // Changes do not bring it back.
    await ana.tertulia.profiles.update({ bio: `Sings ${mark}`, tags: [`${mark} tag`, `${mark} more`] })
    expect((await ben.tertulia.profiles.search(mark)).items).toEqual([])
    expect(await ben.tertulia.profiles.suggestTags(mark)).toEqual([])
    expect(await miscounted(sql)).toEqual([])
    await ana.tertulia.profiles.update({ isListed: true, tags: [`${mark} tag`] })
    expect(await seen()).toEqual(shown)
    expect(await miscounted(sql)).toEqual([])
  })

  test('is read by its user, moderators, the service and those who share a conversation or a song with it alone', async () => {
    const [ana, inDirect, inGroup, owner, reader, stranger, follower] = await Promise.all(
      ['Ana', 'Direct', 'Group', 'Owner', 'Reader', 'Stranger', 'Follower'].map((name) => signUp(name)),
    )
    const all = { ana, inDirect, inGroup, owner, reader, stranger, follower } as Record<string, Person>
    const person = (name: string) => all[name] as Person
    await person('follower').tertulia.profiles.follow(person('ana').id)
    await person('ana').tertulia.profiles.update({ isListed: false })
    const direct = await person('inDirect').tertulia.chat.getDirect(person('ana').id)
    await person('ana').tertulia.chat.createGroup({ subject: 'Us', memberIds: [person('inGroup').id] })
    for (const [from, to] of [
      ['owner', 'ana'],
      ['ana', 'reader'],
    ] as const) {
      const { id } = await person(from).tertulia.songs.create({
        title: 'x',
        content: '[C]la',
        visibility: 'shared',
      })
      const share = await person(from).tertulia.sharing.share(id, { userId: person(to).id, role: 'view' })
      await person(to).tertulia.sharing.accept(share.id)
    }
    const outcome = async (name: string) => {
      const { profiles } = person(name).tertulia
      const { id } = person('ana')
      return [
        await profiles.get(id).then(
          ({ displayName }) => displayName,
          ({ code }) => code,
        ),
        await profiles.getFollows(id).then(
          ({ following }) => following,
          ({ code }) => code,
        ),
      ]
    }
    for (const name of ['ana', 'inDirect', 'inGroup', 'owner', 'reader'])
      expect(await outcome(name), name).toEqual(['Ana', 0])
    for (const name of ['stranger', 'follower'])
      expect(await outcome(name), name).toEqual(['profile_not_found', 'profile_not_found'])
    await expect(person('stranger').tertulia.profiles.follow(person('ana').id)).rejects.toMatchObject({
      code: 'profile_not_found',
    })
    // Who opens a link of a song learns of its owner, and of nobody else who has it.
    const shared = (await person('owner').tertulia.sharing.listSent()).items[0]
    const link = await person('owner').tertulia.sharing.createLink(shared?.songId ?? '', { role: 'view' })
    await person('stranger').tertulia.sharing.openLink(link.token)
    expect(await outcome('stranger')).toEqual(['profile_not_found', 'profile_not_found'])
    expect(direct.participants).toContainEqual(expect.objectContaining({ displayName: 'Ana' }))
    const { data } = await connectAsService().rpc('get_profile', { user_id: person('ana').id })
    expect(data).toHaveLength(1)
    // The share ends, and so does the sight of the profile.
    for (const { id } of (await person('owner').tertulia.sharing.listSent()).items)
      await person('owner').tertulia.sharing.revoke(id)
    expect(await outcome('owner')).toEqual(['profile_not_found', 'profile_not_found'])
  })

  test('keeps the counts right while it is listed, unlisted, changed and deleted at once', async () => {
    const database = connectToDatabase(8)
    const { sql, call, people } = database
    const users = await people(6)
    const [one, two, three] = [word(), word(), word()]
    const change = (user: string, changes: object) => codeOf(call(user, 'update_profile', { changes }))
    await Promise.all(users.map((user) => change(user, { software: [one, two], tags: [two, three] })))
    const codes = await Promise.all(
      users.flatMap((user, n) => [
        change(user, { is_listed: n % 2 === 0 }),
        change(user, { software: [two, three], tags: [one] }),
        change(user, { is_listed: n % 3 === 0, professional_types: [three] }),
      ]),
    )
    expect(codes.filter((code) => code !== null)).toEqual([])
    expect(await miscounted(sql)).toEqual([])
    // An unlisted and a listed account go, one of them by its row alone.
    await change(users[0] ?? '', { is_listed: false })
    await change(users[1] ?? '', { is_listed: true })
    await change(users[2] ?? '', { is_listed: false })
    await sql`delete from auth.users where id in (${users[0] ?? ''}, ${users[1] ?? ''})`
    await sql`delete from public.profiles where id = ${users[2] ?? ''}`
    expect(await miscounted(sql)).toEqual([])
    // Who comes back is listed, as every new account is.
    await sql`insert into auth.users (id, email) values (${users[0] ?? ''}, 'back@example.com')`
    expect(await sql`select is_listed from public.profiles where id = ${users[0] ?? ''}`).toEqual([
      { is_listed: true },
    ])
  })
})

describe('availability', () => {
  test('is a field, a filter and a facet', async () => {
    const mark = word()
    const users = await Promise.all(['Now', 'June', 'July', 'Busy'].map((name) => signUp(name)))
    const [now, june, july, busy] = users as [Person, Person, Person, Person]
    const update = ({ tertulia }: Person, changes: object) =>
      tertulia.profiles.update({ bio: mark, ...changes })
    await update(now, { openToWork: true })
    await update(june, { openToWork: true, availableFrom: '2027-06-30' })
    await update(july, { openToWork: true, availableFrom: '2027-07-01' })
    expect(await update(busy, {})).toMatchObject({ openToWork: false, availableFrom: null })
    const names = async (filters: object) => {
      const { items, counts } = await busy.tertulia.profiles.search(mark, { filters })
      return [items.map(({ displayName }) => displayName).sort(), counts?.facets.openToWork]
    }
    const open = (count: number) => [{ value: 'true', count }]
    expect(await names({})).toEqual([['Busy', 'July', 'June', 'Now'], open(3)])
    expect(await names({ openToWork: true })).toEqual([['July', 'June', 'Now'], open(3)])
    expect(await names({ availableBy: '2027-06-30' })).toEqual([['June', 'Now'], open(2)])
    expect(await names({ availableBy: '2027-06-29' })).toEqual([['Now'], open(1)])
    // Who takes work no longer has no day; a new day alone stays.
    expect(await update(june, { availableFrom: '2027-05-01' })).toMatchObject({ openToWork: true })
    expect(await update(june, { openToWork: false })).toMatchObject({ availableFrom: null })
    expect(await names({ availableBy: '2029-01-01' })).toEqual([['July', 'Now'], open(2)])
    // Paged by a cursor as well.
    const paged: string[] = []
    for await (const { displayName } of busy.tertulia.profiles.search(mark, {
      filters: { availableBy: '2029-01-01' },
      limit: 1,
    }))
      paged.push(displayName)
    expect(paged.sort()).toEqual(['July', 'Now'])
  })

  test.each([
    ['a day while not open to work', { availableFrom: '2027-01-01' }, 'available_from'],
    ['a day and not open to work', { openToWork: false, availableFrom: '2027-01-01' }, 'available_from'],
    [
      'a day that is not in the calendar',
      { openToWork: true, availableFrom: '2027-02-29' },
      'available_from',
    ],
    ['a time', { openToWork: true, availableFrom: '2027-02-28T00:00:00Z' }, 'available_from'],
    ['infinity', { openToWork: true, availableFrom: 'infinity' }, 'available_from'],
    ['a month 13', { openToWork: true, availableFrom: '2027-13-01' }, 'available_from'],
    ['the year 3000', { openToWork: true, availableFrom: '3000-01-01' }, 'available_from'],
    ['digits of another script', { openToWork: true, availableFrom: '٢٠٢٧-٠١-٠١' }, 'available_from'],
  ])('refuses %s by the field', async (_what, changes, field) => {
    const ana = await signUp('Ana')
    await expect(ana.tertulia.profiles.update(changes)).rejects.toMatchObject({
      code: 'invalid_input',
      field: field.replace('available_from', 'availableFrom'),
    })
    expect(await ana.tertulia.profiles.get()).toMatchObject({ openToWork: false, availableFrom: null })
  })

  test.each([
    { openToWork: false as never },
    { availableBy: '' },
    { availableBy: '2027-02-30' },
    { availableBy: 'today' },
    { availableBy: 5 as never },
  ])('refuses the filter %j by its field', async (filters) => {
    const ana = await signUp('Ana')
    await expect(ana.tertulia.profiles.search('', { filters })).rejects.toMatchObject({
      code: 'invalid_input',
      field: `filters.${Object.keys(filters)[0]}`,
    })
  })
})

describe('the verified mark', () => {
  const verify = async (person: Person) => {
    const { handle, displayName } = await person.tertulia.profiles.get()
    const given = { user_id: person.id, handle, display_name: displayName }
    return (await connectAsService().rpc('verify_profile', given)).error
  }

  test('is set by the service under the handle and name that it checked, and goes when either changes', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const marked = async () => (await ben.tertulia.profiles.get(ana.id)).verifiedAt !== null
    await ben.tertulia.profiles.follow(ana.id)
    for (const changes of [
      { displayName: 'Bank' },
      { handle: word() },
      { handle: word(), displayName: 'An' },
    ]) {
      expect(await verify(ana)).toBeNull()
      expect(await marked()).toBe(true)
      const [followed] = (await ben.tertulia.profiles.listFollowing()).items
      expect(followed?.verifiedAt).toBeInstanceOf(Date)
      await ana.tertulia.profiles.update({ bio: word(), country: 'AR', isListed: true })
      expect(await marked()).toBe(true)
      await ana.tertulia.profiles.update(changes)
      expect(await marked()).toBe(false)
    }
    // The name changed after the service had looked.
    const before = await ana.tertulia.profiles.get()
    await ana.tertulia.profiles.update({ displayName: 'Other' })
    const given = { user_id: ana.id, handle: before.handle, display_name: before.displayName }
    const { error } = await connectAsService().rpc('verify_profile', given)
    expect(error?.details).toContain('profile_not_found')
    expect(await marked()).toBe(false)
    // And by hand.
    expect(await verify(ana)).toBeNull()
    expect((await connectAsService().rpc('unverify_profile', { user_id: ana.id })).error).toBeNull()
    expect(await marked()).toBe(false)
  })

  test('is not to be had otherwise', async () => {
    const ana = await signUp('Ana')
    const { handle } = await ana.tertulia.profiles.get()
    const rpc = (name: string, given: object) => ana.supabase.rpc(name, given)
    const forged = { verified_at: new Date().toISOString() }
    for (const { error } of [
      await rpc('verify_profile', { user_id: ana.id, handle, display_name: 'Ana' }),
      await rpc('update_profile', { changes: forged }),
      await ana.supabase.from('profiles').update(forged).eq('id', ana.id),
    ])
      expect(error).not.toBeNull()
    await ana.tertulia.profiles.update({ metadata: { ...forged, verifiedAt: forged.verified_at } })
    await ana.supabase.auth.updateUser({ data: { ...forged, verified: true } })
    expect((await ana.tertulia.profiles.get()).verifiedAt).toBeNull()
  })
})
