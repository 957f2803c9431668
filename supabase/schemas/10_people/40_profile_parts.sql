-- What belongs to a profile in tables of its own, and the whole profile as one row.

create table public.profile_software (
  profile_id uuid not null references public.profiles (id) on delete cascade,
  software_id uuid not null references public.software (id),
  position integer not null,
  primary key (profile_id, software_id)
);
comment on table public.profile_software is 'The software that a user works with, in the user''s order.';

create index profile_software_software_id_idx on public.profile_software (software_id);

create table public.profile_tags (
  profile_id uuid not null references public.profiles (id) on delete cascade,
  tag_id uuid not null references public.tags (id),
  position integer not null,
  primary key (profile_id, tag_id)
);
comment on table public.profile_tags is 'A user''s technologies, specialties and other tags, in the user''s order.';

create index profile_tags_tag_id_idx on public.profile_tags (tag_id);

create table public.profile_types (
  profile_id uuid not null references public.profiles (id) on delete cascade,
  tag_id uuid not null references public.tags (id),
  position integer not null,
  primary key (profile_id, tag_id)
);
comment on table public.profile_types is 'A user''s professional types, which are tags, the main one first.';

create index profile_types_tag_id_idx on public.profile_types (tag_id);

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
comment on table public.profile_rates is 'The rates of a user, at most one for each tier.';
comment on column public.profile_rates.amount is 'In the currency''s minor unit: 2550 with USD is 25.50, with JPY 2,550.';
comment on column public.profile_rates.currency is 'ISO 4217.';
comment on column public.profile_rates.unit is 'The unit that the amount is charged by.';

create index profile_rates_tier_currency_amount_profile_id_idx on public.profile_rates (tier, currency, amount, profile_id);

create table public.profile_payment_methods (
  profile_id uuid not null references public.profiles (id) on delete cascade,
  payment_method text not null references public.payment_methods (code),
  primary key (profile_id, payment_method)
);
comment on table public.profile_payment_methods is
  'Payment methods that a user accepts, as labels, never accounts. Other users see them if shows_payment_methods is true.';

create index profile_payment_methods_payment_method_idx on public.profile_payment_methods (payment_method);

create table public.profile_languages (
  profile_id uuid not null references public.profiles (id) on delete cascade,
  language text not null,
  position integer not null,
  primary key (profile_id, language),
  constraint profile_languages_language_check check (language ~ '^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$')
);
comment on table public.profile_languages is 'Languages that a user speaks, the best first.';
comment on column public.profile_languages.language is 'BCP 47, such as es or pt-BR.';

create table public.profile_links (
  profile_id uuid not null references public.profiles (id) on delete cascade,
  position integer not null,
  label text not null,
  url text not null,
  primary key (profile_id, position),
  constraint profile_links_label_check check (private.text_fault('name', label, 80) is null),
  constraint profile_links_url_check check (private.is_web_address(url))
);
comment on table public.profile_links is 'Pages of a user on other sites, in the user''s order.';
comment on column public.profile_links.url is 'http or https, without a user name in it.';

create view public.profile_details
with (security_invoker = true)
as
select
  p.id, p.handle, p.display_name, p.bio, p.country, p.experience_years, p.experience, p.avatar_path, p.shows_payment_methods,
  p.is_listed, p.open_to_work, p.available_from, p.verified_at, p.metadata, p.created_at, p.updated_at,
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
  ), '[]') as links,
  (
    select jsonb_build_object('average', round(avg(r.rating), 2), 'count', count(*))
    from public.profile_reviews r
    where r.profile_id = p.id and r.hidden_at is null
  ) as reviews
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
comment on function private.shows_payment_methods is 'Whether a user shows the accepted payment methods to other users.';

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
    from (
      -- Unlisted profiles are in no count. A profile whose row is gone was listed: an unlisted one loses its parts first.
      select x.%I as id, count(*)::integer as uses
      from changed x
      left join public.profiles p on p.id = x.profile_id
      where coalesce(p.is_listed, true)
      group by 1
    ) u
    where c.id = u.id $q$, tg_argv[0], case tg_op when 'INSERT' then '+' else '-' end, tg_argv[1]);
  return null;
end
$$;
comment on function private.count_catalogue_uses is
  'Trigger (catalogue, column): counts who names an entry. Writers lock the entries first, by key, so that two cannot wait for each other.';

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
  private.count_catalogue_uses()
from public, anon, authenticated, service_role;
grant execute on function private.shows_payment_methods(uuid) to authenticated;
