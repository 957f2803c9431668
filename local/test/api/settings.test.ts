import { SignJWT } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { service, visitor } from '../support/people.ts'
import { stackOfProject } from '../support/project-stack.ts'
import { query } from '../support/sql.ts'

const MIGRATION = `
create table public.things (id integer primary key, word text);
insert into public.things select n, 'word' from generate_series(1, 20) as n;
create function public.asked() returns jsonb language sql stable as $$
  select jsonb_build_object(
    'method', current_setting('request.method', true), 'path', current_setting('request.path', true),
    'agent', current_setting('request.headers', true)::jsonb ->> 'x-agent',
    'cookie', current_setting('request.cookies', true)::jsonb ->> 'taste',
    'timeout', current_setting('statement_timeout'), 'lock', current_setting('lock_timeout')
  )
$$;
create view public.asker with (security_invoker = true) as select public.asked() as value;
create function public.guard() returns void language plpgsql as $$
begin
  if current_setting('request.headers', true)::jsonb ->> 'x-agent' = 'robot' then
    raise exception 'no robots' using errcode = 'PT403';
  end if;
end $$;
create function public.fail_with(state text) returns void language plpgsql as $$
begin raise exception 'on purpose' using errcode = state; end $$;
`

const stack = stackOfProject(MIGRATION)

const set = async (setting: string) =>
  await query(stack().dbUrl, `alter role authenticator ${setting}; notify pgrst, 'reload config'`)

describe('a request', () => {
  it('can be asked about by every statement, not by functions alone', async () => {
    const { apiUrl, publishableKey } = stack()
    const headers = { apikey: publishableKey, 'x-agent': 'browser', cookie: 'a=b; taste=sweet' }
    const response = await fetch(`${apiUrl}/rest/v1/asker?select=value`, { headers })
    expect(await response.json()).toEqual([
      {
        value: {
          method: 'GET',
          path: '/asker',
          agent: 'browser',
          cookie: 'sweet',
          timeout: '3s',
          lock: '8s',
        },
      },
    ])
    expect((await service(stack()).rpc('asked')).data).toMatchObject({ timeout: '8s', path: '/rpc/asked' })
  })

  it.each(['on', 'off'])(
    'reads quotes and backslashes as they were sent, standard strings %s',
    async (standard) => {
      await query(
        stack().adminDbUrl,
        `alter role authenticator set standard_conforming_strings = ${standard}`,
      )
      const { apiUrl, publishableKey, restartPostgres } = stack()
      await restartPostgres()
      const agent = `it's "\\" \\' '); drop table public.things; -- $1 \\u0041`
      const headers = { apikey: publishableKey, 'x-agent': agent }
      const ask = async () => {
        const response = await fetch(`${apiUrl}/rest/v1/asker?select=value`, { headers })
        return await response.json()
      }
      // The connections are made anew.
      await vi.waitFor(async () => expect(await ask()).toMatchObject([{ value: { agent } }]))
      expect(await query(stack().dbUrl, 'select from public.things')).toHaveLength(20)
      await query(stack().adminDbUrl, 'alter role authenticator reset standard_conforming_strings')
    },
  )

  it('without a condition changes nothing', async () => {
    expect(await service(stack()).from('things').update({ word: 'lost' })).toMatchObject({
      status: 400,
      error: { code: '21000', message: 'UPDATE requires a WHERE clause' },
    })
    expect((await service(stack()).from('things').delete()).error).toMatchObject({ code: '21000' })
  })
})

describe('an error of the database', () => {
  it('has the status that PostgREST gives its SQLSTATE, for everybody', async () => {
    const statuses: [string, number, number][] = [
      ['21000', 500, 500],
      ['28000', 403, 403],
      ['28P01', 403, 403],
      ['42501', 401, 403],
      ['53300', 503, 503],
      ['22023', 400, 400],
    ]
    for (const [state, ofVisitor, ofService] of statuses) {
      expect((await visitor(stack()).rpc('fail_with', { state })).status, state).toBe(ofVisitor)
      expect((await service(stack()).rpc('fail_with', { state })).status, state).toBe(ofService)
    }
  })

  it('about a role that is not there is 401', async () => {
    const { apiUrl, publishableKey, jwtSecret } = stack()
    const token = await new SignJWT({ role: 'stranger' })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(jwtSecret))
    const headers = { apikey: publishableKey, authorization: `Bearer ${token}` }
    const response = await fetch(`${apiUrl}/rest/v1/things?select=id`, { headers })
    expect([response.status, await response.json()]).toEqual([
      401,
      expect.objectContaining({ code: '22023', message: 'role "stranger" does not exist' }),
    ])
  })
})

describe('settings of authenticator', () => {
  it('limit the rows', async () => {
    const count = async () => (await service(stack()).from('things').select('id')).data?.length
    expect(await count()).toBe(20)
    await set('set pgrst.db_max_rows = 5')
    await vi.waitFor(async () => expect(await count()).toBe(5))
    await set('reset pgrst.db_max_rows')
    await vi.waitFor(async () => expect(await count()).toBe(20))
  })

  it('allow aggregates', async () => {
    const sum = () => service(stack()).from('things').select('id.sum()')
    expect((await sum()).error).toMatchObject({ code: 'PGRST123' })
    await set(`set pgrst.db_aggregates_enabled = 'true'`)
    await vi.waitFor(async () => expect((await sum()).data).toEqual([{ sum: 210 }]))
  })

  it('let a request leave nothing behind', async () => {
    const insert = () => service(stack()).from('things').insert({ id: 99 }).select('id').rollback()
    const kept = async () => (await service(stack()).from('things').select('id').eq('id', 99)).data?.length
    expect((await insert()).data).toEqual([{ id: 99 }])
    expect(await kept()).toBe(1)
    await service(stack()).from('things').delete().eq('id', 99)
    await set(`set pgrst.db_tx_end = 'commit-allow-override'`)
    await vi.waitFor(async () => {
      await service(stack()).from('things').delete().eq('id', 99)
      expect((await insert()).data).toEqual([{ id: 99 }])
      expect(await kept()).toBe(0)
    })
    await set('reset pgrst.db_tx_end')
  })

  it('allow plans', async () => {
    const plan = () => service(stack()).from('things').select('id').explain()
    expect((await plan()).error).toMatchObject({ code: 'PGRST107' })
    await set(`set pgrst.db_plan_enabled = 'true'`)
    await vi.waitFor(async () => expect((await plan()).data).toContain('things'))
  })

  it('run a function before every request', async () => {
    await set(`set pgrst.db_pre_request = 'public.guard'`)
    const ask = async (agent: string) => {
      const { apiUrl, publishableKey } = stack()
      const headers = { apikey: publishableKey, 'x-agent': agent }
      const response = await fetch(`${apiUrl}/rest/v1/things?select=id&limit=1`, { headers })
      return [response.status, ((await response.json()) as { message?: string }).message]
    }
    await vi.waitFor(async () => expect(await ask('robot')).toEqual([403, 'no robots']))
    expect(await ask('browser')).toEqual([200, undefined])
    expect(await visitor(stack()).rpc('asked').setHeader('x-agent', 'robot')).toMatchObject({ status: 403 })
    await set('reset pgrst.db_pre_request')
    await vi.waitFor(async () => expect(await ask('robot')).toEqual([200, undefined]))
  })
})
