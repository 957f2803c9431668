import postgres from 'postgres'
import { expect, inject, onTestFinished, test } from 'vitest'
import { openRelations } from '../../scripts/open-relations.ts'
import { takeFreshStack } from '../support/fresh-stack.ts'
import { connect, signUp } from '../support/people.ts'

await takeFreshStack()

/** Somebody with secrets in every corner, and what must never be seen of them. */
async function settle() {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const secret = `secret${crypto.randomUUID().slice(0, 8)}`
  await ana.tertulia.profiles.update({ paymentMethods: ['western_union', 'oxxo'], bio: 'Nothing to hide.' })
  const song = await ana.tertulia.songs.create({ content: `{title: ${secret}}\n${secret} la la` })
  await ana.tertulia.songs.favorite(song.id)
  await ana.tertulia.sharing.share(song.id, { userId: ben.id, role: 'edit', message: secret })
  await ana.tertulia.chat.block((await signUp('Blocked')).id)
  const conversation = await ana.tertulia.chat.getDirect(ben.id)
  await ana.tertulia.chat.send(conversation.id, { content: secret })
  const file = `${conversation.id}/${ana.id}/${crypto.randomUUID()}/${secret}.txt`
  const upload = await ana.supabase.storage
    .from('chat')
    .upload(file, new Blob([secret], { type: 'text/plain' }))
  if (upload.error) throw upload.error
  const { data } = await ana.supabase.auth.getSession()
  const secrets = [secret, ana.email, data.session?.refresh_token ?? '', '127.0.0.1']
  if (secrets.includes('')) throw new Error('unable to settle; there is no session')
  return { ana, conversation, file, secrets }
}
type Settled = Awaited<ReturnType<typeof settle>>

/** What a call answers may be large; what counts is who is named beside what. */
const isHers = ({ ana, secrets }: Settled, row: unknown) => {
  const text = JSON.stringify(row)
  return (
    secrets.some((secret) => text.includes(secret)) ||
    (text.includes(ana.id) && text.includes('western_union'))
  )
}

/**
 * Walks whatever the API exposes, as the catalogue knows it now: every table and view by every column that a role may
 * read, also the roles of an app that opened every table, every function that it may call with arguments made up from Ana's ids. What is added later is walked too. Answers
 * what was walked, and where something of hers was seen.
 */
async function walk(sql: postgres.TransactionSql, settled: Settled, stranger: string) {
  const { ana, conversation, secrets } = settled
  const relations = await sql<{ role: string; name: string; columns: string }[]>`
    select r.role, c.oid::regclass::text as name, string_agg(quote_ident(a.attname), ', ') as columns
    from unnest(array['anon', 'authenticated', 'app_visitor', 'app_user']) r (role)
    cross join pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname in ('public', 'storage', 'auth', 'realtime', 'private')
      and has_schema_privilege(r.role, n.oid, 'usage') and has_column_privilege(r.role, c.oid, a.attnum, 'select')
    group by 1, 2`
  const functions = await sql<
    { role: string; name: string; needed: number; arguments: { type: string; name: string }[] }[]
  >`
    select r.role, p.oid::regproc::text as name, p.pronargs - p.pronargdefaults as needed, coalesce((
      select jsonb_agg(jsonb_build_object('type', t::regtype::text, 'name', coalesce(p.proargnames[i], '')) order by i)
      from unnest(p.proargtypes::oid[]) with ordinality as arg (t, i)
    ), '[]') as arguments
    from unnest(array['anon', 'authenticated']) r (role)
    cross join pg_proc p
    where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace) and p.prokind = 'f'
      and p.prorettype <> 'trigger'::regtype and has_function_privilege(r.role, p.oid, 'execute')
      -- What a public function of the same name forwards to is reached through it.
      and (p.pronamespace = 'public'::regnamespace or to_regproc('public.' || quote_ident(p.proname)) is null)`

  const [song] = await sql`select id from public.songs where created_by = ${ana.id}`
  const [message] = await sql`select id from public.messages where sender_id = ${ana.id}`
  const valuesFor = ({ type, name }: { type: string; name: string }): string[] => {
    if (name === 'sort') return [`'relevance'`]
    if (/^(after|before)/.test(name)) return [`null::${type}`]
    if (type === 'uuid') return [ana.id, conversation.id, song?.id, message?.id].map((id) => `'${id}'::uuid`)
    if (type === 'uuid[]') return [`array['${conversation.id}', '${song?.id}']::uuid[]`]
    if (type === 'jsonb') return [`'{}'::jsonb`, 'null::jsonb']
    if (type === 'text') return [`'a'`, `'secret'`, `'relevance'`, `'${secrets[1]?.split('@')[0]}'`]
    if (/int|numeric/.test(type)) return [`50::${type}`]
    return [`null::${type}`]
  }
  const walked: string[] = []
  const leaks: string[] = []
  const look = async (role: string, what: string, query: string) => {
    const isVisitor = /anon|visitor/.test(role)
    const claims = JSON.stringify(isVisitor ? { role: 'anon' } : { sub: stranger, role: 'authenticated' })
    await sql
      .savepoint(async (tx) => {
        await tx`select set_config('role', ${role}, true), set_config('request.jwt.claims', ${claims}, true)`
        const rows = await tx.unsafe(query)
        walked.push(what)
        // Ids and the first half of the address are passed in and may come back; nothing of hers may.
        if (rows.some((row) => isHers(settled, row))) leaks.push(`${role}: ${what}`)
        throw new Error('undo')
      })
      // Refused by a grant, a policy or the function itself is as good as empty.
      .catch(() => {})
  }
  for (const { role, name, columns } of relations) await look(role, name, `select ${columns} from ${name}`)
  for (const { role, name, needed, arguments: args } of functions) {
    // With all arguments, and with those alone that have no default.
    for (const lists of [args.map(valuesFor), args.slice(0, needed).map(valuesFor)]) {
      for (let at = 0; at < Math.max(1, ...lists.map((list) => list.length)); at++) {
        const call = `${name}(${lists.map((list) => list[at % list.length]).join(', ')})`
        await look(role, call, `select ${call}`)
      }
    }
  }
  return { walked, leaks }
}

/** Walks in a transaction that is undone, in which something may have been made before. */
async function walkAfter(settled: Settled, statements = '') {
  const stranger = await signUp('Stranger')
  const sql = postgres(inject('stack').adminDbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(() => sql.end())
  const seen = { walked: [] as string[], leaks: [] as string[] }
  await sql
    .begin(async (tx) => {
      if (statements) await tx.unsafe(statements)
      Object.assign(seen, await walk(tx, settled, stranger.id))
      throw new Error('undo')
    })
    .catch((error) => {
      if (error.message !== 'undo') throw error
    })
  return seen
}

test('no address, token or private row of another person comes out of anything that is exposed', async () => {
  const { walked, leaks } = await walkAfter(await settle())
  expect(leaks).toEqual([])
  // It did look: into what is open, into closed tables as in an app that opened them, and through the functions that find most.
  expect(walked).toEqual(
    expect.arrayContaining([
      ...Object.keys(openRelations),
      'storage.objects',
      'messages',
      'songs',
      'notices',
    ]),
  )
  for (const name of ['search_profiles', 'search_songs', 'export_account', 'get_inbox', 'search_messages'])
    expect(
      walked.some((what) => what.startsWith(`${name}(`)),
      name,
    ).toBe(true)
  expect(walked.length).toBeGreaterThan(80)
}, 240_000)

test('the walk sees a view, a function, a table and a policy that leak', async () => {
  const settled = await settle()
  const { leaks } = await walkAfter(
    settled,
    `create view public.leaking_view as select id, email from auth.users;
    create function public.leaking_function(person uuid) returns text language sql security definer
      as 'select email from auth.users where id = person';
    create function private.leaking_answer() returns jsonb language sql security definer
      as 'select jsonb_agg(content) from public.messages';
    create table public.leaking_table as select content from public.messages;
    create view public.leaking_owner as select profile_id, payment_method from public.profile_payment_methods;
    create function public.leaking_tokens() returns setof auth.refresh_tokens language sql security definer
      as 'select * from auth.refresh_tokens';
    create materialized view public.leaking_files as select name from storage.objects;
    grant select on public.leaking_view, public.leaking_table, public.leaking_owner, public.leaking_files to anon, authenticated;
    grant execute on all functions in schema public, private to authenticated;`,
  )
  const names = new Set(leaks.map((leak) => leak.replace(/\(.*/, '')))
  expect([...names]).toEqual(
    expect.arrayContaining([
      'anon: leaking_view',
      'authenticated: leaking_view',
      'authenticated: leaking_table',
      'authenticated: leaking_owner',
      'authenticated: leaking_files',
      'authenticated: leaking_function',
      'authenticated: private.leaking_answer',
      'authenticated: leaking_tokens',
    ]),
  )
}, 240_000)

test('no embed of the API shows more than its tables', async () => {
  const { ana, secrets } = await settle()
  const stranger = await signUp('Stranger')
  for (const supabase of [stranger.supabase, connect()]) {
    for (const embed of [
      'id, profile_payment_methods(payment_method)',
      'id, messages(content)',
      'id, songs(content)',
      'id, conversation_participants(conversation_id)',
      'id, users(email)',
    ]) {
      const { data } = await supabase.from('profiles').select(embed).eq('id', ana.id)
      const text = JSON.stringify(data ?? [])
      for (const secret of [...secrets, 'western_union']) expect(text, embed).not.toContain(secret)
    }
  }
})

test('nobody else joins a person’s channel, or one of their conversation', async () => {
  const { ana, conversation } = await settle()
  const stranger = await signUp('Stranger')
  const sql = postgres(inject('stack').adminDbUrl, { max: 1 })
  onTestFinished(() => sql.end())
  // Even with a key that somebody gave away.
  const [{ live_key } = { live_key: '' }] = await sql<{ live_key: string }[]>`
    select live_key from public.conversations where id = ${conversation.id}`
  for (const supabase of [stranger.supabase, connect()]) {
    await supabase.realtime.setAuth()
    for (const topic of [`user:${ana.id}`, `conversation:${conversation.id}:${live_key}`]) {
      const status = await new Promise((resolve) => {
        supabase
          .channel(topic, { config: { private: true } })
          .subscribe((state) => state !== 'CLOSED' && resolve(state))
      })
      expect(status, topic).toBe('CHANNEL_ERROR')
    }
  }
})

test('nobody else gets at a person’s files, by listing, by path or by a signed address', async () => {
  const { ana, conversation, file, secrets } = await settle()
  const stranger = await signUp('Stranger')
  for (const supabase of [stranger.supabase, connect()]) {
    const bucket = supabase.storage.from('chat')
    for (const folder of ['', conversation.id, `${conversation.id}/${ana.id}`])
      expect((await bucket.list(folder)).data ?? [], folder).toEqual([])
    expect((await bucket.download(file)).error).not.toBeNull()
    expect((await bucket.createSignedUrl(file, 60)).error).not.toBeNull()
    const open = await fetch(bucket.getPublicUrl(file).data.publicUrl)
    expect(await open.text()).not.toContain(secrets[0])
    expect(open.ok).toBe(false)
  }
})
