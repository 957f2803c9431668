import postgres from 'postgres'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { signUp } from '../support/people.ts'

const sql = postgres(inject('stack').dbUrl, { max: 4 })
afterAll(() => sql.end())

const fresh = () =>
  Math.random()
    .toString(36)
    .slice(2, 8)
    .replace(/[01liorn]/g, 'k')

describe('a name that reads like the house speaking is refused', () => {
  test.each([
    ...[
      'admin',
      'Admin',
      'adm1n',
      'admin-team',
      'the.admin',
      'support.official',
      'official_support',
      'AdminTeam',
      'admin42',
      'ana-admin',
    ],
    ...[
      'no-reply',
      'Postmaster',
      'w3bmaster',
      'abuse',
      'here',
      'todos',
      'mod',
      'suporte',
      'administracion',
      'Ayuda1',
      'info_support',
    ],
    ...['moderator', 'staff', 'soporte.oficial', 'tertulia-support', 'rnoderator', 'system', 'Team.Support'],
  ])('as the handle %s', async (handle) => {
    const ana = await signUp()
    await expect(ana.tertulia.profiles.update({ handle })).rejects.toMatchObject({
      code: 'handle_taken',
      field: 'handle',
    })
  })

  test.each([
    ...[
      'аdmin',
      'АDМIN',
      'Admin Team',
      'ａｄｍｉｎ',
      '𝓐𝓭𝓶𝓲𝓷',
      'Ádmín',
      'a\u200bdmin',
      'Ad\u2061min Pedro',
      'Ad\u2066min\u2069 Pedro',
      'Equipo de soporte',
      'SUPPORT',
      'Αdmin',
      'Clara (admin)',
    ],
    ...['Moderator', 'adm1n', '@dmin', 'Официal'.replace('Официal', 'оffісіаl')],
  ])('as the display name %s', async (displayName) => {
    const ana = await signUp()
    await expect(ana.tertulia.profiles.update({ displayName })).rejects.toMatchObject({
      code: 'invalid_input',
      field: 'displayName',
    })
    // A sign-up never fails for a name.
    expect((await (await signUp(displayName)).tertulia.profiles.get()).displayName).toBe('')
  })

  test.each([
    'Ana Supporter',
    'System of a Down',
    'Иван Админов',
    'Staffan',
    'Meadmina',
    'Rosa Mística',
    'Αθηνά',
    '山田太郎',
  ])('but not as %s', async (displayName) => {
    const ana = await signUp()
    expect(await ana.tertulia.profiles.update({ displayName })).toMatchObject({ displayName })
  })
})

test.each([
  [{ display_name: 'Ana', full_name: 'Ana Díaz' }, 'Ana'],
  [{ display_name: ' \u200b ', full_name: 'Ana Díaz' }, 'Ana Díaz'],
  [{ display_name: { first: 'Ana' }, full_name: ['Ana'], name: 'Ana D.' }, 'Ana D.'],
  [{ name: { firstName: 'Ana', lastName: 'Díaz' } }, ''],
  [{ full_name: 7, name: true }, ''],
  [{ display_name: 'ana@example.com', name: 'Ana' }, 'Ana'],
])('a sign-up with %j is called %j', async (metadata, name) => {
  const id = crypto.randomUUID()
  await sql`insert into auth.users (id, email, raw_user_meta_data) values (${id}, ${`${id}@example.com`}, ${sql.json(metadata)})`
  expect(await sql`select display_name from public.profiles where id = ${id}`).toEqual([
    { display_name: name },
  ])
})

describe('short reserved words are compared letter by letter', () => {
  test.each(['api', 'API', 'a.p.i', 'api7', 'àpi'])('%s is reserved', async (handle) => {
    const [row] = await sql`select private.is_reserved_name(${handle}) as reserved`
    expect(row).toEqual({ reserved: true })
  })
  test.each(['APL', 'apl', 'ap1', 'a-p-l', '4pi', 'apia', 'mel', 'me-me-mo', 'rne'])(
    '%s is not',
    async (handle) => {
      const [row] = await sql`select private.is_reserved_name(${handle}) as reserved`
      expect(row).toEqual({ reserved: false })
    },
  )
  test.each(['аpі', 'nu11', 'he1p', 'r00t'])('but %s, which reads like one, is', async (handle) => {
    const [row] = await sql`select private.is_reserved_name(${handle}) as reserved`
    expect(row).toEqual({ reserved: true })
  })
})

test('a reserved word is found beside digits, in a name without blanks, in drawn letters and beside another', async () => {
  const verdicts = async (names: string[]) =>
    Object.fromEntries(
      (
        await sql`select n.name, private.is_reserved_name(n.name) as reserved from unnest(${names}::text[]) as n (name)`
      ).map(({ name, reserved }) => [name, reserved]),
    )
  const all = (names: string[], verdict: boolean) => Object.fromEntries(names.map((name) => [name, verdict]))
  const reserved = [
    ...['1admin', '007admin', '4dm1n', 'aclmin', 'superadmin', 'sysadmin', 'administrators', 'adMin Pedro'],
    ...['AdminPedro', 'AnaAdmin', 'SuperAdmin', 'ModTeam', 'billing-team', 'tech-support', 'do-not-reply'],
    ...[
      'customer-service',
      'SoporteTecnico',
      'system.message',
      'Ana (Tertulia Support)',
      'Ana — Soporte Tertulia',
    ],
    ...['🅰dmin', '🅐🅓🅜🅘🅝 Ana', '🇦🇩🇲🇮🇳', 'ᗩᗪᗰIᑎ', 'ΛDMIN'],
  ]
  const free = [
    ...[
      'Badminton',
      'BadMinton',
      'Adminius',
      'McAdam',
      'AnaAdams',
      '3api',
      'Blink-182',
      'The Team',
      'Ana 🇨🇱',
    ],
    ...[
      'Official Ana',
      'Support: Ana',
      'Security Guards',
      'Modelo',
      'ModEl',
      'Λέανδρος',
      'Clara',
      'Claudia Clientela',
    ],
  ]
  expect(await verdicts(reserved)).toEqual(all(reserved, true))
  expect(await verdicts(free)).toEqual(all(free, false))
})

describe('a handle that looks like another one is taken', () => {
  test.each([
    ['clara.w', 'cIara.w'],
    ['clara.w', 'c1ara.w'],
    ['rosa.o', 'r0sa.0'],
    ['marn', 'mam'],
    ['Ivan', 'lvan'],
    ['savvy', 'sawy'],
    ['wvw', 'vwvv'],
  ])('%s and %s', async (one, other) => {
    const end = fresh()
    const [ana, ben] = await Promise.all([signUp(), signUp('Ben')])
    await ana.tertulia.profiles.update({ handle: `${one}-${end}` })
    await expect(ben.tertulia.profiles.update({ handle: `${other}-${end}` })).rejects.toMatchObject({
      code: 'handle_taken',
      field: 'handle',
    })
  })

  test('but two names that differ for the eye are two', async () => {
    const end = fresh()
    const [ana, ben] = await Promise.all([signUp(), signUp('Ben')])
    await ana.tertulia.profiles.update({ handle: `clara-${end}` })
    expect(await ben.tertulia.profiles.update({ handle: `ciara-${end}` })).toMatchObject({
      handle: `ciara-${end}`,
    })
  })

  test('of eight who ask for look-alikes at once one gets it', async () => {
    const end = fresh()
    const people = await Promise.all(Array.from({ length: 8 }, () => signUp()))
    const handles = ['clara', 'cIara', 'c1ara', 'CLARA', 'Clara', 'cLara', 'cIARA', 'clARa'].map(
      (name) => `${name}.${end}`,
    )
    const results = await Promise.allSettled(
      people.map(({ tertulia }, at) => tertulia.profiles.update({ handle: handles[at] })),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'handle_taken' })
  })
})

describe('a handle that was given up rests', () => {
  test('nobody else takes it or its look-alike, its owner takes it back', async () => {
    const end = fresh()
    const [ana, ben] = await Promise.all([signUp(), signUp('Ben')])
    await ana.tertulia.profiles.update({ handle: `clara-${end}` })
    await ana.tertulia.profiles.update({ handle: `rosa-${end}` })
    for (const handle of [`clara-${end}`, `cIara-${end}`])
      await expect(ben.tertulia.profiles.update({ handle })).rejects.toMatchObject({ code: 'handle_taken' })
    expect(await ana.tertulia.profiles.update({ handle: `clara-${end}` })).toMatchObject({
      handle: `clara-${end}`,
    })
    await sql`update private.released_handles set released_at = released_at - interval '31 days'`
    expect(await ben.tertulia.profiles.update({ handle: `rosa-${end}` })).toMatchObject({
      handle: `rosa-${end}`,
    })
  })

  test('also one of a deleted account, of which no name stays', async () => {
    const end = fresh()
    const [ana, ben] = await Promise.all([signUp(), signUp('Ben')])
    await ana.tertulia.profiles.update({ handle: `rosa-${end}` })
    await ana.tertulia.profiles.deleteAccount()
    await expect(ben.tertulia.profiles.update({ handle: `rosa-${end}` })).rejects.toMatchObject({
      code: 'handle_taken',
    })
    expect(await sql`select from private.released_handles where former_owner = ${ana.id}`).toHaveLength(0)
  })

  test('also when somebody waits for it while it is given up', async () => {
    const end = fresh()
    const [ana, ben] = await Promise.all([signUp(), signUp('Ben')])
    await ana.tertulia.profiles.update({ handle: `rosa-${end}` })
    let taking: Promise<unknown> = Promise.resolve()
    await sql.begin(async (tx) => {
      await tx`update public.profiles set handle = ${`olga-${end}`} where id = ${ana.id}`
      taking = ben.tertulia.profiles.update({ handle: `rosa-${end}` }).catch((error) => error)
      await expect
        .poll(
          () =>
            sql`select from pg_stat_activity where wait_event_type = 'Lock' and query like '%update_profile%'`,
        )
        .not.toHaveLength(0)
    })
    expect(await taking).toMatchObject({ code: 'handle_taken' })
  })
})

test('the name of an app is reserved by a row, in whatever form it has', async () => {
  const words = [`qv ${fresh()}`, `c++ ${fresh()}`, `Songs (${fresh()})`]
  for (const word of words) {
    await sql`insert into private.reserved_words (word, kind) values (${word}, 'anywhere')`
    const ana = await signUp()
    for (const displayName of [word, word.toUpperCase(), `The ${word} team`, `Ana ${word} Pérez`])
      await expect(ana.tertulia.profiles.update({ displayName })).rejects.toMatchObject({
        field: 'displayName',
      })
    await ana.tertulia.profiles.update({ displayName: 'Ana' })
    await sql`delete from private.reserved_words where word = ${word}`
  }
  await expect(
    sql`insert into private.reserved_words (word, kind) values ('+', 'anywhere')`,
  ).rejects.toThrow()
})
