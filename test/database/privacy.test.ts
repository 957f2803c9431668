import postgres from 'postgres'
import { expect, inject, onTestFinished, test } from 'vitest'
import { connect, signUp } from '../support/people.ts'

/** Somebody with secrets in every corner, and what must never be seen of them. */
async function settle() {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const secret = `secret${crypto.randomUUID().slice(0, 8)}`
  await ana.tertulia.profiles.update({ paymentMethods: ['western_union', 'oxxo'], bio: 'Nothing to hide.' })
  await ana.tertulia.songs.create({ content: `{title: ${secret}}\n${secret} la la` })
  const conversation = await ana.tertulia.chat.getDirect(ben.id)
  await ana.tertulia.chat.send(conversation.id, { content: secret })
  const { data } = await ana.supabase.auth.getSession()
  return { ana, conversation, secrets: [secret, ana.email, data.session?.refresh_token ?? '', '127.0.0.1'] }
}

/**
 * Walks whatever the API exposes, as the catalogue knows it today: every table and view by every column that a role may
 * read, every function that it may call with arguments made up from Ana's ids. What is added later is walked too.
 */
test('no address, token or private row of another person comes out of anything that is exposed', async () => {
  const { ana, conversation, secrets } = await settle()
  const stranger = await signUp('Stranger')
  const sql = postgres(inject('stack').adminDbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(() => sql.end())

  const relations = await sql<{ role: string; name: string; columns: string }[]>`
    select r.role, c.oid::regclass::text as name, string_agg(quote_ident(a.attname), ', ') as columns
    from unnest(array['anon', 'authenticated']) r (role)
    cross join pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname in ('public', 'storage', 'auth', 'realtime', 'private')
      and has_schema_privilege(r.role, n.oid, 'usage') and has_column_privilege(r.role, c.oid, a.attnum, 'select')
    group by 1, 2`
  const functions = await sql<{ role: string; name: string; arguments: { type: string; name: string }[] }[]>`
    select r.role, p.oid::regproc::text as name, coalesce((
      select jsonb_agg(jsonb_build_object('type', t::regtype::text, 'name', coalesce(p.proargnames[i], '')) order by i)
      from unnest(p.proargtypes::oid[]) with ordinality as arg (t, i)
    ), '[]') as arguments
    from unnest(array['anon', 'authenticated']) r (role)
    cross join pg_proc p
    where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace) and p.prokind = 'f'
      and p.prorettype <> 'trigger'::regtype and has_function_privilege(r.role, p.oid, 'execute')`
  expect(relations.length).toBeGreaterThan(15)
  expect(functions.length).toBeGreaterThan(25)

  const [song] = await sql`select id from public.songs where created_by = ${ana.id}`
  const valuesFor = ({ type, name }: { type: string; name: string }): string[] => {
    if (name === 'sort') return [`'relevance'`]
    if (name.startsWith('after')) return [`null::${type}`]
    if (type === 'uuid') return [ana.id, conversation.id, song?.id].map((id) => `'${id}'::uuid`)
    if (type === 'uuid[]') return [`array['${conversation.id}', '${song?.id}']::uuid[]`]
    if (type === 'jsonb') return [`'{}'::jsonb`, 'null::jsonb']
    if (type === 'text') return [`'a'`, `'secret'`, `'relevance'`, `'${secrets[1]?.split('@')[0]}'`]
    if (/int|numeric/.test(type)) return [`50::${type}`]
    return [`null::${type}`]
  }
  const answers: string[] = []
  const look = async (role: string, what: string, query: string) => {
    const claims = JSON.stringify(role === 'anon' ? { role } : { sub: stranger.id, role })
    await sql
      .begin(async (tx) => {
        await tx`select set_config('role', ${role}, true), set_config('request.jwt.claims', ${claims}, true)`
        const text = JSON.stringify(await tx.unsafe(query))
        answers.push(what)
        // Ids and the first half of the address are passed in and may come back; nothing of hers may.
        const seen = secrets.filter((secret) => secret !== '' && text.includes(secret))
        expect(seen, `${role} sees it in ${what}`).toEqual([])
        throw new Error('undo')
      })
      .catch((error) => {
        // Refused by a grant, a policy or the function itself is as good as empty; a failed expectation is not.
        if (error.name === 'AssertionError') throw error
      })
  }
  for (const { role, name, columns } of relations) await look(role, name, `select ${columns} from ${name}`)
  for (const { role, name, arguments: args } of functions) {
    const lists = args.map(valuesFor)
    for (let at = 0; at < Math.max(1, ...lists.map((list) => list.length)); at++) {
      const call = `${name}(${lists.map((list) => list[at % list.length]).join(', ')})`
      await look(role, call, `select ${call}`)
    }
  }
  // It did look: into the tables that hold most, and through the functions that find most.
  expect(answers).toEqual(
    expect.arrayContaining(['profiles', 'messages', 'songs', 'profile_details', 'profile_payment_methods']),
  )
  expect(answers.some((what) => what.startsWith('search_profiles('))).toBe(true)

  const hidden = await stranger.supabase
    .from('profile_details')
    .select('payment_methods')
    .eq('id', ana.id)
    .single()
  expect(hidden.data).toEqual({ payment_methods: [] })
})

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

test('nobody else joins a person’s channel', async () => {
  const { ana } = await settle()
  const stranger = await signUp('Stranger')
  for (const supabase of [stranger.supabase, connect()]) {
    await supabase.realtime.setAuth()
    const status = await new Promise((resolve) => {
      supabase
        .channel(`user:${ana.id}`, { config: { private: true } })
        .subscribe((state) => state !== 'CLOSED' && resolve(state))
    })
    expect(status).toBe('CHANNEL_ERROR')
  }
})
