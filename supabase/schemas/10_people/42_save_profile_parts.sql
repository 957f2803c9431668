-- Saves the other parts of a profile, and all parts at once.

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
    if jsonb_typeof(link -> 'label') is distinct from 'string' then
      perform private.refuse_profile_field(format('links.%s.label', place));
    end if;
    perform private.check_text('name', link ->> 'label', 80, 'update the profile', format('links.%s.label', place));
    if jsonb_typeof(link -> 'url') is distinct from 'string' or not private.is_web_address(link ->> 'url') then
      perform private.refuse_profile_field(format('links.%s.url', place));
    end if;
    place := place + 1;
  end loop;
  delete from public.profile_links l where l.profile_id = owner;
  insert into public.profile_links (profile_id, position, label, url)
  select owner, e.ordinality, private.kept_text('name', e.value ->> 'label'), e.value ->> 'url'
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
    perform private.save_profile_software(owner, private.read_profile_names('software', changes -> 'software', 50), changes ? 'is_listed');
  elsif changes ? 'is_listed' then
    perform from public.software s
    where s.id in (select x.software_id from public.profile_software x where x.profile_id = owner)
    order by s.key
    for no key update;
  end if;
  -- Listing counts all entries: they are held in the one walk of each catalogue.
  if changes ?| '{professional_types,tags,is_listed}' then
    perform private.save_profile_tags(
      owner,
      case when changes ? 'professional_types' then
        private.read_profile_names('professional_types', changes -> 'professional_types', 10) end,
      case when changes ? 'tags' then private.read_profile_names('tags', changes -> 'tags', 50) end,
      changes ? 'is_listed');
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
comment on function private.empty_deleted_profile_parts is 'Trigger: empties the parts of a profile whose account is deleted.';

create trigger profiles_empty_deleted_parts
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.empty_deleted_profile_parts();

revoke execute on function
  private.save_profile_rates(uuid, jsonb),
  private.save_profile_payment_methods(uuid, jsonb),
  private.save_profile_languages(uuid, jsonb),
  private.save_profile_links(uuid, jsonb),
  private.save_profile_parts(uuid, jsonb),
  private.empty_deleted_profile_parts()
from public, anon, authenticated, service_role;
