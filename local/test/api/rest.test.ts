import { createClient } from '@supabase/supabase-js'
import { describe, expect, it, vi } from 'vitest'
import { person, service, visitor } from '../support/people.ts'
import { query } from '../support/sql.ts'
import { stackOfTheFile } from '../support/stack.ts'

const stack = stackOfTheFile({ seed: true })

describe('rows', () => {
  it('come and go under the policies of the person who asks', async () => {
    const ana = await person(stack())
    const eve = await person(stack())
    const { data, error } = await ana.client
      .from('notes')
      .insert({ body: 'mine', tags: { a: [1, 'x'] }, price: 1.5 })
      .select()
      .single()
    expect(error).toBeNull()
    expect(data).toMatchObject({ owner_id: ana.id, tags: { a: [1, 'x'] }, price: 1.5, pinned: false })
    expect(data.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00$/)
    expect((await eve.client.from('notes').select()).data).toEqual([])
    expect((await service(stack()).from('notes').select('id').eq('id', data.id)).data).toHaveLength(1)
  })

  it('are refused without a grant: 401 for visitors, 403 for people, also by column', async () => {
    const ana = await person(stack())
    const nobody = visitor(stack())
    expect(await nobody.from('notes').select()).toMatchObject({ status: 401, error: { code: '42501' } })
    expect(await nobody.from('replies').select('note_id')).toMatchObject({
      status: 401,
      error: { code: '42501' },
    })
    expect(await nobody.from('replies').select('id, body')).toMatchObject({
      status: 200,
      data: [{ body: 'first' }, { body: 'second' }],
    })
    const pinned = await ana.client.from('notes').insert({ body: 'x', pinned: true })
    expect(pinned).toMatchObject({
      status: 403,
      error: { code: '42501', message: 'permission denied for table notes' },
    })
    expect(await ana.client.from('notes').delete().eq('id', 1)).toMatchObject({ status: 403 })
  })

  it('keep their grants: nothing is given away because a table has policies', async () => {
    await person(stack())
    const [row] = await query<Record<string, boolean>>(
      stack().dbUrl,
      `
      select has_table_privilege('anon', 'public.notes', 'select') as anon,
        has_table_privilege('authenticated', 'public.notes', 'delete') as delete,
        has_table_privilege('anon', 'auth.users', 'select') as users`,
    )
    expect(row).toEqual({ anon: false, delete: false, users: false })
    const elsewhere = `select from pg_default_acl where defaclnamespace <> 'public'::regnamespace`
    expect(await query(stack().adminDbUrl, elsewhere)).toEqual([])
  })

  it('embed, count, filter and page', async () => {
    const admin = service(stack())
    const { data } = await admin
      .from('notes')
      .select('body, replies(id, body)')
      .eq('body', 'from the seed')
      .single()
    expect(data).toEqual({
      body: 'from the seed',
      replies: [
        { id: 1, body: 'first' },
        { id: 2, body: 'second' },
      ],
    })
    expect(await admin.from('replies').select('*', { count: 'exact', head: true })).toMatchObject({
      count: 2,
      data: null,
    })
    expect(await admin.from('replies').select('id', { count: 'exact' }).range(1, 1)).toMatchObject({
      count: 2,
      data: [{ id: 2 }],
    })
    const inner = await admin.from('replies').select('id, notes!inner(body)').eq('notes.body', 'nowhere')
    expect(inner.data).toEqual([])
  })

  it('are at most as many as config.toml says', async () => {
    const { data } = await service(stack()).rpc('count_to', { n: 20 })
    expect(data).toHaveLength(7)
  })

  it('fail with the words of PostgREST', async () => {
    const admin = service(stack())
    expect(await admin.from('nowhere').select()).toMatchObject({ status: 404, error: { code: 'PGRST205' } })
    expect(await admin.from('notes').select().eq('id', -1).single()).toMatchObject({
      status: 406,
      error: { code: 'PGRST116' },
    })
    expect(await admin.from('notes').select('id, nothing')).toMatchObject({
      status: 400,
      error: { code: '42703' },
    })
    expect(await admin.from('replies').insert({ note_id: -1, body: 'x' })).toMatchObject({
      status: 409,
      error: { code: '23503', details: 'Key (note_id)=(-1) is not present in table "notes".' },
    })
    expect(await admin.from('notes').select().eq('owner_id', 'zzz')).toMatchObject({
      status: 400,
      error: { code: '22P02' },
    })
  })

  it('are found in a table that was made just now', async () => {
    await query(
      stack().dbUrl,
      'create table public.fresh (id integer); grant select on public.fresh to service_role',
    )
    await vi.waitFor(async () =>
      expect(await service(stack()).from('fresh').select()).toMatchObject({ data: [] }),
    )
  })
})

describe('functions', () => {
  it('raise application errors with their own SQLSTATE, details and hint', async () => {
    for (const get of [false, true]) {
      expect(await visitor(stack()).rpc('fail_politely', {}, { get })).toMatchObject({
        status: 400,
        error: {
          code: 'TT404',
          message: 'unable to find the note; it is gone',
          details: 'not_found',
          hint: 'look elsewhere',
        },
      })
    }
  })

  it('take jsonb of every kind, and give rows', async () => {
    const nobody = visitor(stack())
    const kinds: [unknown, string | null][] = [
      [{ a: [1] }, 'object'],
      [[{ a: 1 }], 'array'],
      ['text', 'string'],
      [5, 'number'],
      [true, 'boolean'],
      [null, null],
    ]
    for (const [value, kind] of kinds) expect((await nobody.rpc('kind_of', { value })).data).toBe(kind)
    const { data, count } = await nobody
      .rpc('count_to', { n: 3 }, { get: true, count: 'exact' })
      .gt('number', 1)
    expect(count).toBe(2)
    expect(data).toMatchObject([{ number: 2 }, { number: 3 }])
    expect(Date.parse(data[0].at)).toBeCloseTo(Date.now(), -5)
  })

  it('run as the caller, whose claims they see', async () => {
    const ana = await person(stack(), { nickname: 'Ani' })
    expect((await ana.client.rpc('whoami')).data).toMatchObject({
      uid: ana.id,
      role: 'authenticated',
      current_user: 'authenticated',
      session_user: 'authenticator',
      claims: {
        email: ana.email,
        aal: 'aal1',
        user_metadata: { nickname: 'Ani' },
        app_metadata: { provider: 'email', providers: ['email'] },
      },
    })
    expect((await visitor(stack()).rpc('whoami')).data).toMatchObject({ uid: null, current_user: 'anon' })
    expect((await service(stack()).rpc('whoami')).data).toMatchObject({
      uid: null,
      current_user: 'service_role',
      role: 'service_role',
    })
    expect((await service(stack()).rpc('secret_of_the_house')).data).toBe('open sesame')
    expect(await ana.client.rpc('secret_of_the_house')).toMatchObject({
      status: 403,
      error: { code: '42501' },
    })
    expect(await ana.client.rpc('nothing_of_that_name')).toMatchObject({
      status: 404,
      error: { code: 'PGRST202' },
    })
  })
})

describe('keys', () => {
  it('are asked for, and the legacy ones understood', async () => {
    const { apiUrl, anonKey, serviceRoleKey } = stack()
    const current = async (key: string) =>
      (await createClient(apiUrl, key, { auth: { persistSession: false } }).rpc('whoami')).data?.current_user
    expect(await current(anonKey)).toBe('anon')
    expect(await current(serviceRoleKey)).toBe('service_role')
    expect(await current('sb_publishable_wrong')).toBeUndefined()
    const bare = await fetch(`${apiUrl}/rest/v1/replies`)
    expect(bare.status).toBe(401)
    expect(bare.headers.get('access-control-allow-origin')).toBe('*')
  })

  it('make no token good that somebody else signed', async () => {
    const { apiUrl, publishableKey } = stack()
    const forged = `${btoa('{"alg":"HS256"}')}.${btoa('{"role":"service_role","sub":"x"}')}.AAAA`.replaceAll(
      '=',
      '',
    )
    const headers = { Authorization: `Bearer ${forged}` }
    const client = createClient(apiUrl, publishableKey, {
      auth: { persistSession: false },
      global: { headers },
    })
    expect(await client.from('replies').select('id')).toMatchObject({
      status: 401,
      error: { code: 'PGRST301' },
    })
  })

  it('let a browser ask first', async () => {
    const { apiUrl } = stack()
    const preflight = await fetch(`${apiUrl}/rest/v1/notes`, {
      method: 'OPTIONS',
      headers: {
        Origin: 'http://localhost:5173',
        'Access-Control-Request-Method': 'PATCH',
        'Access-Control-Request-Headers': 'apikey, x-anything',
      },
    })
    expect(preflight.headers.get('access-control-allow-headers')).toBe('apikey, x-anything')
    expect(preflight.headers.get('access-control-allow-methods')).toContain('PATCH')
  })
})

describe('a request without a key', () => {
  it('is one of anon, as with the Supabase CLI, or of its token', async () => {
    const { client, id } = await person(stack())
    const token = (await client.auth.getSession()).data.session?.access_token
    const ask = async (headers: Record<string, string>) => {
      const response = await fetch(`${stack().apiUrl}/rest/v1/rpc/whoami`, { method: 'POST', headers })
      return await response.json()
    }
    expect((await ask({})).claims).toMatchObject({ role: 'anon' })
    expect((await ask({ authorization: `Bearer ${token}` })).claims).toMatchObject({ sub: id })
  })
})
