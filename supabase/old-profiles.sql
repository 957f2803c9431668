-- Takes the people of an older site into Tertulia's: users, their profiles with rates, software, tags and payment methods, conversations
-- with their messages, and the views of profiles.
--
-- Not a migration: only who comes from there runs it, in a database that has Tertulia's migrations and the older tables in a schema
-- called old. Then: npx tertulia migrate-old. docs/operations.md has the whole way, and how to remove this again:
--   drop function public.migrate_old_profiles(text, text, jsonb); drop schema tertulia_old_profiles cascade;
-- The tables in old are only read. Run it again to take in what was written there meanwhile.
--
-- Say once, before it, in the same session, what the older tables do not say:
--   set tertulia.old_time_zone = 'America/Bogota';  -- of timestamps without a zone; UTC otherwise
--   set tertulia.old_currency = 'COP';              -- of rates without a currency, which are not taken over otherwise
--   set tertulia.old_rate_unit = 'hour';            -- what rates without a unit are for; project otherwise

begin;
set local lock_timeout = '10s';
set local statement_timeout = 0;

do $$
begin
  if to_regprocedure('public.tertulia_schema_version()') is null then
    raise exception 'unable to prepare the migration; this database does not have the schema of Tertulia'
      using hint = 'Push the migrations first: npx supabase db push --remote';
  end if;
  if to_regnamespace('old') is null then
    raise exception 'unable to prepare the migration; there is no schema called old'
      using hint = 'Move the older tables into a schema called old first; see docs/operations.md.';
  end if;
end
$$;

create schema if not exists tertulia_old_profiles;
comment on schema tertulia_old_profiles is 'How far the migration of the older profiles and messages is; drop it when nothing is left to do.';

create table if not exists tertulia_old_profiles.settings (
  id boolean primary key default true check (id),
  time_zone text not null default 'UTC',
  currency text check (private.is_currency(currency)),
  rate_unit text not null default 'project' check (rate_unit in ('minute', 'hour', 'day', 'week', 'month', 'project', 'piece'))
);
insert into tertulia_old_profiles.settings (id) values (true) on conflict do nothing;
update tertulia_old_profiles.settings s
set
  time_zone = coalesce(nullif(current_setting('tertulia.old_time_zone', true), ''), s.time_zone),
  currency = coalesce(nullif(current_setting('tertulia.old_currency', true), ''), s.currency),
  rate_unit = coalesce(nullif(current_setting('tertulia.old_rate_unit', true), ''), s.rate_unit);

do $$
begin
  if not exists (
    select
    from tertulia_old_profiles.settings s
    where s.time_zone = 'UTC' or exists (select from pg_catalog.pg_timezone_names z where z.name = s.time_zone)
  ) then
    raise exception 'unable to prepare the migration; tertulia.old_time_zone is not a time zone'
      using hint = 'Set the name of a zone, such as America/Bogota.';
  end if;
end
$$;

-- What has become of each.
create table if not exists tertulia_old_profiles.people (
  old_id text primary key,
  account_id uuid,
  outcome text not null check (outcome in ('linked', 'without_email', 'unconfirmed', 'refused')),
  reason text
);
create index if not exists people_account_id_idx on tertulia_old_profiles.people (account_id);
create index if not exists people_order_idx on tertulia_old_profiles.people (old_id collate "C");

create table if not exists tertulia_old_profiles.profiles (
  old_id text primary key,
  outcome text not null check (outcome in ('moved', 'skipped', 'refused')),
  reason text
);

create table if not exists tertulia_old_profiles.conversations (
  old_id text primary key,
  subject text,
  created_at timestamptz,
  id uuid,
  outcome text check (outcome in ('moving', 'moved', 'skipped', 'refused', 'waiting')),
  reason text
);
create index if not exists conversations_id_idx on tertulia_old_profiles.conversations (id, outcome);
create index if not exists conversations_order_idx on tertulia_old_profiles.conversations (old_id collate "C");
create index if not exists conversations_moving_idx on tertulia_old_profiles.conversations (id) where outcome = 'moving';

create table if not exists tertulia_old_profiles.participants (
  conversation text,
  person text,
  is_read boolean not null,
  place bigint not null generated always as identity,
  primary key (conversation, person)
);

-- Messages wait here in the order of their conversation; ids are compared as numbers where they are.
create table if not exists tertulia_old_profiles.messages (
  old_id text primary key,
  conversation text,
  sender text,
  content text,
  at timestamptz,
  outcome text check (outcome in ('moved', 'skipped', 'refused')),
  reason text,
  id uuid,
  parts integer
);
create index if not exists messages_waiting_idx on tertulia_old_profiles.messages (conversation) where outcome is null;
create index if not exists messages_conversation_idx on tertulia_old_profiles.messages (conversation, sender);

-- Views by profile and the quarter of an hour, each viewer once a day, as our own figures count them.
create table if not exists tertulia_old_profiles.views (
  person text not null,
  at timestamptz not null,
  country text not null,
  count bigint not null,
  last_at timestamptz not null,
  moved bigint not null default 0,
  primary key (person, at, country)
);

create table if not exists tertulia_old_profiles.counts (name text primary key, count bigint not null);

-- A name of a table or column, whoever wrote it: UserProfiles, user_profiles and "User_Profiles" are one.
create or replace function tertulia_old_profiles.plain(name text)
returns text
language sql
immutable
set search_path = ''
as $$
  select translate(lower(name), 'áéíóúñ_-. ', 'aeioun')
$$;

-- JSON out of text that may hold what jsonb does not take; null when it is none.
create or replace function tertulia_old_profiles.read_json(written text)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return regexp_replace(written, E'(?<!\\\\)((?:\\\\\\\\)*)\\\\u0000', E'\\1', 'g')::jsonb;
exception
  when others then
    return null;
end
$$;

-- A time out of text or a number of seconds or milliseconds; null when it is none, or lies before 1970.
create or replace function tertulia_old_profiles.read_time(written text)
returns timestamptz
language plpgsql
stable
set search_path = ''
set datestyle = 'ISO, YMD'
as $$
declare
  found timestamptz;
begin
  perform set_config('timezone', s.time_zone, true) from tertulia_old_profiles.settings s;
  found := case
    when written ~ '^[0-9]{12,14}(\.[0-9]+)?$' then to_timestamp(written::numeric::double precision / 1000)
    when written ~ '^[0-9]{9,11}(\.[0-9]+)?$' then to_timestamp(written::numeric::double precision)
    else written::timestamptz
  end;
  return case when isfinite(found) and found >= '1970-01-01T00:00:00Z' then found end;
exception
  when others then
    return null;
end
$$;
alter function tertulia_old_profiles.read_time(text) set timezone = 'UTC';

-- A view of an older table under names that are known here. One that is there already stays: where tables or columns have other
-- names than those below, create the view yourself before this is run.
create or replace function tertulia_old_profiles.look_at(view_name text, tables text[], fields text[])
returns void
language plpgsql
set search_path = ''
as $$
declare
  source regclass;
  field text;
  column_name text;
  column_type text;
  expression text;
  columns text := '';
begin
  if to_regclass(format('tertulia_old_profiles.%I', view_name)) is not null then
    return;
  end if;
  select c.oid into source
  from pg_catalog.pg_class c
  where c.relnamespace = 'old'::regnamespace and c.relkind in ('r', 'v', 'm', 'p', 'f') and tertulia_old_profiles.plain(c.relname) = any (tables)
  order by array_position(tables, tertulia_old_profiles.plain(c.relname)), c.relname
  limit 1;
  foreach field in array fields loop
    -- "name kind: one other third"
    column_name := null;
    select a.attname, format_type(a.atttypid, null) into column_name, column_type
    from pg_catalog.pg_attribute a,
      string_to_array(split_part(field, ': ', 2), ' ') as wanted
    where a.attrelid = source and a.attnum > 0 and not a.attisdropped and tertulia_old_profiles.plain(a.attname) = any (wanted)
    order by array_position(wanted, tertulia_old_profiles.plain(a.attname)), a.attname
    limit 1;
    expression := case split_part(split_part(field, ': ', 1), ' ', 2)
      when 'text' then case when column_name is null then 'null::text' else format('t.%I::text', column_name) end
      when 'json' then case
        when column_name is null then 'null::jsonb'
        when column_type = 'json' then format('tertulia_old_profiles.read_json(t.%I::text)', column_name)
        else format('to_jsonb(t.%I)', column_name)
      end
      else case
        when column_name is null then 'null::timestamptz'
        when column_type in ('timestamp with time zone', 'timestamp without time zone', 'date') then
          format('case when isfinite(t.%1$I) and t.%1$I >= ''1970-01-01'' then t.%1$I%2$s end', column_name,
            case when column_type <> 'timestamp with time zone' then '::timestamp at time zone (select s.time_zone from tertulia_old_profiles.settings s)' end)
        else format('tertulia_old_profiles.read_time(t.%I::text)', column_name)
      end
    end;
    columns := columns || case when columns <> '' then ', ' else '' end || expression || ' as ' || split_part(field, ' ', 1);
  end loop;
  if source is null then
    execute format('create view tertulia_old_profiles.%I as select %s where false', view_name, columns);
  else
    execute format('create view tertulia_old_profiles.%I as select %s from %s t', view_name, columns, source);
  end if;
end
$$;

select tertulia_old_profiles.look_at(v.name, v.tables, v.fields)
from (values
  ('source_people', '{users,user,usuarios}'::text[], array[
    'id text: id userid', 'email text: email mail emailaddress correo', 'name text: name displayname fullname nombre',
    'picture text: profilepicture picture avatar avatarurl']),
  ('source_profiles', '{userprofiles,editorprofiles,userprofile,editorprofile,profiles,perfiles}', array[
    'id text: id', 'user_id text: userid user usuarioid', 'bio text: bio aboutme about descripcion', 'country text: country pais',
    'experience json: experience experiencia', 'experience_years json: experienceyears yearsofexperience yearsexperience',
    'experience_details text: experiencedetails', 'types json: professionaltypes professionaltype specialties specialty especialidad',
    'rates json: rates tarifas pricing', 'basic json: ratebasic basicrate tarifabasica tarifabasico basic basico basica pricebasic basicprice',
    'standard json: ratestandard standardrate tarifaestandar standard estandar pricestandard standardprice',
    'premium json: ratepremium premiumrate tarifapremium premium pricepremium premiumprice', 'currency text: currency moneda ratecurrency',
    'rate_unit text: rateunit unit unidad', 'software json: software softwares skills', 'tags json: tags etiquetas',
    'payment_methods json: paymentmethods paymentmethod metodosdepago metodospago']),
  ('source_profile_tags', '{profiletags,userprofiletags,editorprofiletags,usertags}', array[
    'user_id text: userid', 'profile_id text: profileid userprofileid editorprofileid', 'entry_id text: tagid', 'name text: tag tagname name']),
  ('source_tags', '{tags,etiquetas}', array['id text: id', 'name text: name tag tagname nombre']),
  ('source_profile_software', '{profilesoftware,userprofilesoftware,editorprofilesoftware,usersoftware,profileskills,userskills}', array[
    'user_id text: userid', 'profile_id text: profileid userprofileid editorprofileid', 'entry_id text: softwareid skillid',
    'name text: software softwarename skill name']),
  ('source_software', '{software,softwares,skills}', array['id text: id', 'name text: name software skill nombre']),
  ('source_profile_payment_methods', '{profilepaymentmethods,userprofilepaymentmethods,editorprofilepaymentmethods,userpaymentmethods}', array[
    'user_id text: userid', 'profile_id text: profileid userprofileid editorprofileid', 'entry_id text: paymentmethodid methodid',
    'name text: paymentmethod method name']),
  ('source_payment_methods', '{paymentmethods,metodosdepago}', array['id text: id', 'name text: name method paymentmethod nombre']),
  ('source_conversations', '{conversations,conversation,conversaciones}', array[
    'id text: id', 'subject text: subject title asunto', 'created_at time: createdat created']),
  ('source_participants', '{conversationparticipants,conversationparticipant,participants}', array[
    'conversation_id text: conversationid', 'user_id text: userid participantid', 'is_read text: isread read']),
  ('source_messages', '{messages,message,mensajes}', array[
    'id text: id', 'conversation_id text: conversationid', 'sender_id text: senderid userid fromid',
    'content text: content body text message contenido', 'created_at time: createdat sentat created timestamp']),
  ('source_views', '{profileviews,profileview,vistasdeperfil}', array[
    'user_id text: profileuserid viewedid vieweduserid profileownerid userid', 'profile_id text: profileid userprofileid editorprofileid',
    'viewer_id text: viewerid vieweruserid visitorid', 'at time: timestamp viewedat createdat at time', 'address text: ip ipaddress direccionip',
    'country text: countrycode country'])
) as v (name, tables, fields);

do $$
begin
  if not exists (select from tertulia_old_profiles.source_people) then
    raise exception 'unable to prepare the migration; there is nobody in old.users'
      using hint = 'Move the older tables into the schema old, or create the view tertulia_old_profiles.source_people of them.';
  end if;
end
$$;

-- What the older tables hold by now, under keys that every step finds by.
create table if not exists tertulia_old_profiles.old_people (like tertulia_old_profiles.source_people, primary key (id));
create index if not exists old_people_order_idx on tertulia_old_profiles.old_people (id collate "C");
create table if not exists tertulia_old_profiles.old_profiles (like tertulia_old_profiles.source_profiles);
create index if not exists old_profiles_user_id_idx on tertulia_old_profiles.old_profiles (user_id);
create table if not exists tertulia_old_profiles.old_names (kind text not null, user_id text not null, name text not null);
create index if not exists old_names_user_id_idx on tertulia_old_profiles.old_names (user_id, kind);
truncate tertulia_old_profiles.old_people, tertulia_old_profiles.old_profiles, tertulia_old_profiles.old_names;

insert into tertulia_old_profiles.old_people
select distinct on (p.id) p.* from tertulia_old_profiles.source_people p where p.id is not null order by p.id;

insert into tertulia_old_profiles.old_profiles select p.* from tertulia_old_profiles.source_profiles p;

insert into tertulia_old_profiles.old_names (kind, user_id, name)
select n.kind, n.person, n.name
from (
  select 'software' as kind, coalesce(p.user_id, x.user_id) as person, coalesce(e.name, x.name) as name
  from tertulia_old_profiles.source_profile_software x
  left join tertulia_old_profiles.source_software e on e.id = x.entry_id
  left join tertulia_old_profiles.source_profiles p on p.id = x.profile_id
  union all
  select 'tags', coalesce(p.user_id, x.user_id), coalesce(e.name, x.name)
  from tertulia_old_profiles.source_profile_tags x
  left join tertulia_old_profiles.source_tags e on e.id = x.entry_id
  left join tertulia_old_profiles.source_profiles p on p.id = x.profile_id
  union all
  select 'payment_methods', coalesce(p.user_id, x.user_id), coalesce(e.name, x.name)
  from tertulia_old_profiles.source_profile_payment_methods x
  left join tertulia_old_profiles.source_payment_methods e on e.id = x.entry_id
  left join tertulia_old_profiles.source_profiles p on p.id = x.profile_id
) as n
where n.person is not null and n.name is not null;

insert into tertulia_old_profiles.conversations (old_id, subject, created_at)
select distinct on (c.id) c.id, c.subject, case when c.created_at <= now() then c.created_at end
from tertulia_old_profiles.source_conversations c
where c.id is not null
order by c.id
on conflict do nothing;

insert into tertulia_old_profiles.participants (conversation, person, is_read)
select p.conversation_id, p.user_id, bool_or(coalesce(lower(p.is_read) in ('t', 'true', '1', 'yes', 'y', 'si', 'sí'), false))
from tertulia_old_profiles.source_participants p
where p.conversation_id is not null and p.user_id is not null
group by p.conversation_id, p.user_id
order by p.conversation_id, length(p.user_id), p.user_id
on conflict (conversation, person) do update set is_read = excluded.is_read where participants.is_read <> excluded.is_read;

insert into tertulia_old_profiles.messages (old_id, conversation, sender, content, at)
select distinct on (m.id) m.id, m.conversation_id, m.sender_id, m.content, case when m.created_at <= now() then m.created_at end
from tertulia_old_profiles.source_messages m
where m.id is not null
order by m.id
on conflict do nothing;

-- A message without a time, or with one that is still to come, stands where its number puts it: at the time of the one before.
update tertulia_old_profiles.messages m
set at = t.at
from (
  select o.old_id, o.is_lost, coalesce(
    max(o.at) over (partition by o.conversation order by length(o.old_id), o.old_id),
    min(o.at) over (partition by o.conversation), c.created_at, now()) as at
  from (select x.*, x.at is null as is_lost from tertulia_old_profiles.messages x) as o
  left join tertulia_old_profiles.conversations c on c.old_id = o.conversation
) as t
where m.old_id = t.old_id and t.is_lost;

update tertulia_old_profiles.messages m
set outcome = 'skipped', reason = 'there is no such conversation'
where m.outcome is null and not exists (select from tertulia_old_profiles.conversations c where c.old_id = m.conversation);

-- What came since the last run goes after what was moved.
-- What was refused, or skipped with its conversation, is tried again: an address may have been mended meanwhile.
update tertulia_old_profiles.messages m
set outcome = null, reason = null
where m.outcome = 'refused' or (m.outcome = 'skipped' and m.reason like 'of its conversation: %');

update tertulia_old_profiles.conversations c
set outcome = null
where c.outcome in ('moved', 'moving', 'skipped', 'refused') and exists (select from tertulia_old_profiles.messages m where m.conversation = c.old_id and m.outcome is null);

insert into tertulia_old_profiles.views (person, at, country, count, last_at)
select v.person, date_bin('15 minutes', v.at, 'epoch'), v.country, count(*), max(v.at)
from (
  select distinct on (s.person, s.viewer, case when s.viewer is null then s.place end, s.day) s.person, s.at, s.country
  from (
    select coalesce(p.user_id, case when v.profile_id is null then v.user_id end) as person, v.viewer_id, coalesce(v.viewer_id, v.address) as viewer,
      v.at, (v.at at time zone 'utc')::date as day,
      case when private.is_country(upper(btrim(v.country))) then upper(btrim(v.country)) else '' end as country,
      row_number() over () as place
    from tertulia_old_profiles.source_views v
    left join tertulia_old_profiles.source_profiles p on p.id = v.profile_id
    where v.at <= now()
  ) s
  where s.person is not null and s.viewer_id is distinct from s.person
  order by s.person, s.viewer, case when s.viewer is null then s.place end, s.day, s.at
) as v
group by 1, 2, 3
on conflict (person, at, country) do update set count = excluded.count, last_at = excluded.last_at where views.count <> excluded.count;

insert into tertulia_old_profiles.counts (name, count)
select 'views', (select count(*) from tertulia_old_profiles.source_views)
union all select 'views_counted', (select coalesce(sum(v.count), 0) from tertulia_old_profiles.views v)
union all select 'views_without_a_time', (select count(*) from tertulia_old_profiles.source_views v where v.at is null or v.at > now())
union all select 'pictures', (select count(*) from tertulia_old_profiles.source_people p where p.picture <> '')
union all select 'participants_of_nothing', (
  select count(*) from tertulia_old_profiles.participants p where not exists (select from tertulia_old_profiles.conversations c where c.old_id = p.conversation))
union all select 'profiles_of_nobody', (
  select count(*) from tertulia_old_profiles.source_profiles p where not exists (select from tertulia_old_profiles.source_people u where u.id = p.user_id))
on conflict (name) do update set count = excluded.count;

analyze tertulia_old_profiles.old_people, tertulia_old_profiles.old_profiles, tertulia_old_profiles.old_names, tertulia_old_profiles.conversations, tertulia_old_profiles.participants, tertulia_old_profiles.messages, tertulia_old_profiles.views;

-- Ids of ours for what had a number: the same in each run.
create or replace function tertulia_old_profiles.new_id(kind text, old_id text)
returns uuid
language sql
immutable
set search_path = ''
as $$
  select case
    when kind <> 'person' and old_id ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$' then old_id::uuid
    else overlay(overlay(md5('tertulia.old.' || kind || ' ' || old_id) placing '8' from 13) placing '8' from 17)::uuid
  end
$$;

-- One address, whatever its case; null when it is none.
create or replace function tertulia_old_profiles.address(email text)
returns text
language sql
immutable
set search_path = ''
as $$
  select a.email
  from (select lower(btrim(address.email)) as email) as a
  where a.email ~ '^[^@[:space:]]+@[^@[:space:]]+$' and char_length(a.email) <= 254
$$;

-- The accounts by these addresses. One whose address nobody has confirmed may be anybody's. In one query for all: in a large project
-- only those that sign in without SSO are found by an index.
create or replace function tertulia_old_profiles.find_accounts(emails text[])
returns table (email text, account_id uuid, is_confirmed boolean)
language sql
stable
set search_path = ''
as $$
  select distinct on (u.email) u.email, u.id, u.email_confirmed_at is not null
  from (
    select o.* from auth.users o where o.email = any (emails) and o.is_sso_user = false
    union all
    select s.* from auth.users s where s.email = any (emails) and s.is_sso_user
  ) as u
  where u.deleted_at is null
  order by u.email, u.email_confirmed_at is null, u.is_sso_user, u.created_at, u.id
$$;

-- People after an id who have no account yet that is known to be theirs; next is null at the end.
create or replace function tertulia_old_profiles.next_people(after text)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  people jsonb;
  last text;
begin
  select jsonb_agg(jsonb_build_object('old_id', p.id, 'email', tertulia_old_profiles.address(p.email), 'name', p.name) order by p.id collate "C"),
    max(p.id collate "C")
  into people, last
  from (
    select distinct on (u.id collate "C") u.id, u.email, u.name
    from tertulia_old_profiles.old_people u
    where u.id collate "C" > coalesce(after, '')
      and not exists (select from tertulia_old_profiles.people l where l.old_id = u.id and l.outcome = 'linked')
    order by u.id collate "C"
    limit 200
  ) as p;
  return jsonb_build_object(
    'people', coalesce((
      select jsonb_agg(f.person)
      from (
        -- Of several with one address the first names the account.
        select distinct on (p.person ->> 'email') p.person
        from jsonb_array_elements(people) as p (person)
        where p.person ->> 'email' is not null
          and not exists (select from tertulia_old_profiles.find_accounts(array(select q.person ->> 'email' from jsonb_array_elements(people) as q (person))) as a where a.email = p.person ->> 'email')
        order by p.person ->> 'email', length(p.person ->> 'old_id'), p.person ->> 'old_id'
      ) as f
    ), '[]'),
    'seen', coalesce((select jsonb_agg(p.person -> 'old_id') from jsonb_array_elements(people) as p (person)), '[]'),
    'next', last);
end
$$;

-- Links people to the accounts with their address; of those who got none, says why.
create or replace function tertulia_old_profiles.link_people(ids jsonb, refused jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  linked integer;
begin
  insert into tertulia_old_profiles.people as l (old_id, account_id, outcome, reason)
  select distinct on (u.id) u.id, case when a.is_confirmed then a.account_id end,
    case
      when tertulia_old_profiles.address(u.email) is null then 'without_email'
      when a.is_confirmed then 'linked'
      when a.account_id is not null then 'unconfirmed'
      else 'refused'
    end,
    case
      when tertulia_old_profiles.address(u.email) is null then 'there is no address to sign in with; what they wrote comes as a deleted person''s'
      when a.is_confirmed then null
      when a.account_id is not null then 'an account has the address, which nobody has confirmed yet'
      else coalesce(refused ->> u.id, 'no account was made')
    end
  from tertulia_old_profiles.old_people u
  left join tertulia_old_profiles.find_accounts(array(
    select tertulia_old_profiles.address(w.email) from tertulia_old_profiles.old_people w where w.id in (select i.id from jsonb_array_elements_text(ids) as i (id))
  )) as a on a.email = tertulia_old_profiles.address(u.email)
  where u.id in (select i.id from jsonb_array_elements_text(ids) as i (id))
  order by u.id
  on conflict (old_id) do update
  set account_id = excluded.account_id, outcome = excluded.outcome, reason = excluded.reason
  where l.outcome <> 'linked';
  get diagnostics linked = row_count;
  perform private.create_profile(l.account_id, private.name_from_metadata(jsonb_build_object('display_name', u.name)))
  from tertulia_old_profiles.people l
  join tertulia_old_profiles.old_people u on u.id = l.old_id
  where l.old_id in (select i.id from jsonb_array_elements_text(ids) as i (id))
    and l.outcome = 'linked'
    and not exists (select from public.profiles p where p.id = l.account_id);
  return jsonb_build_object('linked', linked);
end
$$;

-- Names out of a list, whatever it is written as: JSON, an array, names with commas between them, an object of flags.
create or replace function tertulia_old_profiles.read_names(value jsonb)
returns text[]
language plpgsql
stable
set search_path = ''
as $$
declare
  written text := value #>> '{}';
begin
  if jsonb_typeof(value) = 'string' then
    if written ~ E'^\\s*[\\[{].*[\\]}]\\s*$' and tertulia_old_profiles.read_json(written) is not null then
      return tertulia_old_profiles.read_names(tertulia_old_profiles.read_json(written));
    end if;
    written := regexp_replace(written, E'^\\s*\\{(.*)\\}\\s*$', E'\\1');
    return array(select btrim(n.name, E' \t"') from regexp_split_to_table(written, E'[,;|\\n]') with ordinality as n (name, place) order by n.place);
  elsif jsonb_typeof(value) = 'array' then
    return array(
      select case jsonb_typeof(n.item)
        when 'object' then coalesce(n.item ->> 'name', n.item ->> 'label', n.item ->> 'title', n.item ->> 'nombre', n.item ->> 'method', n.item ->> 'type')
        else n.item #>> '{}'
      end
      from jsonb_array_elements(value) with ordinality as n (item, place)
      order by n.place);
  elsif jsonb_typeof(value) = 'object' then
    return array(select n.key from jsonb_each(value) as n where n.value not in ('false', 'null', '0', '""') order by n.key);
  end if;
  return '{}';
end
$$;

-- The currency that a text names, by its code, its name or its sign; null for none, and for $ alone, which is of many countries.
create or replace function tertulia_old_profiles.read_currency(written text)
returns text
language sql
stable
set search_path = ''
as $$
  select coalesce(
    (select c.code[1] from regexp_matches(upper(written), '(?<![A-Z])([A-Z]{3})(?![A-Z])', 'g') as c (code) where private.is_currency(c.code[1]) limit 1),
    case
      when written ~* E'us ?\\$|u\\$ ?s|\\yd[oó]lar|\\ydollar' then 'USD'
      when written ~* E'(?<![a-z])r\\$|\\yreais\\y' then 'BRL'
      when written ~* E'€|\\yeuros?\\y' then 'EUR'
      when written ~* E'(?<![a-z])s/|\\ysoles\\y' then 'PEN'
      when written ~ '£' then 'GBP'
      when written ~ '₡' then 'CRC'
      when written ~ '₲' then 'PYG'
    end)
$$;

-- What a rate is for, as a text says it; null when it does not.
create or replace function tertulia_old_profiles.read_unit(written text)
returns text
language sql
immutable
set search_path = ''
as $$
  select u.unit
  from (values
    ('hour', 'horas?|hours?|hourly|hrs?|h'), ('day', 'd[ií]as?|diari[oa]s?|days?|daily'), ('week', 'semana(?:s|l|les)?|weeks?|weekly'),
    ('month', 'mes|meses|mensual(?:es)?|months?|monthly'), ('minute', 'minutos?|minutes?|min'),
    ('piece', 'piezas?|pieces?|v[ií]deos?|unidad(?:es)?'), ('project', 'proyectos?|projects?')
  ) as u (unit, words)
  where written ~* ('(?<![[:alpha:]])(?:' || u.words || ')(?![[:alpha:]])')
  limit 1
$$;

-- A rate in the currency's smallest coin; null when nobody can tell what it is.
create or replace function tertulia_old_profiles.read_rate(value jsonb, its_currency text, its_unit text)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  settings tertulia_old_profiles.settings;
  written text := value #>> '{}';
  number text;
  currency text;
  unit text;
  amount numeric;
begin
  if jsonb_typeof(value) = 'string' and tertulia_old_profiles.read_json(written) is not null and jsonb_typeof(tertulia_old_profiles.read_json(written)) = 'object' then
    value := tertulia_old_profiles.read_json(written);
  end if;
  if jsonb_typeof(value) = 'object' then
    return tertulia_old_profiles.read_rate(
      coalesce(value -> 'amount', value -> 'price', value -> 'precio', value -> 'monto', value -> 'value'),
      coalesce(value ->> 'currency', value ->> 'moneda', its_currency), coalesce(value ->> 'unit', value ->> 'unidad', its_unit));
  end if;
  select * into settings from tertulia_old_profiles.settings s;
  written := translate(written, E'\u00a0\u202f', '  ');
  -- A sign of another currency is none of the project's.
  currency := case
    when coalesce(btrim(its_currency), '') !~* E'^(?:\\$|pesos?)?$' then tertulia_old_profiles.read_currency(its_currency)
    else coalesce(tertulia_old_profiles.read_currency(written), case when written !~ '[¢-¥₠-₿]' then settings.currency end)
  end;
  unit := coalesce(tertulia_old_profiles.read_unit(its_unit), tertulia_old_profiles.read_unit(written), settings.rate_unit);
  -- Without a digit before the mark, as in .5.
  written := regexp_replace(written, E'(^|[[:space:]$])([.,][0-9])', E'\\10\\2');
  number := substring(written from E'^[^0-9-]*(-?[0-9][0-9.,'' ]*)[^0-9]*$');
  number := regexp_replace(number, E'[^0-9.,-]', '', 'g');
  -- 1.500,50 and 1,500.50; of one kind of mark alone, three digits after each are thousands.
  number := case
    when jsonb_typeof(value) = 'number' then written
    when number ~ E'[.].*,' and number !~ E',.*[.,]' then replace(replace(number, '.', ''), ',', '.')
    when number ~ E',.*[.]' and number !~ E'[.].*[.,]' then replace(number, ',', '')
    when number ~ E'^-?[0-9]{1,3}([.][0-9]{3})+$' then replace(number, '.', '')
    when number ~ E'^-?[0-9]{1,3}(,[0-9]{3})+$' then replace(number, ',', '')
    else replace(rtrim(number, '.,'), ',', '.')
  end;
  amount := round(number::numeric * case
    when written ~* E'[0-9] ?(?:k|mil)(?![[:alpha:]])' then 1000
    when written ~* E'[0-9] ?(?:mill[oó]n|millones)(?![[:alpha:]])' then 1000000
    else 1
  end * case
    when currency in ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') then 1
    when currency in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 1000
    when currency = 'CLF' then 10000
    else 100
  end);
  return case when amount between 0 and 1000000000000 and private.is_currency(currency) then
    jsonb_build_object('amount', amount, 'currency', currency, 'unit', unit) end;
exception
  when invalid_text_representation or numeric_value_out_of_range then
    return null;
end
$$;

-- The code of a country out of the code, in two or three letters, or the name in Spanish, English or Portuguese; of those where the
-- older sites have their people.
create or replace function tertulia_old_profiles.read_country(written text)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  wanted text := tertulia_old_profiles.plain(btrim(written));
begin
  if private.is_country(upper(btrim(written))) then
    return upper(btrim(written));
  end if;
  return (
    select split_part(l.line, ' ', 1)
    from string_to_array('AR arg argentina|BO bol bolivia|BR bra brasil brazil|CL chl chile|CO col colombia|CR cri costarica|CU cub cuba|'
      'DO dom republicadominicana dominicanrepublic|EC ecu ecuador|SV slv elsalvador|GT gtm guatemala|HN hnd honduras|'
      'MX mex mexico mejico|NI nic nicaragua|PA pan panama|PY pry paraguay|PE per peru|PR pri puertorico|UY ury uruguay|'
      'VE ven venezuela|ES esp espana spain espanha|PT prt portugal|US usa eeuu estadosunidos unitedstates unitedstatesofamerica|'
      'CA can canada|GB gbr reinounido unitedkingdom|FR fra francia france|DE deu alemania germany|IT ita italia italy|'
      'GQ gnq guineaecuatorial', '|') as s (lines), unnest(s.lines) as l (line)
    where wanted = any ((string_to_array(l.line, ' '))[2:])
    limit 1
  );
end
$$;

-- A text as it is kept: without control characters, which nobody sees.
create or replace function tertulia_old_profiles.read_lines(written text)
returns text
language sql
immutable
set search_path = ''
as $$
  select regexp_replace(written, E'[\\u0001-\\u0008\\u000e-\\u001f\\u007f-\\u0084\\u0086-\\u009f]', '', 'g')
$$;

-- A text that may be empty, as long as a field takes; null for none.
create or replace function tertulia_old_profiles.read_text(written text, longest integer)
returns text
language sql
stable
set search_path = ''
as $$
  select t.kept
  from (select private.kept_text('lines', private.cut_text(tertulia_old_profiles.read_lines(written), longest)) as kept) as t
  where private.text_fault('lines', t.kept, longest) is null
$$;

-- Enters the names of some profiles in a catalogue, and answers the catalogue's id of each key; types are professions among the tags.
create or replace function tertulia_old_profiles.enter_names(entries jsonb)
returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into public.software (name)
  select distinct on (e.key collate "C") e.name
  from jsonb_to_recordset(entries) as e (list text, key text, name text)
  where e.list = 'software' and not exists (select from public.software c where c.key = e.key collate "C")
  order by e.key collate "C"
  on conflict (key) do nothing;
  perform
  from public.software c
  where c.key in (select e.key collate "C" from jsonb_to_recordset(entries) as e (list text, key text) where e.list = 'software')
  order by c.key
  for no key update;

  insert into public.tags (name, kind)
  select distinct on (e.key collate "C") e.name, case when e.list = 'tags' then 'other' else 'profession' end
  from jsonb_to_recordset(entries) as e (list text, key text, name text)
  where e.list <> 'software' and not exists (select from public.tags c where c.key = e.key collate "C")
  order by e.key collate "C", e.list
  on conflict (key) do nothing;
  perform
  from public.tags c
  where c.key in (select e.key collate "C" from jsonb_to_recordset(entries) as e (list text, key text) where e.list <> 'software')
  order by c.key
  for no key update;
  -- As when a profile is saved: what only private songs had is written as it is first said in public, and the first kind stays.
  update public.tags t
  set
    name = case when t.is_known then t.name else e.name end, created_at = case when t.is_known then t.created_at else clock_timestamp() end,
    is_known = true, kind = case when t.kind = 'other' and e.is_type then 'profession' else t.kind end
  from (
    select x.key, min(x.name) as name, bool_or(x.list = 'professional_types') as is_type
    from jsonb_to_recordset(entries) as x (list text, key text, name text)
    where x.list <> 'software'
    group by x.key
  ) as e
  where t.key = e.key collate "C" and (not t.is_known or (t.kind = 'other' and e.is_type));
end
$$;

-- Writes what the profiles do not say yet; what their users have written since stays. Takes [{owner, fields}], and writes each table
-- once for all of them: the directory and the counts of the catalogues follow each statement, not each profile.
create or replace function tertulia_old_profiles.save_profiles(wanted jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  entries jsonb;
begin
  select coalesce(jsonb_agg(jsonb_build_object('owner', w.owner, 'list', l.list, 'key', n.entry ->> 'key', 'name', n.entry ->> 'name', 'place', n.place)), '[]')
  into entries
  from jsonb_to_recordset(wanted) as w (owner uuid, fields jsonb)
  cross join (values ('software'), ('professional_types'), ('tags')) as l (list)
  cross join lateral jsonb_array_elements(w.fields -> l.list) with ordinality as n (entry, place)
  where case l.list
    when 'software' then not exists (select from public.profile_software x where x.profile_id = w.owner)
    when 'tags' then not exists (select from public.profile_tags x where x.profile_id = w.owner)
    else not exists (select from public.profile_types x where x.profile_id = w.owner)
  end;
  perform tertulia_old_profiles.enter_names(entries);
  insert into public.profile_software (profile_id, software_id, position)
  select e.owner, c.id, e.place
  from jsonb_to_recordset(entries) as e (owner uuid, list text, key text, place integer)
  join public.software c on c.key = e.key collate "C"
  where e.list = 'software';
  insert into public.profile_types (profile_id, tag_id, position)
  select e.owner, c.id, e.place
  from jsonb_to_recordset(entries) as e (owner uuid, list text, key text, place integer)
  join public.tags c on c.key = e.key collate "C"
  where e.list = 'professional_types';
  insert into public.profile_tags (profile_id, tag_id, position)
  select e.owner, c.id, e.place
  from jsonb_to_recordset(entries) as e (owner uuid, list text, key text, place integer)
  join public.tags c on c.key = e.key collate "C"
  where e.list = 'tags';
  insert into public.profile_rates (profile_id, tier, amount, currency, unit)
  select w.owner, r.key, (r.value -> 'amount')::bigint, r.value ->> 'currency', r.value ->> 'unit'
  from jsonb_to_recordset(wanted) as w (owner uuid, fields jsonb), jsonb_each(w.fields -> 'rates') as r
  where not exists (select from public.profile_rates x where x.profile_id = w.owner);
  insert into public.profile_payment_methods (profile_id, payment_method)
  select w.owner, m.code
  from jsonb_to_recordset(wanted) as w (owner uuid, fields jsonb), jsonb_array_elements_text(w.fields -> 'payment_methods') as m (code)
  where not exists (select from public.profile_payment_methods x where x.profile_id = w.owner);
  update public.profiles p
  set
    bio = case when p.bio = '' then coalesce(w.fields ->> 'bio', '') else p.bio end,
    country = coalesce(p.country, w.fields ->> 'country'),
    experience = case when p.experience = '' then coalesce(w.fields ->> 'experience', '') else p.experience end,
    experience_years = coalesce(p.experience_years, (w.fields ->> 'experience_years')::integer),
    metadata = case when w.kept = '{}' or p.metadata ? 'old' or not private.is_bounded_object(p.metadata || jsonb_build_object('old', w.kept), 8192)
      then p.metadata else p.metadata || jsonb_build_object('old', w.kept) end,
    updated_at = clock_timestamp()
  from (
    select x.owner, x.fields, x.fields -> 'metadata' -> 'old' as kept
    from jsonb_to_recordset(wanted) as x (owner uuid, fields jsonb)
  ) as w
  where p.id = w.owner;
end
$$;

-- Names that a person of the older site has in a table beside the profile.
create or replace function tertulia_old_profiles.names_beside(person text, kind text)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(jsonb_agg(n.name order by n.name), '[]')
  from tertulia_old_profiles.old_names n
  where n.user_id = person and n.kind = names_beside.kind
$$;

-- The codes of ways to pay by their names in English or Spanish, without blanks and marks.
create table if not exists tertulia_old_profiles.payment_names (key text primary key, code text not null);
truncate tertulia_old_profiles.payment_names;
insert into tertulia_old_profiles.payment_names (key, code)
select distinct on (n.key) n.key, n.code
from (
  select replace(m.code, '_', '') as key, m.code, 1 as place from public.payment_methods m
  union all
  select regexp_replace(private.catalogue_key(m.name), '[^a-z0-9]+', '', 'g'), m.code, 2 from public.payment_methods m
  union all
  select x.key, m.code, 0
  from (values
    ('bank_transfer', 'transferencia transferenciabancaria transfer wiretransfer wire bank banco deposito'),
    ('card', 'tarjeta tarjetadecredito tarjetadedebito creditcard debitcard visa mastercard'), ('cash', 'efectivo'),
    ('crypto', 'cripto criptomonedas bitcoin btc usdt cryptocurrency'), ('invoice', 'factura'), ('cheque', 'check'), ('wise', 'transferwise')
  ) as a (code, names)
  join public.payment_methods m on m.code = a.code
  cross join lateral string_to_table(a.names, ' ') as x (key)
) as n
order by n.key, n.place, n.code;

-- The codes of ways to pay, each once; a name that the catalogue does not have is left out.
create or replace function tertulia_old_profiles.read_payment_methods(names jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  if names = '[]' then
    return names;
  end if;
  return (
    select coalesce(jsonb_agg(distinct p.code), '[]')
    from (
      select distinct regexp_replace(private.catalogue_key(n.name), '[^a-z0-9]+', '', 'g') as key from jsonb_array_elements_text(names) as n (name)
    ) as w
    join tertulia_old_profiles.payment_names p on p.key = w.key
  );
end
$$;

-- The first so many of a list that a catalogue takes, each once, with their keys.
create or replace function tertulia_old_profiles.keep_names(names jsonb, most integer)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  if names = '[]' then
    return names;
  end if;
  return (
    select coalesce(jsonb_agg(jsonb_build_object('name', k.name, 'key', k.key) order by k.place), '[]')
    from (
      select f.name, f.key, f.place
      from (
        select distinct on (c.key) c.name, c.key, c.place
        from (
          select w.name, private.catalogue_key(w.name) as key, w.place
          from (
            select private.name_from(regexp_replace(n.name, E'\\s+', ' ', 'g'), 80) as name, n.place
            from jsonb_array_elements_text(names) with ordinality as n (name, place)
            offset 0
          ) as w
          where w.name is not null and w.name = btrim(w.name) and private.text_fault('name', w.name, 80) is null
          offset 0
        ) as c
        where char_length(c.key) between 1 and 400
        order by c.key, c.place
      ) as f
      order by f.place
      limit most
    ) as k
  );
end
$$;

-- A profile of the older site as save_profiles takes it; metadata.old keeps what has no place or cannot be read.
create or replace function tertulia_old_profiles.read_profile(old tertulia_old_profiles.old_profiles)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  years text := coalesce(old.experience_years #>> '{}', old.experience ->> 'years', old.experience ->> 'anos', old.experience ->> 'años',
    substring(old.experience #>> '{}' from E'^\\s*([0-9]{1,2})(?:[.,][0-9]+)?\\s*(?:$|a[nñ]os|years)'));
  details text := coalesce(old.experience_details, old.experience ->> 'details', old.experience ->> 'detalles',
    case when jsonb_typeof(old.experience) = 'string' and old.experience #>> '{}' !~ E'^\\s*[0-9]+\\s*$' then old.experience #>> '{}' end);
  lists jsonb := jsonb_build_object(
    'software', coalesce(to_jsonb(tertulia_old_profiles.read_names(old.software)), '[]')
      || tertulia_old_profiles.names_beside(old.user_id, 'software'),
    'tags', coalesce(to_jsonb(tertulia_old_profiles.read_names(old.tags)), '[]')
      || tertulia_old_profiles.names_beside(old.user_id, 'tags'),
    'professional_types', coalesce(to_jsonb(tertulia_old_profiles.read_names(old.types)), '[]'));
  methods jsonb := coalesce(to_jsonb(tertulia_old_profiles.read_names(old.payment_methods)), '[]')
    || tertulia_old_profiles.names_beside(old.user_id, 'payment_methods');
  fields jsonb;
  rates jsonb;
  kept jsonb;
begin
  if old.rates is not null and jsonb_typeof(old.rates) = 'string' then
    old.rates := coalesce(tertulia_old_profiles.read_json(old.rates #>> '{}'), old.rates);
  end if;
  old.basic := coalesce(old.basic, old.rates -> 'basic', old.rates -> 'basico', old.rates -> 'básico', old.rates -> 'basica', old.rates -> 'básica');
  old.standard := coalesce(old.standard, old.rates -> 'standard', old.rates -> 'estandar', old.rates -> 'estándar');
  old.premium := coalesce(old.premium, old.rates -> 'premium');
  select coalesce(jsonb_object_agg(r.tier, r.rate) filter (where r.rate is not null), '{}'),
    coalesce(jsonb_object_agg('rates.' || r.tier, r.written) filter (where r.rate is null and r.written <> 'null' and r.written <> '""'), '{}')
  into rates, kept
  from (
    select t.tier, t.written, tertulia_old_profiles.read_rate(t.written, old.currency, old.rate_unit) as rate
    from (values ('basic', old.basic), ('standard', old.standard), ('premium', old.premium)) as t (tier, written)
  ) as r;
  fields := jsonb_strip_nulls(jsonb_build_object(
    'bio', tertulia_old_profiles.read_text(old.bio, 2000),
    'experience', tertulia_old_profiles.read_text(details, 2000),
    'experience_years', case when years ~ E'^\\s*[0-9]{1,2}([.,][0-9]*)?\\s*$' and substring(years from '[0-9]+')::integer <= 80 then
      substring(years from '[0-9]+')::integer end,
    'country', tertulia_old_profiles.read_country(old.country)))
  || jsonb_build_object(
    'rates', rates,
    'payment_methods', tertulia_old_profiles.read_payment_methods(methods),
    'software', tertulia_old_profiles.keep_names(lists -> 'software', 50),
    'tags', tertulia_old_profiles.keep_names(lists -> 'tags', 50),
    'professional_types', tertulia_old_profiles.keep_names(lists -> 'professional_types', 10));
  kept := kept || jsonb_strip_nulls(jsonb_build_object(
    'country', case when fields -> 'country' is null then nullif(btrim(old.country), '') end,
    'experience_years', case when fields -> 'experience_years' is null then nullif(btrim(years), '') end,
    -- Payment methods without a code are left out: they may hold numbers of accounts, and metadata are shown.
    'bio', case when char_length(old.bio) > 2000 then left(old.bio, 4000) end));
  return fields || jsonb_build_object('metadata', jsonb_build_object('old', kept));
end
$$;

-- Moves so many profiles after an id in one go, and notes what became of each; answers how many there were, and the last id.
create or replace function tertulia_old_profiles.move_some_profiles(after text, most integer, out seen integer, out moved integer, out reached text)
language plpgsql
set search_path = ''
as $$
declare
  found_people jsonb;
  living uuid[];
begin
  select coalesce(jsonb_agg(jsonb_build_object('old_id', l.old_id, 'owner', l.account_id, 'profiles', f.profiles, 'picture', u.picture, 'old', f.old)), '[]')
  into found_people
  from (
    -- Of several people with one account the later ones wait for the next batch: they fill what the first left empty.
    select n.old_id, n.account_id, max(n.turn) over (order by n.place) as turn
    from (
      select p.old_id, p.account_id, row_number() over (order by p.old_id collate "C") as place,
        row_number() over (partition by p.account_id order by p.old_id collate "C") as turn
      from (
        select w.old_id, w.account_id
        from tertulia_old_profiles.people w
        where w.outcome = 'linked' and w.old_id collate "C" > after
          and exists (select from tertulia_old_profiles.old_people u where u.id = w.old_id)
          and exists (select from tertulia_old_profiles.old_profiles s where s.user_id = w.old_id)
          and not exists (select from tertulia_old_profiles.profiles d where d.old_id = w.old_id and d.outcome in ('moved', 'skipped'))
        order by w.old_id collate "C"
        limit most
      ) as p
    ) as n
  ) as l
  join tertulia_old_profiles.old_people u on u.id = l.old_id
  cross join lateral (
    select s as old, count(*) over () as profiles
    from tertulia_old_profiles.old_profiles s
    where s.user_id = l.old_id
    order by length(s.id), s.id
    limit 1
  ) as f
  where l.turn = 1;
  seen := jsonb_array_length(found_people);
  select max(x.old_id collate "C") into reached from jsonb_to_recordset(found_people) as x (old_id text);
  select array_agg(h.id) into living
  from (
    select p.id
    from public.profiles p
    where p.user_id is not null and p.id in (select x.owner from jsonb_to_recordset(found_people) as x (owner uuid))
    order by p.id
    for no key update
  ) as h;
  perform tertulia_old_profiles.save_profiles((
    select jsonb_agg(jsonb_build_object('owner', r.owner, 'fields',
      case when r.picture <> '' then jsonb_set(r.fields, '{metadata,old,picture}', to_jsonb(r.picture)) else r.fields end))
    from (
      select x.owner, x.picture, tertulia_old_profiles.read_profile(x.old) as fields
      from jsonb_to_recordset(found_people) as x (owner uuid, picture text, old tertulia_old_profiles.old_profiles)
      where x.owner = any (living)
      offset 0
    ) as r
  ));
  insert into tertulia_old_profiles.profiles as d (old_id, outcome, reason)
  select x.old_id, case when x.owner = any (living) then 'moved' else 'skipped' end,
    case
      when x.owner = any (living) is not true then 'the account was deleted'
      when x.profiles > 1 then format('there were %s; the first was taken', x.profiles)
    end
  from jsonb_to_recordset(found_people) as x (old_id text, owner uuid, profiles integer)
  on conflict (old_id) do update set outcome = excluded.outcome, reason = excluded.reason;
  select count(*) into moved from jsonb_to_recordset(found_people) as x (owner uuid) where x.owner = any (living);
end
$$;

-- Profiles after an id that are not here yet, for about a second. When some cannot be written together, each of them is by itself.
create or replace function tertulia_old_profiles.move_profiles(after text)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  ends_at timestamptz := clock_timestamp() + interval '1 second';
  batch record;
  reached text := coalesce(after, '');
  alone_until text := '';
  most integer;
  moved integer := 0;
  skipped integer := 0;
  refused integer := 0;
  is_over boolean := false;
begin
  loop
    most := case when reached collate "C" < alone_until then 1 else 100 end;
    begin
      select * into batch from tertulia_old_profiles.move_some_profiles(reached, most);
    exception
      when lock_not_available or deadlock_detected or query_canceled then
        -- Nothing is wrong with the profile: the command goes on where it was.
        raise;
      when others then
        select most as seen, 0 as moved, max(n.old_id collate "C") as reached into batch
        from (
          select l.old_id
          from tertulia_old_profiles.people l
          where l.outcome = 'linked' and l.old_id collate "C" > reached
            and exists (select from tertulia_old_profiles.old_people u where u.id = l.old_id)
            and exists (select from tertulia_old_profiles.old_profiles s where s.user_id = l.old_id)
            and not exists (select from tertulia_old_profiles.profiles d where d.old_id = l.old_id and d.outcome in ('moved', 'skipped'))
          order by l.old_id collate "C"
          limit most
        ) as n;
        if most > 1 then
          alone_until := batch.reached;
          continue;
        end if;
        insert into tertulia_old_profiles.profiles as d (old_id, outcome, reason)
        values (batch.reached, 'refused', sqlerrm)
        on conflict (old_id) do update set outcome = excluded.outcome, reason = excluded.reason;
        refused := refused + 1;
        skipped := skipped - 1;
    end;
    moved := moved + batch.moved;
    skipped := skipped + batch.seen - batch.moved;
    reached := coalesce(batch.reached, reached);
    is_over := clock_timestamp() > ends_at;
    exit when batch.seen = 0 or is_over;
  end loop;
  return jsonb_build_object('moved', moved, 'skipped', skipped, 'refused', refused, 'next', case when batch.seen > 0 then reached end);
end
$$;

-- Who a person of the older site is here: the account, or the empty profile of somebody deleted; null while the account is waited for.
create or replace function tertulia_old_profiles.profile_of(person text)
returns uuid
language plpgsql
stable
set search_path = ''
as $$
declare
  known tertulia_old_profiles.people;
begin
  select * into known from tertulia_old_profiles.people l where l.old_id = person;
  return case
    when known.outcome = 'linked' then known.account_id
    when known.outcome in ('unconfirmed', 'refused') then null
    when known.old_id is null and exists (select from tertulia_old_profiles.old_people u where u.id = person) then null
    else tertulia_old_profiles.new_id('person', person)
  end;
end
$$;

-- Makes the conversation that an older one becomes, with who takes part; answers what it is now, and why.
create or replace function tertulia_old_profiles.open_conversation(wanted text, out id uuid, out outcome text, out reason text)
language plpgsql
set search_path = ''
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
  old tertulia_old_profiles.conversations;
  people jsonb;
  others uuid[];
  accounts integer;
  is_direct boolean;
  began timestamptz;
begin
  select * into old from tertulia_old_profiles.conversations c where c.old_id = wanted;
  -- Who wrote without taking part, or is not known any more, took part once.
  select jsonb_agg(jsonb_build_object('old_id', m.person, 'profile', m.profile, 'is_in', m.is_in) order by m.place nulls last, m.person)
  into people
  from (
    select p.person, p.place, true as is_in, tertulia_old_profiles.profile_of(p.person) as profile
    from tertulia_old_profiles.participants p
    where p.conversation = wanted
    union all
    select w.sender, null, false, case when w.sender is null then tertulia_old_profiles.new_id('person', 'of ' || wanted)
      else tertulia_old_profiles.profile_of(w.sender) end
    from (select distinct x.sender from tertulia_old_profiles.messages x where x.conversation = wanted) as w
    where not exists (select from tertulia_old_profiles.participants p where p.conversation = wanted and p.person = w.sender)
  ) as m;
  if exists (select from jsonb_array_elements(people) as p where p -> 'profile' = 'null') then
    outcome := 'waiting';
    reason := 'somebody in it has no account yet';
    return;
  end if;
  select count(distinct l.account_id) into accounts
  from jsonb_array_elements(people) as p
  join tertulia_old_profiles.people l on l.old_id = p ->> 'old_id' and l.outcome = 'linked'
  join public.profiles f on f.id = l.account_id and f.user_id is not null;
  select array_agg(distinct (p ->> 'profile')::uuid) into others from jsonb_array_elements(people) as p;
  if cardinality(others) = 1 and jsonb_array_length(people) = 1 then
    -- The other one was deleted, and everything of theirs with them.
    people := people || jsonb_build_object('old_id', null, 'profile', tertulia_old_profiles.new_id('person', 'of ' || wanted), 'is_in', false);
    others := others || tertulia_old_profiles.new_id('person', 'of ' || wanted);
  end if;
  outcome := 'skipped';
  reason := case
    when people is null then 'nobody takes part in it'
    when accounts = 0 then 'none of its people has an account'
    when cardinality(others) = 1 then 'all of its people are one account'
  end;
  if reason is null and cardinality(others) > private.at_most('group_people') then
    outcome := 'refused';
    reason := format('it has %s people; a group holds at most %s', cardinality(others), private.at_most('group_people'));
  end if;
  if reason is not null then
    return;
  end if;
  if exists (select from unnest(others) as o (id) where not exists (select from public.profiles f where f.id = o.id)) then
    insert into public.profiles (id)
    select o.id from unnest(others) as o (id) where not exists (select from public.profiles f where f.id = o.id) order by o.id
    on conflict do nothing;
  end if;
  is_direct := cardinality(others) = 2;
  select least(old.created_at, min(m.at), now()) into began from tertulia_old_profiles.messages m where m.conversation = wanted;
  id := case when is_direct then
    (select c.id from public.conversations c where c.direct_key = least(others[1], others[2]) || ':' || greatest(others[1], others[2]))
    else tertulia_old_profiles.new_id('conversation', wanted) end;
  if is_direct then
    insert into public.conversations as c (id, kind, direct_key, created_at, updated_at, metadata)
    values (
      -- Not the id of a group: when a third person joins later, the two keep what is theirs.
      coalesce(id, tertulia_old_profiles.new_id('direct', least(others[1], others[2]) || ':' || greatest(others[1], others[2]))),
      'direct', least(others[1], others[2]) || ':' || greatest(others[1], others[2]),
      began, began, '{}')
    on conflict (direct_key) do update set created_at = least(c.created_at, excluded.created_at)
    returning c.id into id;
  else
    insert into public.conversations (id, kind, subject, created_at, updated_at)
    values (id, 'group', private.name_from(old.subject, 200), began, began)
    on conflict do nothing;
  end if;
  if is_direct and private.name_from(old.subject, 200) is not null then
    -- The conversation of two people has no subject; several older ones may have become this one.
    update public.conversations c
    set metadata = jsonb_set(c.metadata, '{oldSubjects}', coalesce(c.metadata -> 'oldSubjects', '[]') || to_jsonb(private.name_from(old.subject, 200)))
    where c.id = open_conversation.id and not coalesce(c.metadata -> 'oldSubjects', '[]') ? private.name_from(old.subject, 200)
      and octet_length(c.metadata::text) < 7000;
  end if;
  insert into public.conversation_participants (conversation_id, user_id, role, joined_at, left_at)
  select open_conversation.id, m.profile, case when not is_direct and m.is_in and row_number() over (order by m.is_in desc, m.place) = 1 then 'owner' else 'member' end,
    began, case when not m.is_in then now() end
  from (
    select g.profile, g.place, g.is_in and exists (select from public.profiles f where f.id = g.profile and f.user_id is not null) as is_in
    from (
      select (p.person ->> 'profile')::uuid as profile, min(p.place) as place, bool_or((p.person -> 'is_in')::boolean or is_direct) as is_in
      from jsonb_array_elements(people) with ordinality as p (person, place)
      group by 1
    ) as g
  ) as m
  on conflict do nothing;
  outcome := 'moving';
end
$$;

-- Conversations after an id that are not here yet, for about a second.
create or replace function tertulia_old_profiles.move_conversations(after text)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  ends_at timestamptz := clock_timestamp() + interval '1 second';
  reached text := coalesce(after, '');
  wanted text;
  became record;
  seen integer;
  opened integer := 0;
  is_over boolean := false;
begin
  loop
    seen := 0;
    for wanted in
      select c.old_id
      from tertulia_old_profiles.conversations c
      where c.old_id collate "C" > reached and (c.outcome is null or c.outcome in ('waiting', 'refused'))
      order by c.old_id collate "C"
      limit 200
    loop
      seen := seen + 1;
      reached := wanted;
      begin
        select * into became from tertulia_old_profiles.open_conversation(wanted);
      exception
        when others then
          select null::uuid as id, 'refused' as outcome, sqlerrm as reason into became;
      end;
      update tertulia_old_profiles.conversations c
      set id = became.id, outcome = became.outcome, reason = became.reason
      where c.old_id = wanted;
      if became.outcome = 'skipped' then
        update tertulia_old_profiles.messages m
        set outcome = 'skipped', reason = 'of its conversation: ' || became.reason
        where m.conversation = wanted and m.outcome is null;
      end if;
      opened := opened + 1;
      is_over := clock_timestamp() > ends_at;
      exit when is_over;
    end loop;
    exit when seen < 200 or is_over;
  end loop;
  return jsonb_build_object('opened', opened, 'next', case when seen = 200 or is_over then reached end);
end
$$;

-- Moves so many messages of a conversation of ours, the oldest first, and answers how many; what cannot come says why.
create or replace function tertulia_old_profiles.move_batch(conversation_id uuid, most integer)
returns integer
language plpgsql
set search_path = ''
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
  head public.conversations;
  seen integer;
begin
  -- Whose account is deleted meanwhile waits here, or is gone, and then nothing of theirs comes.
  perform
  from public.profiles f
  where f.user_id is not null and f.id in (select p.user_id from public.conversation_participants p where p.conversation_id = move_batch.conversation_id)
  order by f.id
  for share;
  select * into head from public.conversations c where c.id = move_batch.conversation_id for no key update;
  with due as (
    select m.old_id, m.at, c.old_id as conversation, tertulia_old_profiles.read_lines(m.content) as content,
      case when m.sender is null or not exists (select from tertulia_old_profiles.people l where l.old_id = m.sender)
        and tertulia_old_profiles.profile_of(m.sender) is null
        then tertulia_old_profiles.new_id('person', 'of ' || c.old_id) else tertulia_old_profiles.profile_of(m.sender) end as sender
    from tertulia_old_profiles.conversations c
    join tertulia_old_profiles.messages m on m.conversation = c.old_id and m.outcome is null
    where c.id = move_batch.conversation_id and c.outcome = 'moving'
    order by m.at, length(m.old_id), m.old_id
    limit most
  ),
  read as (
    select d.*, row_number() over (order by d.at, length(d.old_id), d.old_id) as place,
      case
        when private.text_fault('lines', coalesce(d.content, ''), 2147483647) is not null then 'it is empty or shows nothing'
        when exists (select from tertulia_old_profiles.people l join public.profiles f on f.id = l.account_id
          where l.account_id = d.sender and f.user_id is null) then 'its sender has deleted the account'
      end as fault
    from due d
  ),
  -- A longer one comes in parts.
  pieces as (
    select r.*, n, row_number() over (order by r.place, n) as step,
      case when n = 1 and not exists (select from public.messages x where x.id = tertulia_old_profiles.new_id('message', r.old_id))
        then tertulia_old_profiles.new_id('message', r.old_id)
        else tertulia_old_profiles.new_id('message', r.old_id || ' part ' || n) end as id
    from read r
    cross join lateral generate_series(1, (char_length(r.content) + 7999) / 8000) as n
    where r.fault is null
  ),
  added as (
    insert into public.messages (id, conversation_id, sender_id, seq, revision, content, created_at)
    select p.id, head.id, p.sender, head.last_seq + p.step, head.last_revision + p.step, substr(p.content, 1 + 8000 * (p.n - 1), 8000), p.at
    from pieces p
  ),
  noted as (
    update tertulia_old_profiles.messages m
    set outcome = case when r.fault is null then 'moved' else 'skipped' end, reason = r.fault,
      id = (select p.id from pieces p where p.old_id = r.old_id and p.n = 1), parts = (select count(*) from pieces p where p.old_id = r.old_id)
    from read r
    where m.old_id = r.old_id
  ),
  moved as (
    update public.conversations c
    set
      last_seq = c.last_seq + t.steps, last_revision = c.last_revision + t.steps, last_message_at = greatest(c.last_message_at, t.at),
      updated_at = greatest(c.updated_at, t.at)
    from (select count(*) as steps, max(p.at) as at from pieces p) as t
    where c.id = head.id and t.steps > 0
  )
  select count(*) into seen from read;
  return seen;
end
$$;

-- Sets how far each has read, once all messages are here: to the end, or else to what they wrote last.
create or replace function tertulia_old_profiles.close_conversation(conversation_id uuid)
returns void
language plpgsql
set search_path = ''
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
begin
  update public.conversation_participants p
  set last_read_seq = greatest(p.last_read_seq, r.seq), receipt_seq = greatest(p.receipt_seq, r.seq)
  from (
    select o.profile, case when o.is_read then head.seq
      else coalesce((select max(m.seq) from public.messages m where m.conversation_id = close_conversation.conversation_id and m.sender_id = o.profile), 0) end as seq
    from (
      select l.account_id as profile, bool_and(x.is_read) as is_read
      from tertulia_old_profiles.conversations c
      join tertulia_old_profiles.participants x on x.conversation = c.old_id
      join tertulia_old_profiles.people l on l.old_id = x.person and l.outcome = 'linked'
      where c.id = close_conversation.conversation_id and c.outcome = 'moving'
      group by l.account_id
    ) as o
    cross join lateral (
      select coalesce(max(m.seq + t.parts - 1), 0) as seq
      from tertulia_old_profiles.conversations c
      join tertulia_old_profiles.messages t on t.conversation = c.old_id and t.outcome = 'moved'
      join public.messages m on m.id = t.id
      where c.id = close_conversation.conversation_id
    ) as head
  ) as r
  where p.conversation_id = close_conversation.conversation_id and p.user_id = r.profile;
  update tertulia_old_profiles.conversations c set outcome = 'moved' where c.id = close_conversation.conversation_id and c.outcome = 'moving';
end
$$;

-- Messages for about a second, conversation by conversation.
create or replace function tertulia_old_profiles.move_messages()
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  ends_at timestamptz := clock_timestamp() + interval '1 second';
  wanted uuid;
  most integer := 500;
  seen integer;
  done integer := 0;
begin
  loop
    select c.id into wanted from tertulia_old_profiles.conversations c where c.outcome = 'moving' order by c.id limit 1;
    exit when wanted is null;
    begin
      seen := tertulia_old_profiles.move_batch(wanted, most);
    exception
      when lock_not_available or deadlock_detected or query_canceled then
        -- Nothing is wrong with the message: the command goes on where it was.
        raise;
      when others then
        seen := 1;
        if most > 1 then
          -- One of them is the reason: one by one.
          most := 1;
        else
          update tertulia_old_profiles.messages m
          set outcome = 'refused', reason = sqlerrm
          where m.old_id = (
            select x.old_id
            from tertulia_old_profiles.conversations c
            join tertulia_old_profiles.messages x on x.conversation = c.old_id and x.outcome is null
            where c.id = wanted and c.outcome = 'moving'
            order by x.at, length(x.old_id), x.old_id
            limit 1
          );
        end if;
    end;
    if seen < most then
      perform tertulia_old_profiles.close_conversation(wanted);
      most := 500;
    end if;
    done := done + seen;
    exit when clock_timestamp() > ends_at;
  end loop;
  return jsonb_build_object('done', done, 'more', wanted is not null);
end
$$;

-- Views of so many people.
create or replace function tertulia_old_profiles.move_views()
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  moved bigint;
begin
  -- The figures are written by one at a time.
  perform pg_advisory_xact_lock(hashtextextended('tertulia.analytics.roll-up', 0));
  with due as (
    select v.person, v.at, v.country, v.count - v.moved as count, v.last_at, l.account_id
    from tertulia_old_profiles.views v
    join tertulia_old_profiles.people l on l.old_id = v.person and l.outcome = 'linked'
    join public.profiles f on f.id = l.account_id and f.user_id is not null
    where v.count > v.moved
    order by v.person, v.at
    limit 2000
  ),
  quarters as (
    insert into private.analytics_quarters as q (entity_id, kind, at, country, count, seconds, last_at)
    select d.account_id, 'profile_view', d.at, d.country, sum(d.count), 0, max(d.last_at) from due d group by 1, 2, 3, 4
    on conflict (entity_id, kind, at, country) do update set count = q.count + excluded.count, last_at = greatest(q.last_at, excluded.last_at)
  ),
  by_day as (
    insert into private.analytics_days as y (entity_id, kind, day, count, seconds, last_at)
    select d.account_id, 'profile_view', (d.at at time zone 'utc')::date, sum(d.count), 0, max(d.last_at) from due d group by 1, 2, 3
    on conflict (entity_id, kind, day) do update set count = y.count + excluded.count, last_at = greatest(y.last_at, excluded.last_at)
  ),
  noted as (
    update tertulia_old_profiles.views v
    set moved = v.count
    from due d
    where v.person = d.person and v.at = d.at and v.country = d.country
    returning d.count
  )
  select coalesce(sum(n.count), 0) into moved from noted n;
  return jsonb_build_object('moved', moved);
end
$$;

-- Compares so many moved messages after an id with what became of them, unless they were edited or deleted since.
create or replace function tertulia_old_profiles.check_messages(after text)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  answer jsonb;
begin
  with page as (
    select m.*, c.id as conversation_id
    from tertulia_old_profiles.messages m
    join tertulia_old_profiles.conversations c on c.old_id = m.conversation
    where m.outcome = 'moved' and m.old_id > coalesce(after, '')
    order by m.old_id
    limit 5000
  ),
  compared as (
    select page.old_id, x.id is not null and (x.edited_at is not null or x.deleted_at is not null or (
      x.conversation_id = page.conversation_id and x.created_at = page.at
      and (
        x.sender_id = coalesce(tertulia_old_profiles.profile_of(page.sender), tertulia_old_profiles.new_id('person', 'of ' || page.conversation))
        -- Moved before its sender had an account.
        or exists (select from public.profiles f where f.id = x.sender_id and f.user_id is null)
      )
      and x.content = left(tertulia_old_profiles.read_lines(page.content), 8000)
    )) as is_same
    from page
    left join public.messages x on x.id = page.id
  )
  select jsonb_build_object('compared', count(*), 'differing', coalesce(jsonb_agg(c.old_id) filter (where not c.is_same), '[]'),
    'next', case when count(*) = 5000 then max(c.old_id) end)
  into answer
  from compared c;
  return answer;
end
$$;

create or replace function tertulia_old_profiles.report()
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'people', jsonb_build_object('total', (select count(*) from tertulia_old_profiles.old_people), 'accounts', (select count(distinct p.account_id) from tertulia_old_profiles.people p))
      || coalesce((select jsonb_object_agg(o.outcome, o.n) from (select p.outcome, count(*) as n from tertulia_old_profiles.people p group by 1) o), '{}'),
    'profiles', jsonb_build_object('total', (select count(*) from tertulia_old_profiles.old_profiles))
      || coalesce((select jsonb_object_agg(o.outcome, o.n) from (select p.outcome, count(*) as n from tertulia_old_profiles.profiles p group by 1) o), '{}'),
    'conversations', jsonb_build_object('total', (select count(*) from tertulia_old_profiles.conversations),
        'conversations_of_ours', (select count(distinct c.id) from tertulia_old_profiles.conversations c))
      || coalesce((select jsonb_object_agg(o.outcome, o.n) from (select coalesce(c.outcome, 'waiting') as outcome, count(*) as n from tertulia_old_profiles.conversations c group by 1) o), '{}'),
    'messages', jsonb_build_object('total', (select count(*) from tertulia_old_profiles.source_messages),
        'in_parts', (select count(*) from tertulia_old_profiles.messages m where m.parts > 1))
      || coalesce((select jsonb_object_agg(o.outcome, o.n) from (select coalesce(m.outcome, 'waiting') as outcome, count(*) as n from tertulia_old_profiles.messages m group by 1) o), '{}'),
    'views', (select jsonb_object_agg(c.name, c.count) from tertulia_old_profiles.counts c where c.name like 'views%')
      || jsonb_build_object('moved', (select coalesce(sum(v.moved), 0) from tertulia_old_profiles.views v),
        'of_people_without_an_account', (select coalesce(sum(v.count - v.moved), 0) from tertulia_old_profiles.views v)),
    'left', (select jsonb_object_agg(c.name, c.count) from tertulia_old_profiles.counts c where c.name not like 'views%')
      || jsonb_build_object('fields_in_metadata', (
        select count(*) from tertulia_old_profiles.people l join public.profiles p on p.id = l.account_id, jsonb_object_keys(p.metadata -> 'old') where l.outcome = 'linked'
          and jsonb_typeof(p.metadata -> 'old') = 'object')),
    'skipped', coalesce((
      select jsonb_agg(to_jsonb(r)) from (
        select 'message' as what, m.reason, count(*) as count, min(m.old_id) as example from tertulia_old_profiles.messages m where m.outcome = 'skipped' group by 2
        union all
        select 'conversation', c.reason, count(*), min(c.old_id) from tertulia_old_profiles.conversations c where c.outcome = 'skipped' group by 2
        union all
        select 'profile', p.reason, count(*), min(p.old_id) from tertulia_old_profiles.profiles p where p.reason is not null and p.outcome <> 'refused' group by 2
        union all
        select 'person', p.reason, count(*), min(p.old_id) from tertulia_old_profiles.people p where p.outcome = 'without_email' group by 2
        order by 1, 2
      ) as r
    ), '[]'),
    'problems', coalesce((
      select jsonb_agg(to_jsonb(w)) from (
        select 'person' as what, p.old_id, p.outcome, p.reason from tertulia_old_profiles.people p where p.outcome in ('unconfirmed', 'refused')
        union all
        select 'profile', p.old_id, p.outcome, p.reason from tertulia_old_profiles.profiles p where p.outcome = 'refused'
        union all
        select 'conversation', c.old_id, coalesce(c.outcome, 'waiting'), c.reason from tertulia_old_profiles.conversations c
        where c.outcome is null or c.outcome in ('refused', 'waiting', 'moving')
        union all
        select 'message', m.old_id, m.outcome, m.reason from tertulia_old_profiles.messages m where m.outcome = 'refused'
        order by 1, 3, 2
        limit 100
      ) as w
    ), '[]'));
end
$$;

create or replace function tertulia_old_profiles.run(stage text, after text, input jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
begin
  if not pg_try_advisory_xact_lock(hashtextextended('tertulia.migrate_old', 0)) then
    return '{"busy": true}';
  end if;
  return case stage
    when 'people' then tertulia_old_profiles.next_people(after)
    when 'link' then tertulia_old_profiles.link_people(input -> 'ids', coalesce(input -> 'refused', '{}'))
    when 'profiles' then tertulia_old_profiles.move_profiles(after)
    when 'conversations' then tertulia_old_profiles.move_conversations(after)
    when 'messages' then tertulia_old_profiles.move_messages()
    when 'views' then tertulia_old_profiles.move_views()
    when 'check' then tertulia_old_profiles.check_messages(after)
    when 'report' then tertulia_old_profiles.report()
  end;
end
$$;

create or replace function public.migrate_old_profiles(stage text, after text default null, input jsonb default '{}')
returns jsonb
language sql
set search_path = ''
as $$
  select tertulia_old_profiles.run(stage, after, input)
$$;
comment on function public.migrate_old_profiles is 'For npx tertulia migrate-old: one batch of one stage.';

revoke all on schema tertulia_old_profiles from public, anon, authenticated;
revoke all on all tables in schema tertulia_old_profiles from public, anon, authenticated, service_role;
revoke execute on all functions in schema tertulia_old_profiles from public, anon, authenticated, service_role;
revoke execute on function public.migrate_old_profiles(text, text, jsonb) from public, anon, authenticated, service_role;
grant usage on schema tertulia_old_profiles to service_role;
grant execute on function tertulia_old_profiles.run(text, text, jsonb), public.migrate_old_profiles(text, text, jsonb) to service_role;

-- The API sees the function at once.
notify pgrst, 'reload schema';

commit;
