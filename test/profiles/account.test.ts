import postgres from 'postgres'
import type { ExportedRow } from 'tertulia'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { connect, connectAsService, type Person, signInAgain, signUp } from '../support/people.ts'

const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3])

function database() {
  const sql = postgres(inject('stack').adminDbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(() => sql.end())
  return sql
}

/** Somebody with something everywhere, all of it marked by one word, and somebody who talks with them. */
async function settle() {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const mark = `zm${crypto.randomUUID().slice(0, 8)}`
  await ana.tertulia.profiles.update({
    handle: `h-${mark}`,
    displayName: `Name ${mark}`,
    bio: `Bio ${mark}`,
    country: 'CL',
    professionalTypes: [`Type ${mark}`],
    experienceYears: 3,
    experience: `Details ${mark}`,
    rates: { basic: { amount: 1, currency: 'USD', unit: 'hour' } },
    software: [`Software ${mark}`],
    tags: [`Tag ${mark}`],
    languages: ['es'],
    links: [{ label: mark, url: `https://example.com/${mark}` }],
    paymentMethods: ['pix'],
    metadata: { mark },
  })
  await ana.tertulia.profiles.setAvatar(png)
  await ana.tertulia.songs.create({ content: `{title: ${mark}}\nla la` })
  const conversation = await ana.tertulia.chat.getDirect(ben.id)
  await ana.tertulia.chat.send(conversation.id, { content: `from Ana ${mark}` })
  await ben.tertulia.chat.send(conversation.id, { content: 'from Ben' })
  return { ana, ben, mark, conversation }
}

describe('deleting one’s account', () => {
  test('signs out here, ends the other devices’ writes, and lets the handle rest', async () => {
    const { ana, ben, mark } = await settle()
    const laptop = await signInAgain(ana)
    await ana.tertulia.profiles.deleteAccount()
    expect((await ana.supabase.auth.getSession()).data.session).toBeNull()
    await expect(ana.tertulia.profiles.get()).rejects.toMatchObject({ code: 'not_signed_in' })
    for (const call of [
      () => laptop.tertulia.profiles.update({ bio: 'back' }),
      () => laptop.tertulia.profiles.setAvatar(png),
      () => laptop.tertulia.profiles.removeAvatar(),
      () => laptop.tertulia.profiles.deleteAccount(),
      () => laptop.tertulia.profiles.exportAccount(),
    ])
      await expect(call()).rejects.toMatchObject({
        code: expect.stringMatching(/^(account_not_found|forbidden)$/),
      })
    await expect(ben.tertulia.profiles.update({ handle: `h-${mark}` })).rejects.toMatchObject({
      code: 'handle_taken',
    })
  })

  test('goes through while others send, save and open conversations', async () => {
    const people = await Promise.all(Array.from({ length: 4 }, (_, at) => signUp(`P${at}`)))
    const [ana, ...others] = people as [Person, ...Person[]]
    const shared = `Shared ${crypto.randomUUID().slice(0, 8)}`
    const conversations = await Promise.all(others.map(({ id }) => ana.tertulia.chat.getDirect(id)))
    await Promise.all(
      people.map(({ tertulia }) => tertulia.profiles.update({ tags: [shared], software: [shared] })),
    )
    const busy = others.flatMap(({ tertulia }, at) =>
      Array.from({ length: 8 }, async (_, round) => {
        await tertulia.chat.send(conversations[at]!.id, { content: `${round}` })
        await tertulia.profiles.update({
          tags: round % 2 ? [shared] : [],
          software: round % 2 ? [] : [shared],
        })
      }),
    )
    const own = Array.from({ length: 5 }, () =>
      ana.tertulia.chat.send(conversations[0]!.id, { content: 'mine' }),
    )
    // Nobody else fails, and no two wait for each other in a ring; a send of her own may come too late.
    const [late] = await Promise.all([
      Promise.allSettled(own),
      ana.tertulia.profiles.deleteAccount(),
      ...busy,
    ])
    const codes = late.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []))
    for (const code of codes)
      expect(['account_not_found', 'conversation_not_found', 'not_signed_in']).toContain(code)
    const sql = database()
    expect(await sql`select user_id, handle from public.profiles where id = ${ana.id}`).toEqual([
      { user_id: null, handle: null },
    ])
    for (const conversation of conversations) {
      const rows =
        await sql`select seq from public.messages where conversation_id = ${conversation.id} order by seq`
      expect(rows.map(({ seq }) => Number(seq))).toEqual(rows.map((_, at) => at + 1))
    }
  })

  test('says when something of the app’s own holds on to the account, and deletes nothing', async () => {
    const ana = await signUp()
    const sql = database()
    await sql`create table if not exists public.app_invoices (owner uuid primary key references auth.users (id))`
    onTestFinished(async () => void (await sql`drop table public.app_invoices`))
    await sql`insert into public.app_invoices values (${ana.id})`
    await expect(ana.tertulia.profiles.deleteAccount()).rejects.toMatchObject({ code: 'account_in_use' })
    expect((await ana.tertulia.profiles.get()).handle).not.toBeNull()
  })

  test('is for oneself: the call takes nobody’s id, and nobody without a session has one', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const byHand = await ben.supabase.rpc('delete_account', { user_id: ana.id })
    expect(byHand.error?.code).toBe('PGRST202')
    expect((await connect().rpc('delete_account')).error?.code).toBe('42501')
    expect((await ana.tertulia.profiles.get(ben.id)).handle).not.toBeNull()
  })
})

describe('the export of one’s own data', () => {
  const all = async (rows: AsyncIterable<ExportedRow>) => {
    const list: ExportedRow[] = []
    for await (const row of rows) list.push(row)
    return list
  }

  test('holds account, profile, memberships, messages and songs, and nothing of others', async () => {
    const { ana, ben, mark } = await settle()
    const rows = await all(ana.tertulia.profiles.exportAccount())
    expect(rows.map(({ table }) => table)).toEqual([
      'auth.users',
      'public.profile_details',
      'public.conversation_participants',
      'public.messages',
      'public.songs',
      'public.song_history',
      // That a conversation was opened.
      'private.own_events',
    ])
    expect(rows[0]?.row).toMatchObject({ id: ana.id, email: ana.email })
    expect(rows[1]?.row).toMatchObject({
      bio: `Bio ${mark}`,
      links: [{ label: mark }],
      payment_methods: ['pix'],
    })
    expect(rows[3]?.row).toMatchObject({ content: `from Ana ${mark}` })
    const text = JSON.stringify(rows)
    for (const secret of [ben.email, 'from Ben', 'encrypted_password', 'token', 'search_vector'])
      expect(text).not.toContain(secret)
  })

  test('holds what the user wrote about a message of another, and not the message', async () => {
    const { ana, ben, conversation } = await settle()
    const word = `w${crypto.randomUUID().slice(0, 8)}`
    const theirs = await ben.tertulia.chat.send(conversation.id, { content: word })
    await ana.tertulia.chat.report(theirs.id, { reason: 'spam', note: 'my words' })
    const rows = await all(ana.tertulia.profiles.exportAccount())
    expect(rows.find(({ table }) => table === 'public.message_reports')?.row).toMatchObject({
      note: 'my words',
    })
    expect(JSON.stringify(rows)).not.toContain(word)
  })

  test('comes in pages of any size, each row once', async () => {
    const { ana, conversation } = await settle()
    for (let at = 0; at < 5; at++) await ana.tertulia.chat.send(conversation.id, { content: `${at}` })
    const whole = await all(ana.tertulia.profiles.exportAccount())
    for (const limit of [1, 2, 3])
      expect(await all(ana.tertulia.profiles.exportAccount({ limit }))).toEqual(whole)
    await expect(ana.tertulia.profiles.exportAccount({ cursor: 'x' })).rejects.toMatchObject({
      code: 'invalid_cursor',
    })
    expect((await connect().rpc('export_account')).error?.code).toBe('42501')
  })

  test('knows every table that refers to a person, or says why not', async () => {
    const sql = database()
    const exported = await sql<{ name: string }[]>`select name from private.exported_tables`
    const referring = await sql<{ name: string }[]>`
      select distinct k.conrelid::regclass::text as name
      from pg_constraint k
      where k.contype = 'f' and k.confrelid in ('public.profiles'::regclass, 'auth.users'::regclass)
        and k.connamespace in ('public'::regnamespace, 'private'::regnamespace)
      order by 1`
    const elsewhere: Record<string, string> = {
      profiles: 'in profile_details',
      circles: 'in private.circles_created',
      profile_languages: 'in profile_details',
      profile_links: 'in profile_details',
      profile_payment_methods: 'in profile_details',
      profile_rates: 'in profile_details',
      profile_software: 'in profile_details',
      profile_tags: 'in profile_details',
      profile_types: 'in profile_details',
      'private.profile_search': 'derived from the profile',
      'private.chat_erasures': 'work to be done after a deletion',
      shares: 'in private.shares_given and private.shares_received',
      'private.transfers': 'in private.transfers_offered and private.transfers_received',
      'private.watchers': 'who has a song open at this moment',
      'private.comment_watchers': 'who has comments of a song open at this moment',
      conversations: 'whoever opened it; the membership is exported',
      'private.group_bans': 'bans belong to the group, not to the banned user',
      'private.conversions': 'who converted; the event is exported',
      'private.analytics_viewers': 'in private.own_events',
      'private.message_mentions': 'derived from the messages of others',
      'private.circle_exclusions': 'bans belong to the circle, not to the banned user',
      'private.circle_invitations':
        'in private.circle_invitations_made and private.circle_invitations_received',
      'private.song_origins': 'in private.exported_song_origins',
      setlist_entries: 'in private.exported_setlist_entries',
    }
    const known = new Set([
      ...exported.map(({ name }) => name.replace('public.', '')),
      ...Object.keys(elsewhere),
    ])
    expect(referring.map(({ name }) => name).filter((name) => !known.has(name))).toEqual([])
  })

  test('of a deleted account is gone with it', async () => {
    const { ana } = await settle()
    const laptop = await signInAgain(ana)
    await connectAsService().auth.admin.deleteUser(ana.id)
    await expect(laptop.tertulia.profiles.exportAccount()).rejects.toMatchObject({
      code: 'account_not_found',
    })
  })
})
