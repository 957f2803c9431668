-- Profiles: what belongs to a profile in tables of its own, and the one function that saves it all.
--
-- Lock order: profile, software, tags; the rows of a catalogue by key.
-- Roll back: drop view public.profile_details cascade; drop table public.profile_links, public.profile_languages,
-- public.profile_payment_methods, public.profile_rates, public.profile_types, public.profile_tags, public.profile_software
-- cascade; drop the functions below.

-- Places in a short list are small numbers.
-- squawk-ignore-file prefer-bigint-over-int

begin;
set local lock_timeout = '10s';

create function private.is_currency(code text)
returns boolean
language sql
immutable
parallel safe
set search_path = ''
as $$
  select code = any (string_to_array(
    'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLF CLP '
    'CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS '
    'INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU '
    'MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK '
    'SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF '
    'XCD XCG XOF XPF YER ZAR ZMW ZWG', ' '))
$$;
comment on function private.is_currency is 'Whether a code is a currency in use of ISO 4217.';

create table public.profile_software (
  profile_id uuid not null references public.profiles (id) on delete cascade,
  software_id uuid not null references public.software (id),
  position integer not null,
  primary key (profile_id, software_id)
);
comment on table public.profile_software is 'What a person works with, in the person''s order.';

create table public.profile_tags (
  profile_id uuid not null references public.profiles (id) on delete cascade,
  tag_id uuid not null references public.tags (id),
  position integer not null,
  primary key (profile_id, tag_id)
);
comment on table public.profile_tags is 'A person''s technologies, specialties and other tags, in the person''s order.';

create table public.profile_types (
  profile_id uuid not null references public.profiles (id) on delete cascade,
  tag_id uuid not null references public.tags (id),
  position integer not null,
  primary key (profile_id, tag_id)
);
comment on table public.profile_types is 'A person''s professional types, entries of the tags, the main one first.';

create table public.profile_rates (
  profile_id uuid not null references public.profiles (id) on delete cascade,
  tier text not null,
  amount bigint not null,
  currency text not null,
  unit text not null,
  primary key (profile_id, tier),
  constraint profile_rates_tier_check check (tier in ('basic', 'standard', 'premium')),
  constraint profile_rates_amount_check check (amount between 0 and 1000000000000),
  constraint profile_rates_currency_check check (private.is_currency(currency)),
  constraint profile_rates_unit_check check (unit in ('minute', 'hour', 'day', 'week', 'month', 'project', 'piece'))
);
comment on table public.profile_rates is 'What a person asks for, at most one rate a tier.';
comment on column public.profile_rates.amount is 'In the currency''s minor unit: 2550 with USD is 25.50, with JPY 2,550.';
comment on column public.profile_rates.currency is 'ISO 4217.';
comment on column public.profile_rates.unit is 'What the amount is for.';

create table public.profile_payment_methods (
  profile_id uuid not null references public.profiles (id) on delete cascade,
  payment_method text not null references public.payment_methods (code),
  primary key (profile_id, payment_method)
);
comment on table public.profile_payment_methods is
  'Ways to pay that a person accepts, as labels, never accounts; others see them where shows_payment_methods says so.';

create table public.profile_languages (
  profile_id uuid not null references public.profiles (id) on delete cascade,
  language text not null,
  position integer not null,
  primary key (profile_id, language),
  constraint profile_languages_language_check check (language ~ '^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$')
);
comment on table public.profile_languages is 'Languages that a person speaks, the best first.';
comment on column public.profile_languages.language is 'BCP 47, such as es or pt-BR.';

create table public.profile_links (
  profile_id uuid not null references public.profiles (id) on delete cascade,
  position integer not null,
  label text not null,
  url text not null,
  primary key (profile_id, position),
  constraint profile_links_label_check check (char_length(label) between 1 and 80),
  constraint profile_links_url_check check (url ~ '^https?://[^\s/@]+(?:[/?#]\S*)?$' and char_length(url) <= 2000)
);
comment on table public.profile_links is 'Pages of a person elsewhere, in the person''s order.';
comment on column public.profile_links.url is 'http or https, without a user name in it.';

create index profile_software_software_id_idx on public.profile_software (software_id);
create index profile_tags_tag_id_idx on public.profile_tags (tag_id);
create index profile_types_tag_id_idx on public.profile_types (tag_id);
create index profile_rates_tier_currency_amount_profile_id_idx on public.profile_rates (tier, currency, amount, profile_id);
create index profile_payment_methods_payment_method_idx on public.profile_payment_methods (payment_method);

create view public.profile_details
with (security_invoker = true)
as
select
  p.id, p.handle, p.display_name, p.bio, p.country, p.experience_years, p.experience, p.avatar_path, p.shows_payment_methods,
  p.metadata, p.created_at, p.updated_at,
  coalesce((
    select jsonb_agg(t.name order by x.position)
    from public.profile_types x
    join public.tags t on t.id = x.tag_id
    where x.profile_id = p.id
  ), '[]') as professional_types,
  coalesce((
    select jsonb_agg(s.name order by x.position)
    from public.profile_software x
    join public.software s on s.id = x.software_id
    where x.profile_id = p.id
  ), '[]') as software,
  coalesce((
    select jsonb_agg(jsonb_build_object('name', t.name, 'kind', t.kind) order by x.position)
    from public.profile_tags x
    join public.tags t on t.id = x.tag_id
    where x.profile_id = p.id
  ), '[]') as tags,
  coalesce((
    select jsonb_object_agg(r.tier, jsonb_build_object('amount', r.amount, 'currency', r.currency, 'unit', r.unit))
    from public.profile_rates r
    where r.profile_id = p.id
  ), '{}') as rates,
  coalesce((
    select jsonb_agg(m.payment_method order by m.payment_method)
    from public.profile_payment_methods m
    where m.profile_id = p.id and (p.shows_payment_methods or p.id = (select auth.uid()) or current_user = 'service_role')
  ), '[]') as payment_methods,
  coalesce((
    select jsonb_agg(l.language order by l.position)
    from public.profile_languages l
    where l.profile_id = p.id
  ), '[]') as languages,
  coalesce((
    select jsonb_agg(jsonb_build_object('label', l.label, 'url', l.url) order by l.position)
    from public.profile_links l
    where l.profile_id = p.id
  ), '[]') as links
from public.profiles p;
comment on view public.profile_details is
  'A whole profile as one row. Payment methods are in it where their owner shows them, for the owner, and for the service role.';

create function private.shows_payment_methods(profile_id uuid)
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (select from public.profiles p where p.id = shows_payment_methods.profile_id and p.shows_payment_methods)
$$;
comment on function private.shows_payment_methods is 'Whether a person lets others see which payments are accepted.';

create function private.count_catalogue_uses()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  execute format($q$
    update %s c
    set profile_count = c.profile_count %s u.uses
    from (select x.%I as id, count(*)::integer as uses from changed x group by 1) u
    where c.id = u.id $q$, tg_argv[0], case tg_op when 'INSERT' then '+' else '-' end, tg_argv[1]);
  return null;
end
$$;
comment on function private.count_catalogue_uses is
  'Trigger (catalogue, column): counts who names an entry. Writers lock the entries first, by key, so that two cannot wait for each other.';

create function private.refuse_profile_field(field text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.raise_error('invalid_input', format('unable to update the profile; %s is not valid', field),
    'Correct the named field.', jsonb_build_object('field', field));
end
$$;

create function private.read_profile_names(field text, value jsonb, max_items integer)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
declare
  item jsonb;
  name text;
  kind text;
  place integer := 0;
  read jsonb := '[]';
begin
  if jsonb_typeof(value) is distinct from 'array' or jsonb_array_length(value) > max_items then
    perform private.refuse_profile_field(field);
  end if;
  for item in select e from jsonb_array_elements(value) e loop
    kind := null;
    name := case when jsonb_typeof(item) = 'string' then item #>> '{}' end;
    if jsonb_typeof(item) = 'object' and field = 'tags' then
      name := case when jsonb_typeof(item -> 'name') = 'string' then item ->> 'name' end;
      kind := item ->> 'kind';
      if (item - '{name,kind}'::text[]) <> '{}' or kind !~ '^[a-z][a-z_]{0,29}$' then
        name := null;
      end if;
    end if;
    name := regexp_replace(btrim(name), '\s+', ' ', 'g');
    if name is null or not private.is_catalogue_name(name) then
      perform private.refuse_profile_field(field || '.' || place);
    end if;
    read := read || jsonb_build_object('name', name, 'key', private.catalogue_key(name), 'kind', kind);
    place := place + 1;
  end loop;
  return read;
end
$$;
comment on function private.read_profile_names is 'Names for a catalogue, checked: [{name, key, kind}].';

create function private.save_profile_software(owner uuid, entries jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  wanted uuid[];
begin
  insert into public.software (name)
  select distinct on (e ->> 'key' collate "C") e ->> 'name'
  from jsonb_array_elements(entries) e
  order by e ->> 'key' collate "C"
  on conflict (key) do nothing;

  select array_agg(s.id order by e.place) into wanted
  from (
    select e.value ->> 'key' as key, min(e.ordinality) as place
    from jsonb_array_elements(entries) with ordinality e
    group by 1
  ) e
  join public.software s on s.key = e.key collate "C";
  wanted := coalesce(wanted, '{}');

  -- Whatever comes or goes, by key: the counts change under these locks.
  perform
  from public.software s
  where s.id = any (wanted) <> exists (
      select from public.profile_software x where x.profile_id = owner and x.software_id = s.id
    )
    and (s.id = any (wanted) or s.id in (select x.software_id from public.profile_software x where x.profile_id = owner))
  order by s.key
  for no key update;

  delete from public.profile_software x where x.profile_id = owner and x.software_id <> all (wanted);
  insert into public.profile_software (profile_id, software_id, position)
  select owner, w.id, w.place
  from unnest(wanted) with ordinality w (id, place)
  on conflict (profile_id, software_id) do update set position = excluded.position
  where profile_software.position <> excluded.position;
end
$$;
comment on function private.save_profile_software is 'Replaces a profile''s software; what the catalogue lacks is entered.';

create function private.save_profile_tags(owner uuid, types jsonb, entries jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  named jsonb := coalesce(
    (select jsonb_agg(e || '{"kind": "profession"}') from jsonb_array_elements(types) e), '[]') || coalesce(entries, '[]');
  wanted_types uuid[];
  wanted_tags uuid[];
begin
  insert into public.tags (name, kind)
  select distinct on (e ->> 'key' collate "C") e ->> 'name', coalesce(e ->> 'kind', 'other')
  from jsonb_array_elements(named) e
  order by e ->> 'key' collate "C", e ->> 'kind' nulls last
  on conflict (key) do nothing;

  if types is not null then
    select coalesce(array_agg(t.id order by e.place), '{}') into wanted_types
    from (
      select e.value ->> 'key' as key, min(e.ordinality) as place
      from jsonb_array_elements(types) with ordinality e
      group by 1
    ) e
    join public.tags t on t.key = e.key collate "C";
  end if;
  if entries is not null then
    select coalesce(array_agg(t.id order by e.place), '{}') into wanted_tags
    from (
      select e.value ->> 'key' as key, min(e.ordinality) as place
      from jsonb_array_elements(entries) with ordinality e
      group by 1
    ) e
    join public.tags t on t.key = e.key collate "C";
  end if;

  -- Types and tags are entries of one catalogue: one walk in its order takes every lock.
  perform
  from public.tags t
  where t.id in (
    select id
    from (
      select unnest(wanted_types) as id, 'type' as use
      union all select unnest(wanted_tags), 'tag'
      union all select x.tag_id, 'type' from public.profile_types x where x.profile_id = owner and wanted_types is not null
      union all select x.tag_id, 'tag' from public.profile_tags x where x.profile_id = owner and wanted_tags is not null
    ) u
    group by u.id, u.use
    having count(*) = 1
    union all
    select t2.id
    from jsonb_array_elements(named) e
    join public.tags t2 on t2.key = (e ->> 'key') collate "C"
    where (t2.kind = 'other' and e ->> 'kind' <> 'other') or not t2.is_known
  )
  order by t.key
  for no key update;

  -- What only private songs had until now is written as it is first said in public.
  update public.tags t
  set name = e.name, is_known = true
  from (
    select distinct on (n ->> 'key' collate "C") n ->> 'key' as key, n ->> 'name' as name
    from jsonb_array_elements(named) n
    order by n ->> 'key' collate "C"
  ) e
  where t.key = e.key collate "C" and not t.is_known;

  -- The first to say what a tag is says it for all.
  update public.tags t
  set kind = e.kind
  from (select n ->> 'key' as key, min(n ->> 'kind') as kind from jsonb_array_elements(named) n group by 1) e
  where t.key = e.key collate "C" and t.kind = 'other' and e.kind <> 'other';

  if types is not null then
    delete from public.profile_types x where x.profile_id = owner and x.tag_id <> all (wanted_types);
    insert into public.profile_types (profile_id, tag_id, position)
    select owner, w.id, w.place
    from unnest(wanted_types) with ordinality w (id, place)
    on conflict (profile_id, tag_id) do update set position = excluded.position
    where profile_types.position <> excluded.position;
  end if;
  if entries is not null then
    delete from public.profile_tags x where x.profile_id = owner and x.tag_id <> all (wanted_tags);
    insert into public.profile_tags (profile_id, tag_id, position)
    select owner, w.id, w.place
    from unnest(wanted_tags) with ordinality w (id, place)
    on conflict (profile_id, tag_id) do update set position = excluded.position
    where profile_tags.position <> excluded.position;
  end if;
end
$$;
comment on function private.save_profile_tags is
  'Replaces a profile''s professional types, its tags, or both; null leaves one as it is. What the catalogue lacks is entered.';

create function private.save_profile_rates(owner uuid, rates jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  tier text;
  rate jsonb;
begin
  if jsonb_typeof(rates) <> 'object' then
    perform private.refuse_profile_field('rates');
  end if;
  for tier, rate in select key, value from jsonb_each(rates) loop
    if tier not in ('basic', 'standard', 'premium') or jsonb_typeof(rate) <> 'object'
      or rate - '{amount,currency,unit}'::text[] <> '{}'
    then
      perform private.refuse_profile_field('rates.' || tier);
    end if;
    if jsonb_typeof(rate -> 'amount') is distinct from 'number'
      or (rate -> 'amount')::numeric not between 0 and 1000000000000
      or (rate -> 'amount')::numeric % 1 <> 0
    then
      perform private.refuse_profile_field(format('rates.%s.amount', tier));
    end if;
    if jsonb_typeof(rate -> 'currency') is distinct from 'string' or not private.is_currency(rate ->> 'currency') then
      perform private.refuse_profile_field(format('rates.%s.currency', tier));
    end if;
    if jsonb_typeof(rate -> 'unit') is distinct from 'string'
      or rate ->> 'unit' not in ('minute', 'hour', 'day', 'week', 'month', 'project', 'piece')
    then
      perform private.refuse_profile_field(format('rates.%s.unit', tier));
    end if;
  end loop;
  delete from public.profile_rates r where r.profile_id = owner;
  insert into public.profile_rates (profile_id, tier, amount, currency, unit)
  select owner, r.key, (r.value -> 'amount')::numeric::bigint, r.value ->> 'currency', r.value ->> 'unit'
  from jsonb_each(rates) r;
end
$$;

create function private.save_profile_payment_methods(owner uuid, methods jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  strange bigint;
begin
  if jsonb_typeof(methods) <> 'array' or jsonb_array_length(methods) > 50 then
    perform private.refuse_profile_field('payment_methods');
  end if;
  select e.ordinality into strange
  from jsonb_array_elements(methods) with ordinality e
  where jsonb_typeof(e.value) <> 'string'
    or not exists (select from public.payment_methods m where m.code = e.value #>> '{}')
  order by 1
  limit 1;
  if strange is not null then
    perform private.refuse_profile_field('payment_methods.' || strange - 1);
  end if;
  delete from public.profile_payment_methods m where m.profile_id = owner;
  insert into public.profile_payment_methods (profile_id, payment_method)
  select distinct owner, code from jsonb_array_elements_text(methods) as code;
end
$$;

create function private.save_profile_languages(owner uuid, languages jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  strange bigint;
begin
  if jsonb_typeof(languages) <> 'array' or jsonb_array_length(languages) > 20 then
    perform private.refuse_profile_field('languages');
  end if;
  select e.ordinality into strange
  from jsonb_array_elements(languages) with ordinality e
  where jsonb_typeof(e.value) <> 'string' or e.value #>> '{}' !~ '^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$'
  order by 1
  limit 1;
  if strange is not null then
    perform private.refuse_profile_field('languages.' || strange - 1);
  end if;
  delete from public.profile_languages l where l.profile_id = owner;
  insert into public.profile_languages (profile_id, language, position)
  select owner, e.value, min(e.ordinality) from jsonb_array_elements_text(languages) with ordinality e group by e.value;
end
$$;

create function private.save_profile_links(owner uuid, links jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  link jsonb;
  place integer := 0;
begin
  if jsonb_typeof(links) <> 'array' or jsonb_array_length(links) > 20 then
    perform private.refuse_profile_field('links');
  end if;
  for link in select e from jsonb_array_elements(links) e loop
    if jsonb_typeof(link) <> 'object' or link - '{label,url}'::text[] <> '{}' then
      perform private.refuse_profile_field('links.' || place);
    end if;
    if jsonb_typeof(link -> 'label') is distinct from 'string' or char_length(btrim(link ->> 'label')) not between 1 and 80 then
      perform private.refuse_profile_field(format('links.%s.label', place));
    end if;
    if jsonb_typeof(link -> 'url') is distinct from 'string' or char_length(link ->> 'url') > 2000
      or link ->> 'url' !~ '^https?://[^\s/@]+(?:[/?#]\S*)?$'
    then
      perform private.refuse_profile_field(format('links.%s.url', place));
    end if;
    place := place + 1;
  end loop;
  delete from public.profile_links l where l.profile_id = owner;
  insert into public.profile_links (profile_id, position, label, url)
  select owner, e.ordinality, btrim(e.value ->> 'label'), e.value ->> 'url'
  from jsonb_array_elements(links) with ordinality e;
end
$$;

create function private.save_profile_parts(owner uuid, changes jsonb)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  if changes ? 'rates' then
    perform private.save_profile_rates(owner, changes -> 'rates');
  end if;
  if changes ? 'payment_methods' then
    perform private.save_profile_payment_methods(owner, changes -> 'payment_methods');
  end if;
  if changes ? 'languages' then
    perform private.save_profile_languages(owner, changes -> 'languages');
  end if;
  if changes ? 'links' then
    perform private.save_profile_links(owner, changes -> 'links');
  end if;
  if changes ? 'software' then
    perform private.save_profile_software(owner, private.read_profile_names('software', changes -> 'software', 50));
  end if;
  if changes ?| '{professional_types,tags}' then
    perform private.save_profile_tags(
      owner,
      case when changes ? 'professional_types' then
        private.read_profile_names('professional_types', changes -> 'professional_types', 10) end,
      case when changes ? 'tags' then private.read_profile_names('tags', changes -> 'tags', 50) end);
  end if;
  return changes ?| '{rates,payment_methods,languages,links,software,professional_types,tags}';
end
$$;
comment on function private.save_profile_parts is 'Replaces the named parts of a profile, each as a whole; answers whether there was one.';

create function private.empty_deleted_profile_parts()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.save_profile_parts(new.id,
    '{"rates": {}, "payment_methods": [], "languages": [], "links": [], "software": [], "professional_types": [], "tags": []}');
  return null;
end
$$;
comment on function private.empty_deleted_profile_parts is 'Trigger: nothing of a deleted person''s profile remains in its parts.';

create function private.update_profile(changes jsonb)
returns setof public.profile_details
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  strange text;
  broken text;
  has_parts boolean;
begin
  if jsonb_typeof(changes) is distinct from 'object' then
    perform private.raise_error('invalid_input', 'unable to update the profile; the changes are not an object', 'Send an object of fields.');
  end if;

  select key into strange
  from jsonb_each(changes)
  where key <> all (array[
      'handle', 'display_name', 'bio', 'country', 'experience_years', 'experience', 'shows_payment_methods', 'metadata', 'rates',
      'payment_methods', 'languages', 'links', 'software', 'professional_types', 'tags'
    ])
    or (key = 'metadata' and jsonb_typeof(value) <> 'object')
    or (key = 'country' and jsonb_typeof(value) not in ('string', 'null'))
    or (key = 'shows_payment_methods' and jsonb_typeof(value) <> 'boolean')
    or (key = 'experience_years' and value <> 'null'
      and (jsonb_typeof(value) <> 'number' or value::text !~ '^[0-9]{1,2}$'))
    or (key in ('handle', 'display_name', 'bio', 'experience') and jsonb_typeof(value) <> 'string')
  limit 1;
  if strange is not null then
    perform private.raise_error('invalid_input', format('unable to update the profile; %s cannot be set to that', strange),
      'Correct the named field.', jsonb_build_object('field', strange));
  end if;

  if private.is_reserved_handle(changes ->> 'handle') then
    perform private.raise_error('handle_taken', 'unable to update the profile; the handle is taken or reserved',
      'Choose another handle.', '{"field": "handle"}');
  end if;

  perform private.get_own_profile();
  -- Of two changes at once the second waits here and then changes what the first has left.
  perform from public.profiles p where p.id = caller and p.user_id is not null for no key update;
  if not found then
    -- Deleted while this waited for the row: a tombstone stays empty.
    perform private.raise_error('account_not_found', 'unable to update the profile; the account was deleted', 'Sign in again.');
  end if;

  has_parts := private.save_profile_parts(caller, changes);
  -- Last, and also when only parts changed: the directory follows this row.
  update public.profiles p
  set
    handle = coalesce(changes ->> 'handle', p.handle),
    display_name = coalesce(btrim(changes ->> 'display_name'), p.display_name),
    bio = coalesce(changes ->> 'bio', p.bio),
    country = case when changes ? 'country' then changes ->> 'country' else p.country end,
    experience_years = case when changes ? 'experience_years' then (changes ->> 'experience_years')::integer else p.experience_years end,
    experience = coalesce(changes ->> 'experience', p.experience),
    shows_payment_methods = coalesce((changes -> 'shows_payment_methods')::boolean, p.shows_payment_methods),
    metadata = coalesce(changes -> 'metadata', p.metadata),
    updated_at = case when has_parts then clock_timestamp() else p.updated_at end
  where p.id = caller;
  return query select * from public.profile_details d where d.id = caller;
exception
  when unique_violation then
    perform private.raise_error('handle_taken', 'unable to update the profile; the handle is taken or reserved',
      'Choose another handle.', '{"field": "handle"}');
  when check_violation then
    get stacked diagnostics broken = constraint_name;
    perform private.refuse_profile_field(substring(broken from '^profiles?_(.*)_check$'));
end
$$;

create function private.read_own_profile()
returns setof public.profile_details
language plpgsql
rows 1
security definer
set search_path = ''
as $$
begin
  perform private.get_own_profile();
  return query select * from public.profile_details d where d.id = auth.uid();
end
$$;

create function public.get_own_profile()
returns setof public.profile_details
language sql
rows 1
set search_path = ''
as $$
  select * from private.read_own_profile()
$$;
comment on function public.get_own_profile is 'The caller''s own profile as a whole; made on the spot for an account that has none yet.';

create function private.get_profile(user_id uuid)
returns setof public.profile_details
language plpgsql
stable
rows 1
security definer
set search_path = ''
as $$
begin
  perform private.require_user();
  return query select * from public.profile_details d where d.id = get_profile.user_id;
end
$$;

create function public.get_profile(user_id uuid)
returns setof public.profile_details
language plpgsql
stable
rows 1
set search_path = ''
as $$
begin
  -- PL/pgSQL keeps its plan.
  return query select * from private.get_profile(get_profile.user_id);
end
$$;
comment on function public.get_profile is 'The whole profile of a user, or no row. A deleted user''s profile is empty and has no handle.';

create function private.list_profiles(page_size integer, after_id uuid)
returns setof public.profile_details
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.require_user();
  return query
    select *
    from public.profile_details d
    where d.handle is not null and d.id > list_profiles.after_id
    order by d.id
    limit least(greatest(list_profiles.page_size, 0), 201);
end
$$;

create function public.list_profiles(page_size integer default 50, after_id uuid default '00000000-0000-0000-0000-000000000000')
returns setof public.profile_details
language sql
stable
set search_path = ''
as $$
  select * from private.list_profiles(page_size, after_id)
$$;
comment on function public.list_profiles is
  'Whole profiles in the order of their ids, without those of deleted users; a page of at most 201 after an id.';

create function public.update_profile(changes jsonb)
returns setof public.profile_details
language sql
rows 1
set search_path = ''
as $$
  select * from private.update_profile(changes)
$$;
comment on function public.update_profile is
  'Changes the named fields and parts of the caller''s own profile, all or none, each part as a whole, and answers the whole profile.';

create trigger profile_software_count_added
after insert on public.profile_software
referencing new table as changed
for each statement
execute function private.count_catalogue_uses('public.software', 'software_id');

create trigger profile_software_count_removed
after delete on public.profile_software
referencing old table as changed
for each statement
execute function private.count_catalogue_uses('public.software', 'software_id');

create trigger profile_tags_count_added
after insert on public.profile_tags
referencing new table as changed
for each statement
execute function private.count_catalogue_uses('public.tags', 'tag_id');

create trigger profile_tags_count_removed
after delete on public.profile_tags
referencing old table as changed
for each statement
execute function private.count_catalogue_uses('public.tags', 'tag_id');

create trigger profile_types_count_added
after insert on public.profile_types
referencing new table as changed
for each statement
execute function private.count_catalogue_uses('public.tags', 'tag_id');

create trigger profile_types_count_removed
after delete on public.profile_types
referencing old table as changed
for each statement
execute function private.count_catalogue_uses('public.tags', 'tag_id');

create trigger profiles_empty_deleted_parts
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.empty_deleted_profile_parts();

alter table public.profile_software enable row level security;
alter table public.profile_tags enable row level security;
alter table public.profile_types enable row level security;
alter table public.profile_rates enable row level security;
alter table public.profile_payment_methods enable row level security;
alter table public.profile_languages enable row level security;
alter table public.profile_links enable row level security;

create policy "Signed-in people see what everybody works with"
on public.profile_software
for select
to authenticated
using (true);

create policy "Signed-in people see everybody's tags"
on public.profile_tags
for select
to authenticated
using (true);

create policy "Signed-in people see everybody's professional types"
on public.profile_types
for select
to authenticated
using (true);

create policy "Signed-in people see everybody's rates"
on public.profile_rates
for select
to authenticated
using (true);

create policy "People see their own payment methods and those that are shown"
on public.profile_payment_methods
for select
to authenticated
using (profile_id = (select auth.uid()) or private.shows_payment_methods(profile_id));

create policy "Signed-in people see everybody's languages"
on public.profile_languages
for select
to authenticated
using (true);

create policy "Signed-in people see everybody's links"
on public.profile_links
for select
to authenticated
using (true);

revoke all on
  public.profile_software, public.profile_tags, public.profile_types, public.profile_rates, public.profile_payment_methods,
  public.profile_languages, public.profile_links, public.profile_details
from public, anon, authenticated, service_role;
grant select on
  public.profile_software, public.profile_tags, public.profile_types, public.profile_rates, public.profile_payment_methods,
  public.profile_languages, public.profile_links, public.profile_details
to service_role;

revoke execute on function
  private.is_currency(text),
  private.shows_payment_methods(uuid),
  private.count_catalogue_uses(),
  private.refuse_profile_field(text),
  private.read_profile_names(text, jsonb, integer),
  private.save_profile_software(uuid, jsonb),
  private.save_profile_tags(uuid, jsonb, jsonb),
  private.save_profile_rates(uuid, jsonb),
  private.save_profile_payment_methods(uuid, jsonb),
  private.save_profile_languages(uuid, jsonb),
  private.save_profile_links(uuid, jsonb),
  private.save_profile_parts(uuid, jsonb),
  private.empty_deleted_profile_parts(),
  private.read_own_profile(),
  private.get_profile(uuid),
  private.list_profiles(integer, uuid),
  private.update_profile(jsonb),
  public.get_own_profile(),
  public.get_profile(uuid),
  public.list_profiles(integer, uuid),
  public.update_profile(jsonb)
from public, anon, authenticated, service_role;
grant execute on function
  private.shows_payment_methods(uuid),
  private.read_own_profile(),
  private.get_profile(uuid),
  private.list_profiles(integer, uuid),
  private.update_profile(jsonb),
  public.get_own_profile(),
  public.get_profile(uuid),
  public.list_profiles(integer, uuid),
  public.update_profile(jsonb)
to authenticated;

commit;
