import type postgres from 'postgres'

/**
 * The tables of an older site as its plan names them: users apart from profiles with rates, lists and payment methods, conversations
 * with a flag that says "read", messages, and views with an address. Numbers for ids, times without a zone, mixed names.
 */
export const oldSite = `
  create schema old;
  create table old."Users" (
    id serial primary key, email varchar(255), password varchar(255), name varchar(255), profile_picture text, created_at timestamp default now());
  create table old."UserProfiles" (
    id serial primary key, user_id integer, bio text, country varchar(80), experience text, specialty text, tarifa_basica numeric,
    tarifa_estandar numeric, tarifa_premium numeric, moneda varchar(10), software text[], tags text[], payment_methods json);
  create table old."Conversations" (
    id serial primary key, subject text, created_at timestamp, updated_at timestamp, last_message_at timestamp);
  create table old."Conversation_Participants" (
    id serial primary key, conversation_id integer, user_id integer, is_read boolean default false);
  create table old."Messages" (
    id serial primary key, conversation_id integer, sender_id integer, content text, created_at timestamp);
  create table old."ProfileViews" (
    id serial primary key, user_id integer, viewer_id integer, timestamp timestamp, ip inet);
  create index on old."Conversation_Participants" (conversation_id);
  create index on old."Messages" (conversation_id)`

/** Fills them with people who write to each other, a fifth of the conversations groups; nothing is wrong with any row. */
export async function fillOldSite(
  sql: postgres.Sql,
  { people, messages }: { people: number; messages: number },
): Promise<void> {
  const conversations = Math.ceil(messages / 10)
  await sql`
    insert into old."Users" (email, password, name, created_at)
    select 'Person' || n || '@Old.example.com', 'x', 'Persona ' || n % 997, '2020-01-01'::timestamp + n * interval '1 hour' from generate_series(1, ${people}::int) n`
  await sql`
    insert into old."UserProfiles" (
      user_id, bio, country, experience, specialty, tarifa_basica, tarifa_estandar, tarifa_premium, moneda, software, tags, payment_methods)
    select n, 'Edito vídeos, número ' || n, (array['Colombia', 'MX', 'Perú', 'ARG'])[1 + n % 4], (n % 40) || ' años', 'Editor, Videógrafo',
      10 + n % 90, 20.5 + n % 90, 1000 + n % 90, (array['USD', 'COP', 'CLP'])[1 + n % 3], array['Premiere', 'After Effects', 'Resolve ' || n % 50],
      array['boda', 'drone', 'tag ' || n % 70], '["PayPal", "Transferencia", "Nequi"]'
    from generate_series(1, ${people}::int) n`
  await sql`
    insert into old."Conversations" (subject, created_at)
    select case when n % 5 = 0 then 'Proyecto ' || n end, '2022-01-01'::timestamp + n * interval '1 minute' from generate_series(1, ${conversations}::int) n`
  // Two of a pair that no other conversation has, unless there are more conversations than pairs; each fifth has a third.
  await sql`
    insert into old."Conversation_Participants" (conversation_id, user_id, is_read)
    select n, 1 + (n - 1) % ${people}, n % 3 > 0 from generate_series(1, ${conversations}::int) n
    union all
    select n, 1 + (n + (n - 1) / ${people}) % ${people}, n % 2 = 0 from generate_series(1, ${conversations}::int) n
    union all
    select n, 1 + (n + 1 + (n - 1) / ${people}) % ${people}, true from generate_series(1, ${conversations}::int) n where n % 5 = 0`
  await sql`
    insert into old."Messages" (conversation_id, sender_id, content, created_at)
    select c, 1 + (c - 1 + case when n % 3 = 0 then 1 + (c - 1) / ${people} else 0 end) % ${people}, 'Mensaje ' || n || ': ¿qué tal? ' || repeat('la ', n % 20),
      '2022-01-01'::timestamp + c * interval '1 minute' + ((n * 7919) % ${messages}) * interval '1 second'
    from (select n, 1 + (n * 31) % ${conversations} as c from generate_series(1, ${messages}::int) n) as m`
  await sql`
    insert into old."ProfileViews" (user_id, viewer_id, timestamp, ip)
    select 1 + n % ${people}, 1 + (n * 13) % ${people}, '2023-01-01'::timestamp + n * interval '7 minutes', '192.0.2.1'
    from generate_series(1, ${people}::int) n`
}

/** What differs between the older site and what became of it, by a comparison that uses nothing of the migration; all 0 when equal. */
export async function compareOldSite(sql: postgres.Sql): Promise<Record<string, number>> {
  const [row] = await sql`
    with account as (
      select o.id as old_id, a.id, o.name, p.*, d.*
      from old."Users" o
      left join auth.users a on a.email = lower(o.email)
      left join (select id as profile_id, display_name from public.profiles) p on p.profile_id = a.id
      left join (select id as detail_id, bio, country, experience_years, software, tags, payment_methods, professional_types, rates from public.profile_details) d
        on d.detail_id = a.id
    ),
    sent as (
      select m.id, m.content, a.email as sender, m.conversation_id, m.seq, m.created_at,
        row_number() over (partition by m.conversation_id order by m.seq) as place
      from public.messages m
      join auth.users a on a.id = m.sender_id
    ),
    party as (
      select c.id, string_agg(lower(u.email), ' ' order by lower(u.email)) as people
      from old."Conversations" c
      join old."Conversation_Participants" p on p.conversation_id = c.id
      join old."Users" u on u.id = p.user_id
      group by c.id
    ),
    party_now as (
      select p.conversation_id, string_agg(a.email, ' ' order by a.email) as people
      from public.conversation_participants p
      join auth.users a on a.id = p.user_id
      where p.left_at is null
      group by 1
    ),
    -- Those of two people are one conversation.
    place as (
      select m.id, m.content, lower(u.email) as sender, m.created_at at time zone 'UTC' as created_at, y.people, s.conversation_id, s.place as place_now,
        row_number() over (partition by case when y.people like '% % %' then m.conversation_id::text else y.people end
          order by m.created_at, m.id) as place
      from old."Messages" m
      join old."Users" u on u.id = m.sender_id
      join party y on y.id = m.conversation_id
      left join sent s on s.content = m.content
    )
    select
      (select count(*)::int from account where id is null or display_name <> name) as people,
      (select count(*)::int from account a join old."UserProfiles" o on o.user_id = a.old_id
        where a.bio <> o.bio or a.country <> (case o.country when 'Colombia' then 'CO' when 'Perú' then 'PE' when 'ARG' then 'AR' else o.country end)
          or a.experience_years is distinct from split_part(o.experience, ' ', 1)::int
          or array(select jsonb_array_elements_text(a.software)) <> o.software
          or array(select t ->> 'name' from jsonb_array_elements(a.tags) t) <> o.tags
          or a.professional_types <> '["Editor", "Videógrafo"]'
          or (a.rates -> 'basic' ->> 'amount')::numeric is distinct from o.tarifa_basica * case o.moneda when 'CLP' then 1 else 100 end
          or (a.rates -> 'standard' ->> 'amount')::numeric is distinct from round(o.tarifa_estandar * case o.moneda when 'CLP' then 1 else 100 end)
          or a.rates -> 'premium' ->> 'currency' is distinct from o.moneda) as profiles,
      (select count(*)::int from place where conversation_id is null or place <> place_now) as messages_out_of_place,
      (select count(*)::int from place p join sent s on s.content = p.content join party_now n on n.conversation_id = s.conversation_id
        where s.sender <> p.sender or s.created_at <> p.created_at or n.people <> p.people) as messages_differing,
      abs((select count(*) from public.messages) - (select count(*) from old."Messages"))::int as messages_too_many_or_missing,
      (select count(*)::int from public.conversations c where c.last_seq <> (select count(*) from public.messages m where m.conversation_id = c.id)
        or c.last_revision <> c.last_seq or c.last_message_at is distinct from (select max(m.created_at) from public.messages m where m.conversation_id = c.id)) as heads,
      (select count(*)::int from old."Conversation_Participants" o
        join old."Users" u on u.id = o.user_id join party y on y.id = o.conversation_id
        join auth.users a on a.email = lower(u.email) join public.conversation_participants p on p.user_id = a.id
        join party_now n on n.conversation_id = p.conversation_id and n.people = y.people join public.conversations c on c.id = p.conversation_id
        where (y.people not like '% % %' or exists (select from old."Messages" m join sent s on s.content = m.content
            where m.conversation_id = o.conversation_id and s.conversation_id = c.id))
          and o.is_read and p.last_read_seq < c.last_seq
          and not exists (select from old."Conversation_Participants" q join party z on z.id = q.conversation_id
            where q.user_id = o.user_id and z.people = y.people and not q.is_read)) as read_marks,
      (select abs(coalesce(sum(q.count), 0) - (select count(*) from (
          select distinct user_id, viewer_id, timestamp::date from old."ProfileViews" where viewer_id <> user_id) v))::int
        from private.analytics_quarters q where q.kind = 'profile_view') as views,
      (select abs(coalesce(sum(d.count), 0) - (select coalesce(sum(q.count), 0) from private.analytics_quarters q where q.kind = 'profile_view'))::int
        from private.analytics_days d where d.kind = 'profile_view') as days`
  return { ...row } as Record<string, number>
}
