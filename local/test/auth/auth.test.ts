import { describe, expect, it } from 'vitest'
import { person, service, visitor } from '../support/people.ts'
import { query } from '../support/sql.ts'
import { stackOfTheFile } from '../support/stack.ts'

const stack = stackOfTheFile({ seed: true })
const password = 'long enough'

describe('signing up and in', () => {
  it('keeps metadata as objects, encoded once', async () => {
    const { id } = await person(stack(), { nickname: 'Ani', likes: { music: ['fado'] } })
    const [row] = await query(
      stack().dbUrl,
      `
      select jsonb_typeof(raw_user_meta_data) as person, jsonb_typeof(raw_app_meta_data) as app,
        raw_user_meta_data #>> '{likes,music,0}' as music,
        (select jsonb_typeof(identity_data) from auth.identities where user_id = users.id) as identity
      from auth.users where id = '${id}'`,
    )
    expect(row).toEqual({ person: 'object', app: 'object', music: 'fado', identity: 'object' })
  })

  it('works with a password, a refreshed session and a change of the metadata', async () => {
    const { client, email, id } = await person(stack())
    await client.auth.updateUser({ data: { nickname: 'Nova' } })
    const other = visitor(stack())
    expect((await other.auth.signInWithPassword({ email, password: 'wrong one' })).error).toMatchObject({
      code: 'invalid_credentials',
    })
    const { data } = await other.auth.signInWithPassword({ email, password })
    expect(data.user?.user_metadata.nickname).toBe('Nova')
    const { data: refreshed } = await other.auth.refreshSession()
    expect(refreshed.session?.user.id).toBe(id)
    expect((await other.rpc('whoami')).data.claims.user_metadata.nickname).toBe('Nova')
    expect((await other.auth.getUser()).data.user?.email).toBe(email)
    expect(data.session?.expires_in).toBe(1800)
  })

  it('works for a person of a seed file', async () => {
    const client = visitor(stack())
    const { data } = await client.auth.signInWithPassword({
      email: 'seeded@example.com',
      password: 'seeded-password',
    })
    expect(data.user?.user_metadata.name).toBe('Sed')
    expect((await client.from('notes').select('body')).data).toEqual([{ body: 'from the seed' }])
  })

  it('keeps the mails that it would have sent', async () => {
    const { client, email } = await person(stack())
    await client.auth.resetPasswordForEmail(email)
    expect(stack().mails(email)).toHaveLength(1)
  })
})

describe('the admin API', () => {
  it('creates, finds, lists, changes and deletes people', async () => {
    const { admin } = service(stack()).auth
    const email = `${crypto.randomUUID()}@example.com`
    const created = await admin.createUser({
      email,
      password,
      email_confirm: true,
      user_metadata: { name: 'Ana' },
      app_metadata: { role: 'moderator' },
    })
    const id = created.data.user?.id ?? ''
    expect(created.data.user).toMatchObject({
      email,
      role: 'authenticated',
      app_metadata: { role: 'moderator', provider: 'email' },
      user_metadata: { name: 'Ana' },
      identities: [{ provider: 'email' }],
    })
    const client = visitor(stack())
    await client.auth.signInWithPassword({ email, password })
    expect((await client.rpc('whoami')).data.claims.app_metadata.role).toBe('moderator')

    expect((await admin.getUserById(id)).data.user?.email).toBe(email)
    const changed = await admin.updateUserById(id, {
      user_metadata: { name: null, city: 'Vigo' },
      password: 'another one',
    })
    expect(changed.data.user?.user_metadata).toMatchObject({ city: 'Vigo' })
    expect(changed.data.user?.user_metadata).not.toHaveProperty('name')
    expect((await client.auth.refreshSession()).error).not.toBeNull()
    expect(
      (await visitor(stack()).auth.signInWithPassword({ email, password: 'another one' })).error,
    ).toBeNull()

    await query(stack().dbUrl, `insert into public.notes (owner_id, body) values ('${id}', 'goes with me')`)
    expect((await admin.deleteUser(id)).error).toBeNull()
    expect(await query(stack().dbUrl, `select from public.notes where owner_id = '${id}'`)).toEqual([])
    expect((await admin.getUserById(id)).error).toMatchObject({ status: 404, code: 'user_not_found' })
  })

  it('lists in pages that say how many there are', async () => {
    const { admin } = service(stack()).auth
    for (let index = 0; index < 3; index += 1)
      await admin.createUser({ email: `${crypto.randomUUID()}@example.com`, password })
    const first = await admin.listUsers({ page: 1, perPage: 2 })
    if (first.error) throw first.error
    expect(first.data.users).toHaveLength(2)
    expect(first.data).toMatchObject({ nextPage: 2, lastPage: Math.ceil(first.data.total / 2) })
    const last = await admin.listUsers({ page: first.data.lastPage, perPage: 2 })
    expect(last.data).toMatchObject({ nextPage: null })
  })

  it('refuses what Supabase Auth refuses', async () => {
    const { admin } = service(stack()).auth
    const email = `${crypto.randomUUID()}@example.com`
    await admin.createUser({ email, password })
    expect((await admin.createUser({ email, password })).error).toMatchObject({
      status: 422,
      code: 'email_exists',
    })
    expect((await admin.createUser({ password })).error).toMatchObject({ code: 'validation_failed' })
    const unconfirmed = await visitor(stack()).auth.signInWithPassword({ email, password })
    expect(unconfirmed.error).toMatchObject({ code: 'email_not_confirmed' })
  })

  it('bans until the ban is lifted', async () => {
    const { admin } = service(stack()).auth
    const { id, email, client } = await person(stack())
    await admin.updateUserById(id, { ban_duration: '1h30m' })
    expect((await visitor(stack()).auth.signInWithPassword({ email, password })).error).toMatchObject({
      code: 'user_banned',
    })
    expect((await client.auth.refreshSession()).error).toMatchObject({ code: 'user_banned' })
    await admin.updateUserById(id, { ban_duration: 'none' })
    expect((await visitor(stack()).auth.signInWithPassword({ email, password })).error).toBeNull()
    expect((await admin.updateUserById(id, { ban_duration: 'a while' })).error).toMatchObject({ status: 400 })
  })

  it('answers nobody but the secret key', async () => {
    const { apiUrl, publishableKey, secretKey } = stack()
    const { client } = await person(stack())
    const token = (await client.auth.getSession()).data.session?.access_token
    const ask = async (headers: Record<string, string>) =>
      (await fetch(`${apiUrl}/auth/v1/admin/users`, { headers })).status
    expect(await ask({ apikey: secretKey })).toBe(200)
    expect(await ask({})).toBe(401)
    expect(await ask({ apikey: publishableKey })).toBe(401)
    expect(await ask({ apikey: publishableKey, authorization: `Bearer ${token}` })).toBe(403)
    expect(await ask({ apikey: secretKey, authorization: `Bearer ${token}` })).toBe(403)
    expect(await ask({ apikey: publishableKey, authorization: `Bearer ${token}x` })).toBe(403)
  })

  it('shows why the database refused somebody', async () => {
    await query(
      stack().dbUrl,
      `
      create function public.refuse() returns trigger language plpgsql as $$ begin raise exception 'no more people'; end $$;
      create trigger refuse before insert on auth.users for each row when (new.email = 'late@example.com') execute function public.refuse()`,
    )
    const { error } = await service(stack()).auth.admin.createUser({ email: 'late@example.com', password })
    expect(error).toMatchObject({ status: 500, message: expect.stringContaining('no more people') })
  })
})
