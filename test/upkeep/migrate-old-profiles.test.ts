import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import postgres from 'postgres'
import { expect, onTestFinished, test } from 'vitest'
import type { Stack } from '../../local/src/index.ts'
import { tertulia } from '../support/cli.ts'
import { startFreshStack } from '../support/fresh-stack.ts'
import { compareOldSite, fillOldSite, oldSite } from './old-site.ts'

const preparation = readFileSync('supabase/old-profiles.sql', 'utf8')

/** A project with the tables of the older site in it, filled by the test. */
async function openOldSite(fill: (sql: postgres.Sql) => Promise<unknown>, settings = '', tables = oldSite) {
  const stack = await startFreshStack()
  const sql = postgres(stack.dbUrl, { max: 4, onnotice: () => {} })
  onTestFinished(async () => {
    await sql.end()
    await stack.stop()
  })
  await sql.unsafe(tables).simple()
  await fill(sql)
  const prepare = async () => {
    const alone = postgres(stack.dbUrl, { max: 1, onnotice: () => {} })
    try {
      await alone.unsafe(settings + preparation).simple()
    } finally {
      await alone.end()
    }
  }
  await prepare()
  return { stack, sql, prepare, migrate: () => migrate(stack) }
}

const migrate = (stack: Stack) =>
  tertulia(['migrate-old'], { env: { SUPABASE_URL: stack.apiUrl, SUPABASE_SECRET_KEY: stack.secretKey } })

const nothing = {
  people: 0,
  profiles: 0,
  messages_out_of_place: 0,
  messages_differing: 0,
  messages_too_many_or_missing: 0,
  heads: 0,
  read_marks: 0,
  views: 0,
  days: 0,
}

test('an older site comes over whole, killed at several places and taken up again, and a run more changes nothing', async () => {
  const { stack, sql, prepare, migrate } = await openOldSite((sql) =>
    fillOldSite(sql, { people: 60, messages: 1500 }),
  )
  const counted = async () =>
    Number(
      (
        await sql`select (select count(*) from tertulia_old_profiles.people) + (select count(*) from tertulia_old_profiles.profiles)
          + (select count(*) from tertulia_old_profiles.conversations where outcome is not null)
          + (select count(*) from tertulia_old_profiles.messages where outcome is not null) as n`
      )[0]?.n,
    )
  let kills = 0
  for (const least of [1, 70, 150, 500]) {
    const running = spawn(process.execPath, [resolve('src/cli/main.ts'), 'migrate-old'], {
      env: { ...process.env, SUPABASE_URL: stack.apiUrl, SUPABASE_SECRET_KEY: stack.secretKey },
      stdio: 'ignore',
    })
    const ended = once(running, 'exit')
    await expect.poll(counted, { timeout: 60_000, interval: 3 }).toBeGreaterThanOrEqual(least)
    running.kill('SIGKILL')
    if ((await ended)[1] === 'SIGKILL') kills += 1
  }
  expect(kills).toBeGreaterThanOrEqual(3)
  const finished = await migrate()
  expect(finished).toMatchObject({ code: 0, err: '' })
  expect(finished.out).toContain('compared   1500 messages, 0 differ')
  expect(await compareOldSite(sql)).toEqual(nothing)
  await prepare()
  expect(await migrate()).toMatchObject({ code: 0 })
  expect(await compareOldSite(sql)).toEqual(nothing)
})

/** Puts rows into one of the older tables, as text that PostgreSQL reads. */
function fill(sql: postgres.Sql, table: string, rows: Record<string, unknown>[]) {
  const columns = Object.keys(rows[0] ?? {}).join(', ')
  return sql.unsafe(
    `insert into old."${table}" (${columns}) select ${columns} from jsonb_populate_recordset(null::old."${table}", $1::text::jsonb)`,
    [JSON.stringify(rows)],
  )
}

const messagesOf = (sql: postgres.Sql, people: string[]) => sql`
  select m.content, coalesce(a.email, 'deleted') as sender, m.seq::int, to_char(m.created_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as at
  from public.messages m
  left join auth.users a on a.id = m.sender_id
  where m.conversation_id in (
    select p.conversation_id from public.conversation_participants p join auth.users u on u.id = p.user_id
    where u.email = any (${people}) group by 1 having count(*) = ${people.length})
  order by m.conversation_id, m.seq`

test('bad rows of every kind are taken as far as they go, and the report says what did not come and why', async () => {
  const long = 'palabra '.repeat(2100)
  const { sql, migrate } = await openOldSite(async (sql) => {
    await fill(sql, 'Users', [
      { id: 1, email: 'Ana@Example.com', name: 'Ana' },
      { id: 2, email: 'ben@example.com', name: 'Ana' },
      { id: 3, email: ' ANA@example.com ', name: 'Ana otra vez' },
      { id: 4, email: null, name: 'Sin correo' },
      { id: 5, email: 'eva@example.com', name: 'Admin' },
      { id: 6, email: 'fay@example.com', name: 'bad\tname\u0007' },
    ])
    await fill(sql, 'Conversations', [
      ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((id) => ({
        id,
        subject: id === 2 ? 'Boda' : null,
        created_at: '2021-03-01 10:00',
      })),
    ])
    await fill(sql, 'Conversation_Participants', [
      // Two of one pair, one row twice.
      { conversation_id: 1, user_id: 1, is_read: true },
      { conversation_id: 1, user_id: 2, is_read: false },
      { conversation_id: 1, user_id: 2, is_read: false },
      { conversation_id: 2, user_id: 2, is_read: true },
      { conversation_id: 2, user_id: 1, is_read: true },
      // With somebody who has no address, with a deleted person, with oneself, with nobody, of nothing.
      { conversation_id: 3, user_id: 2, is_read: true },
      { conversation_id: 3, user_id: 4, is_read: true },
      { conversation_id: 4, user_id: 5, is_read: null },
      { conversation_id: 4, user_id: 99, is_read: null },
      { conversation_id: 5, user_id: 1, is_read: true },
      { conversation_id: 5, user_id: 3, is_read: true },
      { conversation_id: 7, user_id: 6, is_read: true },
      { conversation_id: 77, user_id: 1, is_read: true },
      // A group whose third member left no row, and people who are all gone.
      { conversation_id: 8, user_id: 2, is_read: true },
      { conversation_id: 8, user_id: 5, is_read: true },
      { conversation_id: 9, user_id: 98, is_read: true },
      { conversation_id: 9, user_id: 99, is_read: true },
    ])
    await fill(sql, 'Messages', [
      { id: 10, conversation_id: 1, sender_id: 1, content: 'uno', created_at: '2021-03-01 23:30' },
      { id: 9, conversation_id: 2, sender_id: 2, content: 'dos', created_at: '2021-03-01 23:31' },
      { id: 11, conversation_id: 1, sender_id: 2, content: 'sin hora', created_at: null },
      { id: 12, conversation_id: 1, sender_id: 1, content: '', created_at: '2021-03-02 00:00' },
      { id: 13, conversation_id: 1, sender_id: 1, content: ' \n\u200b', created_at: '2021-03-02 00:00' },
      { id: 14, conversation_id: 1, sender_id: 1, content: null, created_at: '2021-03-02 00:00' },
      {
        id: 15,
        conversation_id: 1,
        sender_id: 1,
        content: 'tres\u0007\r\nlíneas',
        created_at: '2021-03-02 00:01',
      },
      { id: 16, conversation_id: 2, sender_id: 2, content: 'futuro', created_at: '2999-01-01' },
      { id: 17, conversation_id: 1, sender_id: 1, content: 'infinito', created_at: 'infinity' },
      { id: 18, conversation_id: 1, sender_id: 1, content: long, created_at: '2021-03-02 00:02' },
      { id: 20, conversation_id: 3, sender_id: 4, content: 'de nadie', created_at: '2021-03-02' },
      { id: 21, conversation_id: 3, sender_id: 2, content: 'a nadie', created_at: '2021-03-03' },
      { id: 30, conversation_id: 4, sender_id: 99, content: 'huérfano', created_at: '2021-03-03' },
      { id: 40, conversation_id: 5, sender_id: 1, content: 'a mí', created_at: '2021-03-03' },
      { id: 50, conversation_id: 555, sender_id: 1, content: 'perdido', created_at: '2021-03-03' },
      { id: 51, conversation_id: null, sender_id: 1, content: 'suelto', created_at: '2021-03-03' },
      { id: 70, conversation_id: 7, sender_id: null, content: 'anónimo', created_at: '2021-03-03' },
      { id: 71, conversation_id: 7, sender_id: 6, content: 'respuesta', created_at: '2021-03-04' },
      { id: 80, conversation_id: 8, sender_id: 6, content: 'adiós', created_at: '2021-03-03' },
      { id: 90, conversation_id: 9, sender_id: 98, content: 'nada', created_at: '2021-03-03' },
    ])
    await fill(sql, 'ProfileViews', [
      // One viewer twice on a day, oneself, an address twice, an unknown one twice, somebody deleted, no time, the future.
      { user_id: 2, viewer_id: 1, timestamp: '2023-05-01 20:30', ip: null },
      { user_id: 2, viewer_id: 1, timestamp: '2023-05-02 03:00', ip: null },
      { user_id: 2, viewer_id: 2, timestamp: '2023-05-01 10:00', ip: null },
      { user_id: 2, viewer_id: null, timestamp: '2023-05-01 10:00', ip: '192.0.2.1' },
      { user_id: 2, viewer_id: null, timestamp: '2023-05-01 11:00', ip: '192.0.2.1' },
      { user_id: 2, viewer_id: null, timestamp: '2023-05-01 10:00', ip: null },
      { user_id: 2, viewer_id: null, timestamp: '2023-05-01 10:00', ip: null },
      { user_id: 99, viewer_id: 1, timestamp: '2023-05-01 10:00', ip: null },
      { user_id: 2, viewer_id: 1, timestamp: null, ip: null },
      { user_id: 2, viewer_id: 1, timestamp: '2999-05-01', ip: null },
    ])
  }, `set tertulia.old_time_zone = 'America/Bogota';`)
  const { code, out, err } = await migrate()
  expect({ code, err }).toEqual({ code: 0, err: '' })

  expect(
    await sql`select email, display_name from auth.users u join public.profiles p on p.id = u.id order by 1`,
  ).toEqual([
    { email: 'ana@example.com', display_name: 'Ana' },
    { email: 'ben@example.com', display_name: 'Ana' },
    { email: 'eva@example.com', display_name: '' },
    { email: 'fay@example.com', display_name: 'bad name' },
  ])
  // One conversation, in the order of time, which Bogotá's clocks told; a message without a time follows the one before it.
  const [ana, ben] = ['ana@example.com', 'ben@example.com']
  const pair = await messagesOf(sql, [ana, ben])
  expect(pair.map(({ content, sender, seq, at }) => [seq, sender, content.slice(0, 14).trim(), at])).toEqual([
    [1, ana, 'uno', '2021-03-02 04:30'],
    [2, ben, 'sin hora', '2021-03-02 04:30'],
    [3, ben, 'dos', '2021-03-02 04:31'],
    [4, ben, 'futuro', '2021-03-02 04:31'],
    [5, ana, 'tres\r\nlíneas', '2021-03-02 05:01'],
    [6, ana, 'infinito', '2021-03-02 05:01'],
    [7, ana, 'palabra palabr', '2021-03-02 05:02'],
    [8, ana, long.slice(8000, 8014).trim(), '2021-03-02 05:02'],
    [9, ana, long.slice(16000, 16014).trim(), '2021-03-02 05:02'],
  ])
  expect(
    pair
      .slice(6)
      .map(({ content }) => content)
      .join(''),
  ).toBe(long)
  expect(
    await sql`select a.email, p.last_read_seq::int as read, c.metadata from public.conversation_participants p join auth.users a on a.id = p.user_id
      join public.conversations c on c.id = p.conversation_id where c.last_seq = 9 order by 1`,
  ).toEqual([
    { email: ana, read: 9, metadata: { oldSubjects: ['Boda'] } },
    { email: ben, read: 4, metadata: { oldSubjects: ['Boda'] } },
  ])
  // What people wrote who are gone, or who have no address, stays readable to the others, as a deleted person's.
  const alone = async (email: string) =>
    (
      await sql`
      select c.kind, array_agg(m.content order by m.seq) as said, (select count(*)::int from public.conversation_participants p where p.conversation_id = c.id and p.left_at is not null) as gone
      from public.conversations c join public.messages m on m.conversation_id = c.id
      where c.id in (select p.conversation_id from public.conversation_participants p join auth.users a on a.id = p.user_id where a.email = ${email} and p.left_at is null)
      group by c.id having count(distinct m.content) < 5 order by min(m.content)`
    ).map((row) => ({ ...row }))
  expect(await alone('fay@example.com')).toEqual([
    { kind: 'direct', said: ['anónimo', 'respuesta'], gone: 1 },
  ])
  expect(await alone('eva@example.com')).toEqual([
    { kind: 'group', said: ['adiós'], gone: 1 },
    { kind: 'direct', said: ['huérfano'], gone: 1 },
  ])
  expect(await alone(ben)).toContainEqual({ kind: 'direct', said: ['de nadie', 'a nadie'], gone: 1 })

  const [views] =
    await sql`select sum(q.count)::int as n from private.analytics_quarters q join auth.users a on a.id = q.entity_id
    where a.email = ${ben} and q.kind = 'profile_view'`
  expect(views).toEqual({ n: 4 })
  for (const line of [
    'people     6 total, 5 linked, 4 accounts, 1 without email',
    '3 × message: it is empty or shows nothing (such as 12)',
    '2 × message: there is no such conversation (such as 50)',
    '1 × message: of its conversation: all of its people are one account (such as 40)',
    '1 × message: of its conversation: none of its people has an account (such as 90)',
    '1 × conversation: nobody takes part in it (such as 6)',
    '1 × person: there is no address to sign in with',
    '1 in parts',
    '1 participants of nothing',
    '2 views without a time',
    '1 of people without an account',
  ])
    expect(out).toContain(line)
})

test('profiles come with rates, lists and ways to pay however they are written; what has no place stays in their metadata', async () => {
  const tables = `
    create schema old;
    create table old.users (id uuid primary key, email text, name text, avatar_url text);
    create table old.editor_profiles (id uuid primary key, user_id uuid, about_me text, pais text, experience jsonb, professional_type text,
      rates json, skills text, tags jsonb);
    create table old.profile_tags (profile_id uuid, tag_id integer);
    create table old.tags (id integer, name text);
    create table old.user_payment_methods (user_id uuid, method text);`
  const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
  const { sql, migrate } = await openOldSite(
    async (sql) => {
      await sql`insert into old.users values (${id(1)}, 'ana@example.com', 'Ana', 'https://old.example.com/ana.png'), (${id(2)}, 'ben@example.com', 'Ben', null),
        (${id(3)}, 'eva@example.com', 'Eva', null)`
      await sql.unsafe(
        `insert into old.editor_profiles values ($1, $2, $3, $4, $5::text::jsonb, $6, $7::text::json, $8, $9::text::jsonb), ($10, $11, $12, $13, $14::text::jsonb, $15, $16::text::json, $17, $18::text::jsonb)`,
        [
          ...[
            id(11),
            id(1),
            'Hola\u0007, soy Ana',
            'México',
            '{"years": 7, "details": "Cine y TV"}',
            'Editor; Colorista, editor',
          ],
          '{"basic": "$1.500,50 USD por hora", "standard": {"amount": 99.99, "currency": "eur", "unit": "day"}, "premium": "a consultar\\u0000"}',
          '["Premiere", "premiere", "Ávid", ""]',
          '[{"name": "Boda"}, 7]',
          ...[
            id(12),
            id(2),
            'x'.repeat(2500),
            'Narnia',
            '"90 años"',
            null,
            '{"basic": -5, "standard": "12,5", "premium": 1e30}',
          ],
          'Resolve, Fusion;Nuke',
          '"{uno,\\"dos tres\\"}"',
        ],
      )
      await sql`insert into old.editor_profiles (id, user_id, about_me, pais, tags) values (${id(13)}, ${id(3)}, 'Old', 'PE', '["vieja"]')`
      await sql`insert into old.tags values (1, 'Dron'), (2, 'boda')`
      await sql`insert into old.profile_tags values (${id(11)}, 1), (${id(11)}, 2), (${id(99)}, 1), (${id(11)}, 77)`
      await sql`insert into old.user_payment_methods values (${id(1)}, 'PayPal'), (${id(1)}, 'transferencia bancaria'), (${id(1)}, 'Trueque')`
    },
    `set tertulia.old_currency = 'COP'; set tertulia.old_rate_unit = 'hour';`,
    tables,
  )
  // What Eva's own account says already stays.
  await sql`insert into auth.users (id, email, email_confirmed_at, raw_user_meta_data) values (${id(30)}, 'eva@example.com', now(), '{"display_name": "Eva herself"}')`
  await sql`update public.profiles set bio = 'Mine', country = 'UY' where id = ${id(30)}`
  expect(await migrate()).toMatchObject({ code: 0, err: '' })
  const [ana, ben, eva] =
    await sql`select d.*, a.email from public.profile_details d join auth.users a on a.id = d.id order by a.email`
  expect(ana).toMatchObject({
    display_name: 'Ana',
    bio: 'Hola, soy Ana',
    country: 'MX',
    experience_years: 7,
    experience: 'Cine y TV',
    professional_types: ['Editor', 'Colorista'],
    software: ['Premiere', 'Ávid'],
    rates: {
      basic: { amount: 150050, currency: 'USD', unit: 'hour' },
      standard: { amount: 9999, currency: 'EUR', unit: 'day' },
    },
    metadata: {
      old: {
        picture: 'https://old.example.com/ana.png',
        'rates.premium': 'a consultar',
      },
    },
  })
  expect(JSON.stringify(ana)).not.toContain('Trueque')
  // Whether others see them was never asked.
  expect(
    await sql`select m.payment_method from public.profile_payment_methods m where m.profile_id = ${ana?.id} order by 1`,
  ).toEqual([{ payment_method: 'bank_transfer' }, { payment_method: 'paypal' }])
  expect(ana?.tags.map(({ name }: { name: string }) => name)).toEqual(['Boda', '7', 'Dron'])
  expect(ben).toMatchObject({
    bio: 'x'.repeat(2000),
    country: null,
    experience_years: null,
    rates: { standard: { amount: 1250, currency: 'COP', unit: 'hour' } },
    software: ['Resolve', 'Fusion', 'Nuke'],
    metadata: { old: { country: 'Narnia', experience_years: '90', 'rates.basic': -5 } },
  })
  expect(ben?.tags.map(({ name }: { name: string }) => name)).toEqual(['uno', 'dos tres'])
  expect(eva).toMatchObject({ display_name: 'Eva herself', bio: 'Mine', country: 'UY' })
  expect(eva?.tags).toMatchObject([{ name: 'vieja' }])

  // The project says COP and hours; what a rate says itself comes first, and what nobody can tell stays as it was written.
  for (const [written, currency, unit, rate] of [
    ['US$ 20', null, null, '2000 USD hour'],
    ['50USD', null, null, '5000 USD hour'],
    ['20 dólares', null, null, '2000 USD hour'],
    ['25,50 €', null, null, '2550 EUR hour'],
    ['S/.50', null, null, '5000 PEN hour'],
    ['$50', null, null, '5000 COP hour'],
    [50, '$', null, '5000 COP hour'],
    ['₹50', null, null, null],
    [50, 'zloty', null, null],
    ['50 mil', null, null, '5000000 COP hour'],
    ['1.5k', 'USD', null, '150000 USD hour'],
    ['2 millones', null, null, '200000000 COP hour'],
    ['.5', 'USD', null, '50 USD hour'],
    ['10\u00a0000', 'EUR', null, '1000000 EUR hour'],
    ['hasta 2.000', 'MXN', 'mes', '200000 MXN month'],
    ['50 por hora', 'USD', 'project', '5000 USD project'],
    ['25h', 'USD', null, '2500 USD hour'],
    ['100 diarios', 'USD', null, '10000 USD day'],
    ['100', 'USD', 'per_week', '10000 USD week'],
    ['50-100', 'USD', null, null],
  ] as [string | number, string | null, string | null, string | null][]) {
    const [row] = await sql`
      select r ->> 'amount' as amount, r ->> 'currency' as currency, r ->> 'unit' as unit
      from tertulia_old_profiles.read_rate(${sql.json(written)}, ${currency}, ${unit}) as r`
    expect([written, row?.amount ? Object.values(row).join(' ') : null]).toEqual([written, rate])
  }
})

test('what came after the first run comes with the next, at the end; somebody who deleted the account stays deleted', async () => {
  const { sql, prepare, migrate } = await openOldSite((sql) => fillOldSite(sql, { people: 6, messages: 40 }))
  expect(await migrate()).toMatchObject({ code: 0 })
  await sql`insert into old."Messages" (conversation_id, sender_id, content, created_at) values (1, 2, 'nuevo', now()), (1, 1, 'de la que se fue', now())`
  await sql`insert into old."ProfileViews" (user_id, viewer_id, timestamp) values (2, 3, '2024-01-01 10:00'), (2, 4, '2024-01-01 10:05')`
  await sql`delete from auth.users where email = 'person1@old.example.com'`
  await prepare()
  const { code, out } = await migrate()
  expect(code).toBe(0)
  expect(out).toContain('1 × message: its sender has deleted the account')
  const said =
    await sql`select m.content, a.email from public.messages m left join auth.users a on a.id = m.sender_id
    where m.conversation_id = (select conversation_id from public.messages where content = 'nuevo') order by m.seq desc`
  expect(said[0]).toEqual({ content: 'nuevo', email: 'person2@old.example.com' })
  expect(said.filter(({ email, content }) => email === null && content !== '')).toEqual([])
  const [views] =
    await sql`select sum(count)::int as n from private.analytics_days d join auth.users a on a.id = d.entity_id
    where a.email = 'person2@old.example.com' and d.day = '2024-01-01'`
  expect(views).toEqual({ n: 2 })
})

test('a user who joins a conversation of two after the first run reads nothing of it; what was refused is tried again', async () => {
  const { sql, prepare, migrate } = await openOldSite(async (sql) => {
    await fill(sql, 'Users', [
      { id: 1, email: 'ana@old.example.com', name: 'Ana' },
      { id: 2, email: 'ben@old.example.com', name: 'Ben' },
      { id: 3, email: 'eva@old.example.com', name: 'Eva' },
      { id: 4, email: null, name: 'Sin correo' },
    ])
    await fill(
      sql,
      'Conversations',
      [1, 2].map((id) => ({ id, subject: null, created_at: '2021-03-01 10:00' })),
    )
    await fill(sql, 'Conversation_Participants', [
      { conversation_id: 1, user_id: 1, is_read: true },
      { conversation_id: 1, user_id: 2, is_read: true },
      { conversation_id: 2, user_id: 4, is_read: true },
      { conversation_id: 2, user_id: 99, is_read: true },
    ])
    await fill(sql, 'Messages', [
      { id: 1, conversation_id: 1, sender_id: 1, content: 'entre dos', created_at: '2021-03-01 11:00' },
      {
        id: 2,
        conversation_id: 2,
        sender_id: 4,
        content: 'de quien no tiene correo',
        created_at: '2021-03-01 11:00',
      },
    ])
  })
  await migrate()
  const readBy = async (email: string) =>
    (
      await sql`
        select m.content from public.messages m
        join public.conversation_participants p on p.conversation_id = m.conversation_id and p.left_at is null
        join auth.users u on u.id = p.user_id where u.email = ${email} order by 1`
    ).map(({ content }) => content)
  expect(await readBy('ben@old.example.com')).toEqual(['entre dos'])

  await sql`insert into old."Conversation_Participants" (conversation_id, user_id, is_read) values (1, 3, false)`
  await sql`insert into old."Messages" (id, conversation_id, sender_id, content, created_at) values (3, 1, 3, 'ya somos tres', now())`
  await sql`update old."Users" set email = 'dora@old.example.com' where id = 4`
  await prepare()
  const { out } = await migrate()
  expect(await readBy('eva@old.example.com'), out).toEqual(['ya somos tres'])
  expect(await readBy('ana@old.example.com')).toEqual(['entre dos', 'ya somos tres'])
  expect(await readBy('dora@old.example.com'), out).toEqual(['de quien no tiene correo'])
})

test('a profile that the database refuses is reported by itself, and moves once it is taken; two users of one account fill one profile', async () => {
  const { sql, migrate } = await openOldSite(async (sql) => {
    await fillOldSite(sql, { people: 12, messages: 1 })
    // The app has a rule of its own.
    await sql`alter table public.profiles add constraint app_check check (bio not like '%número 3')`
    await sql`update old."Users" set email = 'PERSON7@old.example.com' where id = 8`
    await sql`update old."UserProfiles" set tags = '{}', bio = '' where user_id = 7`
    await sql`update old."UserProfiles" set tags = '{la segunda}' where user_id = 8`
  })
  const { code, out } = await migrate()
  expect(code).toBe(1)
  expect(out).toContain('profiles   12 total, 11 moved, 1 refused')
  expect(out).toMatch(/profile 3: refused; .*app_check/)
  const saidBy = async (person: number) =>
    (
      await sql`select d.bio, array(select t ->> 'name' from jsonb_array_elements(d.tags) t) as tags, d.software ->> 0 as software
        from public.profile_details d join auth.users a on a.id = d.id where a.email = ${`person${person}@old.example.com`}`
    )[0]
  expect(await saidBy(7)).toEqual({
    bio: 'Edito vídeos, número 8',
    tags: ['la segunda'],
    software: 'Premiere',
  })
  expect(await saidBy(3)).toEqual({ bio: '', tags: [], software: null })

  await sql`alter table public.profiles drop constraint app_check`
  expect(await migrate()).toMatchObject({ code: 0, out: expect.stringContaining('12 moved') })
  expect(await saidBy(3)).toMatchObject({ bio: 'Edito vídeos, número 3', software: 'Premiere' })
  const [counts] = await sql`select (select count(*)::int from public.software c where c.profile_count <>
      (select count(*) from public.profile_software x where x.software_id = c.id)) as software, (select count(*)::int from public.tags c where c.profile_count <>
      (select count(*) from public.profile_tags x where x.tag_id = c.id) + (select count(*) from public.profile_types x where x.tag_id = c.id)) as tags`
  expect(counts).toEqual({ software: 0, tags: 0 })
})

test('a database that is not prepared, and settings that say nothing, say what to do', async () => {
  const stack = await startFreshStack()
  const sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(async () => {
    await sql.end()
    await stack.stop()
  })
  const prepare = async (settings = '') => {
    try {
      await sql.unsafe(settings + preparation).simple()
    } finally {
      await sql`rollback`
    }
  }
  await expect(prepare()).rejects.toThrow('there is no schema called old')
  await sql.unsafe('create schema old')
  await expect(prepare()).rejects.toThrow('there is nobody in old.users')
  await sql.unsafe(oldSite.replace('create schema old;', '')).simple()
  await fillOldSite(sql, { people: 2, messages: 1 })
  await expect(prepare(`set tertulia.old_time_zone = 'Bogota';`)).rejects.toThrow(
    'tertulia.old_time_zone is not a time zone',
  )
  await expect(
    prepare(`set tertulia.old_time_zone = ''; set tertulia.old_currency = 'XXX';`),
  ).rejects.toThrow('settings')
  await prepare(`set tertulia.old_currency = 'USD';`)
  const removal = [...preparation.matchAll(/^-- {3}(drop function .*)$/gm)].map(([, line]) => line).join('')
  await sql.unsafe(removal).simple()
  expect(await sql`select to_regnamespace('tertulia_old_profiles') as schema`).toEqual([{ schema: null }])
})
