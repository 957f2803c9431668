-- The catalogues that all users share. Names are merged by case and accent, never doubled.

create function private.catalogue_key(name text)
returns text
language sql
immutable
strict
parallel safe
set search_path = ''
as $$
  -- Invisible characters inside a name, such as U+200B or U+FE0F, do not make a second entry.
  select private.fold(btrim(regexp_replace(regexp_replace(normalize(name, nfkc),
    E'[\\u00ad\\u034f\\u061c\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufe00-\\ufe0f\\ufeff]', '', 'g'), E'\\s+', ' ', 'g')))
$$;
comment on function private.catalogue_key is 'The key by which two spellings are one entry: without case, accents, repeated spaces and invisible characters.';

create function private.is_catalogue_name(name text)
returns boolean
language sql
immutable
parallel safe
set search_path = ''
as $$
  select private.text_fault('name', name, 80) is null and name = btrim(name)
    and char_length(private.catalogue_key(name)) between 1 and 400
$$;
comment on function private.is_catalogue_name is 'Whether a text can be a catalogue entry: 1 to 80 characters on one line.';

create table public.software (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  key text collate "C" not null generated always as (private.catalogue_key(name)) stored,
  is_curated boolean not null default false,
  profile_count integer not null default 0,
  created_at timestamptz not null default now(),
  constraint software_name_check check (private.is_catalogue_name(name)),
  constraint software_key_key unique (key),
  constraint software_profile_count_check check (profile_count >= 0)
);
comment on table public.software is 'Names of software that users work with, each once. No user owns an entry: it stays when the last user removes it.';
comment on column public.software.name is 'The name as the first user wrote it.';
comment on column public.software.key is 'The name without case and accents; unique.';
comment on column public.software.is_curated is 'Added by the app: suggested also while no profile has it.';
comment on column public.software.profile_count is 'How many profiles name it; kept by triggers.';

create index software_key_trgm_idx on public.software using gin (key extensions.gin_trgm_ops);

create table public.tags (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  key text collate "C" not null generated always as (private.catalogue_key(name)) stored,
  kind text not null default 'other',
  is_curated boolean not null default false,
  is_known boolean not null default true,
  is_sung boolean not null default false,
  profile_count integer not null default 0,
  created_at timestamptz not null default now(),
  constraint tags_name_check check (private.is_catalogue_name(name)),
  constraint tags_key_key unique (key),
  constraint tags_kind_check check (kind ~ '^[a-z][a-z_]{0,29}$'),
  constraint tags_profile_count_check check (profile_count >= 0)
);
comment on table public.tags is
  'Words that describe users and songs, each once for all kinds. No user owns an entry: it stays when the last user removes it.';
comment on column public.tags.name is 'The name as the first user wrote it in public.';
comment on column public.tags.key is 'The name without case and accents; unique.';
comment on column public.tags.kind is 'profession, technology, specialty or a word of the app''s own; other until the first user sets one.';
comment on column public.tags.is_curated is 'Added by the app: suggested also while no profile has it.';
comment on column public.tags.is_known is
  'Whether it was ever named in public, by a profile, a public song or the app. Entries that only private songs have are hidden.';
comment on column public.tags.is_sung is 'Whether a public song has ever had it.';
comment on column public.tags.profile_count is 'How often profiles name it, as a tag or as a professional type; kept by triggers.';

create index tags_key_trgm_idx on public.tags using gin (key extensions.gin_trgm_ops);
create index tags_is_known_idx on public.tags (is_known);
create index tags_sung_key_idx on public.tags (key) where is_sung;

create table public.payment_methods (
  code text primary key,
  name text not null,
  constraint payment_methods_code_check check (code ~ '^[a-z][a-z0-9_]{0,39}$'),
  constraint payment_methods_name_check check (char_length(name) between 1 and 80)
);
comment on table public.payment_methods is
  'Labels of payment methods. Users cannot write here, so no user can enter an account number. The app can add rows.';
comment on column public.payment_methods.name is 'In English; apps translate by code.';

create function private.suggest(catalogue regclass, query text, wanted_kind text, page_size integer)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  wanted text;
  within text;
  pattern text;
  -- Signs between the words of a name: Pro-Tools, Guitar/Bass, Logic (Pro).
  signs constant text := '-/(),.:;&+_"''[]|·–—・’';
  kind_column text := case when catalogue = 'public.tags'::regclass then 'c.kind' else 'null::text' end;
  operation constant text := case when catalogue = 'public.tags'::regclass then 'suggest the tags' else 'suggest the software' end;
  found jsonb;
begin
  perform private.require_account();
  if query is null or char_length(query) > 80 then
    perform private.raise_error('invalid_input', format('unable to %s; a prefix has at most 80 characters', operation), 'Shorten the prefix.',
      '{"field": "prefix"}');
  end if;
  perform private.check_page_size(operation, page_size, 50);
  wanted := private.catalogue_key(query);
  within := ' ' || btrim(replace(replace(translate(wanted, signs, repeat(' ', char_length(signs))), '  ', ' '), '  ', ' '));
  -- Scripts without blanks have words anywhere.
  if wanted ~ E'^[\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3040-\\u30ff\\u3400-\\u9fff\\uac00-\\ud7af\\U00020000-\\U0003ffff]' then
    within := btrim(within);
  end if;
  if strpos(signs, right(wanted, 1)) > 0 then
    -- A sign at the end is asked for as it is: "c++" is not every word with a c.
    within := '';
  end if;
  pattern := replace(replace(replace(wanted, E'\\', E'\\\\'), '%', E'\\%'), '_', E'\\_') || '%';

  -- The prefix of the name or of a word in it; the exact name first, then the most used.
  execute format($q$
    select coalesce(jsonb_agg(jsonb_build_object('name', f.name, 'kind', f.kind, 'count', f.profile_count)
      order by f.key = $1 desc, f.key like $2 desc, f.profile_count desc, f.key), '[]')
    from (
      select c.id, c.name, c.key, %1$s as kind, c.profile_count
      from %2$s c
      where (c.key like $2 or ($5 not in ('', ' ')
          and strpos(' ' || replace(replace(translate(c.key, %3$L, repeat(' ', %4$s)), '  ', ' '), '  ', ' '), $5) > 0))
        and (c.profile_count > 0 or c.is_curated)
        and ($3 is null or %1$s = $3)
      order by c.key = $1 desc, c.key like $2 desc, c.profile_count desc, c.key
      limit $4
    ) f $q$, kind_column, catalogue, signs, char_length(signs))
  into found
  using wanted, pattern, wanted_kind, page_size, within;

  if found = '[]' and char_length(wanted) >= 3 then
    -- No name has this prefix: names with similar spelling.
    execute format($q$
      select coalesce(jsonb_agg(jsonb_build_object('name', f.name, 'kind', f.kind, 'count', f.profile_count)
        order by f.likeness desc, f.profile_count desc, f.key), '[]')
      from (
        select c.id, c.name, c.key, %1$s as kind, c.profile_count, extensions.word_similarity($1, c.key) as likeness
        from %2$s c
        where $1 operator(extensions.<%%) c.key
          and (c.profile_count > 0 or c.is_curated)
          and ($2 is null or %1$s = $2)
        order by likeness desc, c.profile_count desc, c.key
        limit $3
      ) f $q$, kind_column, catalogue)
    into found
    using wanted, wanted_kind, page_size;
  end if;
  return found;
end
$$;
comment on function private.suggest is 'Entries of a catalogue that have a prefix, or similar entries when no entry has it.';

create function private.suggest_software(prefix text, page_size integer)
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select private.suggest('public.software', prefix, null, page_size)
$$;

create function private.suggest_tags(prefix text, kind text, page_size integer)
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select private.suggest('public.tags', prefix, kind, page_size)
$$;

create function public.suggest_software(prefix text, page_size integer default 10)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.suggest_software(prefix, page_size)
$$;
comment on function public.suggest_software is 'Software whose name, or a word of it, has the prefix, the most used first; similar names when no name has it.';

create function public.suggest_tags(prefix text, kind text default null, page_size integer default 10)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.suggest_tags(prefix, kind, page_size)
$$;
comment on function public.suggest_tags is 'Tags of one kind or of any, whose name, or a word of it, has the prefix, the most used first; similar names when no name has it.';

alter table public.software enable row level security;
alter table public.tags enable row level security;
alter table public.payment_methods enable row level security;

create policy "Signed-in people see the catalogue of software"
on public.software
for select
to authenticated
using (true);

create policy "Signed-in people see the tags that were named in public"
on public.tags
for select
to authenticated
using (is_known);

create policy "Signed-in people see the payment methods"
on public.payment_methods
for select
to authenticated
using (true);

insert into public.payment_methods (code, name) values
  ('bank_transfer', 'Bank transfer'), ('card', 'Card'), ('cash', 'Cash'), ('paypal', 'PayPal'), ('wise', 'Wise'),
  ('payoneer', 'Payoneer'), ('western_union', 'Western Union'), ('mercado_pago', 'Mercado Pago'), ('pix', 'Pix'),
  ('spei', 'SPEI'), ('pse', 'PSE'), ('oxxo', 'OXXO'), ('webpay', 'Webpay'), ('yape', 'Yape'), ('nequi', 'Nequi'),
  ('bizum', 'Bizum'), ('sepa', 'SEPA transfer'), ('zelle', 'Zelle'), ('venmo', 'Venmo'), ('apple_pay', 'Apple Pay'),
  ('google_pay', 'Google Pay'), ('crypto', 'Cryptocurrency'), ('invoice', 'Invoice'), ('cheque', 'Cheque');

revoke all on public.software, public.tags, public.payment_methods from public, anon, authenticated, service_role;
-- Tags stay closed: some were named in private songs alone.
grant select on public.software, public.payment_methods to authenticated, service_role;
grant select on public.tags to service_role;
grant insert (name, is_curated), update (name, is_curated) on public.software to service_role;
grant insert (name, kind, is_curated), update (name, kind, is_curated, is_known) on public.tags to service_role;
grant insert, update on public.payment_methods to service_role;
revoke execute on function
  private.catalogue_key(text),
  private.is_catalogue_name(text),
  private.suggest(regclass, text, text, integer),
  private.suggest_software(text, integer),
  private.suggest_tags(text, text, integer),
  public.suggest_software(text, integer),
  public.suggest_tags(text, text, integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.catalogue_key(text),
  private.is_catalogue_name(text)
to service_role;
grant execute on function
  private.suggest_software(text, integer),
  private.suggest_tags(text, text, integer),
  public.suggest_software(text, integer),
  public.suggest_tags(text, text, integer)
to authenticated;
