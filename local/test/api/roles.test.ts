import { SignJWT } from 'jose'
import postgres from 'postgres'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { service, visitor } from '../support/people.ts'
import { stackOfProject } from '../support/project-stack.ts'
import { query } from '../support/sql.ts'

const MIGRATION = `
create function public.seen() returns jsonb language sql stable as $$
  select jsonb_build_object(
    'role', current_user, 'claim', current_setting('request.jwt.claims')::jsonb ->> 'role',
    'isolation', current_setting('transaction_isolation'), 'timeout', current_setting('statement_timeout'),
    'memory', current_setting('work_mem'), 'zone', current_setting('timezone'),
    'logged', current_setting('log_min_duration_statement'), 'tenant', current_setting('app.tenant', true)
  )
$$;
create view public.seen_by with (security_invoker = true) as select public.seen() as value;
create function public.seen_serializable() returns jsonb language sql stable
  set default_transaction_isolation = 'serializable' as $$ select public.seen() $$;
create function public.seen_committed() returns jsonb language sql stable
  set default_transaction_isolation to 'read committed' as $$ select public.seen() $$;
create table public.counters (id integer primary key, value integer);
insert into public.counters values (1, 0);
create function public.raise_counter() returns integer language plpgsql volatile
  set default_transaction_isolation = 'repeatable read' as $$
declare
  now_at integer;
begin
  select value into now_at from public.counters where id = 1;
  perform pg_advisory_lock(4711);
  perform pg_advisory_unlock(4711);
  update public.counters set value = now_at + 1 where id = 1;
  return now_at + 1;
end
$$;
`

const stack = stackOfProject(MIGRATION)

/** What a request sees that carries a token of the role. */
async function seenBy(role: string, path = 'seen_by?select=value') {
  const { apiUrl, publishableKey, jwtSecret } = stack()
  const token = await new SignJWT({ role })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(jwtSecret))
  const headers = { apikey: publishableKey, authorization: `Bearer ${token}` }
  const response = await fetch(`${apiUrl}/rest/v1/${path}`, { headers })
  const body = (await response.json()) as unknown
  return Array.isArray(body) ? body[0].value : body
}

beforeAll(async () => {
  await query(
    stack().adminDbUrl,
    `create role reporter nologin;
    grant usage on schema public to reporter;
    grant select on public.seen_by to reporter;
    grant execute on all functions in schema public to reporter;
    grant reporter to authenticator;
    grant set on parameter log_min_duration_statement to authenticator;
    alter role reporter set statement_timeout = '12s';
    alter role reporter set work_mem = '7MB';
    alter role reporter set timezone = 'Asia/Tokyo';
    alter role reporter set log_min_duration_statement = '7s';
    alter role reporter set default_transaction_isolation = 'repeatable read';
    alter role reporter set session_replication_role = 'replica';
    alter role reporter set app.tenant = 'x';
    alter role reporter in database postgres set statement_timeout = '1s';
    create role bystander nologin;
    grant usage on schema public to bystander;
    alter role bystander set statement_timeout = '12s'`,
  )
  await query(stack().dbUrl, `notify pgrst, 'reload config'`)
})

describe('a role of the project', () => {
  it('brings its own settings, and those that authenticator may set for it', async () => {
    await vi.waitFor(async () =>
      expect(await seenBy('reporter')).toEqual({
        role: 'reporter',
        claim: 'reporter',
        isolation: 'repeatable read',
        timeout: '12s',
        memory: '7MB',
        zone: 'Asia/Tokyo',
        logged: '7s',
        tenant: null,
      }),
    )
  })

  it('keeps them to its own requests', async () => {
    expect((await visitor(stack()).from('seen_by').select('value')).data).toMatchObject([
      { value: { role: 'anon', isolation: 'read committed', timeout: '3s', logged: '-1' } },
    ])
    expect((await service(stack()).rpc('seen')).data).toMatchObject({ claim: 'service_role', zone: 'UTC' })
  })

  it('that authenticator is no member of is refused', async () => {
    expect(await seenBy('bystander')).toMatchObject({ code: '42501' })
  })
})

describe('an isolation level', () => {
  it('of a function counts before that of the role', async () => {
    expect(await seenBy('anon', 'rpc/seen_serializable')).toMatchObject({ isolation: 'serializable' })
    expect(await seenBy('reporter', 'rpc/seen')).toMatchObject({ isolation: 'repeatable read' })
    expect(await seenBy('reporter', 'rpc/seen_committed')).toMatchObject({ isolation: 'read committed' })
  })

  it('refuses the second of two changes of one row', async () => {
    const sql = postgres(stack().adminDbUrl, { max: 1 })
    await sql`select pg_advisory_lock(4711)`
    // A request is sent when it is waited for.
    const both = [1, 2].map(() =>
      service(stack())
        .rpc('raise_counter')
        .then((answer) => answer),
    )
    const waiting = () =>
      query(stack().adminDbUrl, `select from pg_locks where locktype = 'advisory' and not granted`)
    await vi.waitFor(async () => expect(await waiting()).toHaveLength(2))
    await sql.end()
    const answers = await Promise.all(both)
    expect(answers.map(({ data }) => data).sort()).toEqual([1, null])
    expect(answers.map(({ error, status }) => (error ? [status, error.code] : status)).sort()).toEqual([
      200,
      [500, '40001'],
    ])
  })
})
