-- The directory's index: one row for each profile holds what is searched, filtered, counted and sorted by. Triggers keep it.
--
-- Lock order: profile, its row here, words by name.

create table private.profile_search (
  profile_id uuid primary key references public.profiles (id) on delete cascade,
  vector tsvector not null,
  terms text[] collate "C" not null,
  amounts bigint[] not null,
  standing integer not null,
  experience_years integer not null,
  joined_at bigint not null,
  available_from date
);
comment on table private.profile_search is 'Derived: the columns that the directory searches, one row for each profile that is listed and not deleted.';
comment on column private.profile_search.vector is 'Words without case and accents: A name and handle, B types, software and tags, D bio.';
comment on column private.profile_search.terms is
  'The terms of filters and counts: country:CL, type:, software: and tag: with a key, language:pt. Terms without a colon are for filters only: '
  '"rate basic USD", "rate basic USD hour", and the samples of one profile in 8 and in 128.';
comment on column private.profile_search.amounts is 'The amounts of the three tiers, as in profile_rates, so that a search by rate needs no join.';
comment on column private.profile_search.standing is 'How complete the profile is, 0 to 100: the order of profiles that the words of a query do not rank.';
comment on column private.profile_search.experience_years is 'The years of experience; -1 when the user gives none.';
comment on column private.profile_search.available_from is 'The first day on which the user is open to work, -infinity for now; null when the user is not open to work.';
comment on column private.profile_search.joined_at is 'Microseconds since 1970: a JSON number holds them all.';

-- Without pending lists, which a search would have to read through.
create index profile_search_vector_idx on private.profile_search using gin (vector) with (fastupdate = off);
create index profile_search_terms_idx on private.profile_search using gin (terms) with (fastupdate = off);
create index profile_search_standing_profile_id_idx on private.profile_search (standing desc, profile_id desc);
create index profile_search_experience_years_profile_id_idx on private.profile_search (experience_years desc, profile_id desc);
create index profile_search_joined_at_profile_id_idx on private.profile_search (joined_at desc, profile_id desc);

create table private.profile_words (
  word text collate "C" primary key
);
comment on table private.profile_words is 'Derived: words of names and catalogues, against which a misspelt one is compared. No API role can read it.';

create index profile_words_word_trgm_idx on private.profile_words using gin (word extensions.gin_trgm_ops);

create function private.directory_words(value text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
begin
  return private.split_words(replace(private.fold_text(value), '&', ' '));
end
$$;
comment on function private.directory_words is 'A text''s words in lower case, without accents and punctuation.';

create function private.derive_profile_search(ids uuid[])
returns setof private.profile_search
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return query
    select
      p.id,
      setweight(private.text_vector(p.display_name || ' ' || p.handle), 'A')
        || setweight(private.text_vector(concat_ws(' ', types.names, software.names, tags.names)), 'B')
        || setweight(private.text_vector(p.bio), 'D'),
      array_remove(array[
          'country:' || p.country, case when p.open_to_work then 'open_to_work:true' end, case when right(p.id::text, 2) < '20' then 'sample8' end,
          case when right(p.id::text, 2) < '02' then 'sample128' end
        ], null) || coalesce(types.terms, '{}') || coalesce(software.terms, '{}') || coalesce(tags.terms, '{}')
        || coalesce(languages.terms, '{}') || coalesce(rates.terms, '{}'),
      rates.amounts,
      15 * (p.avatar_path is not null)::integer + 15 * (p.bio <> '')::integer + 10 * (p.display_name <> '')::integer
        + 5 * (p.country is not null)::integer + 5 * (p.experience_years is not null)::integer
        + 15 * (types.terms is not null)::integer + 10 * (software.terms is not null)::integer
        + 10 * (tags.terms is not null)::integer + 5 * (languages.terms is not null)::integer
        + 10 * (rates.terms is not null)::integer,
      coalesce(p.experience_years, -1),
      (extract(epoch from p.created_at) * 1000000)::bigint,
      case when p.open_to_work then coalesce(p.available_from, '-infinity') end
    from public.profiles p
    cross join lateral (
      select string_agg(t.name, ' ') as names, array_agg('type:' || t.key) as terms
      from public.profile_types x
      join public.tags t on t.id = x.tag_id
      where x.profile_id = p.id
    ) types
    cross join lateral (
      select string_agg(c.name, ' ') as names, array_agg('software:' || c.key) as terms
      from public.profile_software x
      join public.software c on c.id = x.software_id
      where x.profile_id = p.id
    ) software
    cross join lateral (
      select string_agg(t.name, ' ') as names, array_agg('tag:' || t.key) as terms
      from public.profile_tags x
      join public.tags t on t.id = x.tag_id
      where x.profile_id = p.id
    ) tags
    cross join lateral (
      -- Who speaks pt-BR speaks pt.
      select array_agg(distinct 'language:' || l.code) as terms
      from public.profile_languages x, unnest(array[x.language, split_part(x.language, '-', 1)]) l (code)
      where x.profile_id = p.id
    ) languages
    cross join lateral (
      select
        array_agg(format('rate %s %s', r.tier, r.currency)) || array_agg(format('rate %s %s %s', r.tier, r.currency, r.unit)) as terms,
        array[
          max(r.amount) filter (where r.tier = 'basic'), max(r.amount) filter (where r.tier = 'standard'),
          max(r.amount) filter (where r.tier = 'premium')
        ] as amounts
      from public.profile_rates r
      where r.profile_id = p.id
    ) rates
    where p.id = any (ids) and p.handle is not null and p.is_listed;
end
$$;
comment on function private.derive_profile_search is 'The present directory rows of some profiles; a deleted or unlisted profile has no row.';

create function private.refresh_profile_words(ids uuid[], names_before text[])
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Sorted, so that two at once wait for each other in one order only.
  insert into private.profile_words (word)
  select distinct w.lexeme collate "C"
  from private.profile_search s, unnest(ts_filter(s.vector, '{a,b}')) w
  where s.profile_id = any (ids) and char_length(w.lexeme) between 4 and 40
  order by 1
  on conflict do nothing;

  -- Removes names that no profile has.
  delete from private.profile_words k
  where k.word in (
    select n.word
    from (
      select unnest(names_before) as word
      except
      select w.lexeme from private.profile_search s, unnest(ts_filter(s.vector, '{a}')) w where s.profile_id = any (ids)
    ) n
    where not exists (select from private.profile_search s where s.vector @@ private.quote_lexeme(n.word)::tsquery)
  );
end
$$;
comment on function private.refresh_profile_words is 'Adds the words of some profiles, and removes names that they had before and that no profile has now.';

create function private.refresh_profile_search(ids uuid[])
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  names_before text[];
begin
  select array_agg(distinct w.lexeme) into names_before
  from private.profile_search s, unnest(ts_filter(s.vector, '{a}')) w
  where s.profile_id = any (ids);

  delete from private.profile_search s
  using public.profiles p
  where s.profile_id = any (ids) and p.id = s.profile_id and (p.handle is null or not p.is_listed);

  insert into private.profile_search as s (profile_id, vector, terms, amounts, standing, experience_years, joined_at, available_from)
  select d.* from private.derive_profile_search(ids) as d
  on conflict (profile_id) do update
  set
    vector = excluded.vector,
    terms = excluded.terms,
    amounts = excluded.amounts,
    standing = excluded.standing,
    experience_years = excluded.experience_years,
    joined_at = excluded.joined_at,
    available_from = excluded.available_from
  where (s.vector, s.terms, s.amounts, s.standing, s.experience_years, s.joined_at, s.available_from)
    is distinct from (excluded.vector, excluded.terms, excluded.amounts, excluded.standing, excluded.experience_years, excluded.joined_at,
      excluded.available_from);

  perform private.refresh_profile_words(ids, names_before);
end
$$;
comment on function private.refresh_profile_search is 'Derives the directory rows of some profiles again.';

create function private.refresh_changed_profiles()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.refresh_profile_search((select array_agg(c.id order by c.id) from changed c));
  return null;
end
$$;
comment on function private.refresh_changed_profiles is 'Trigger: updates the directory after a change of profiles.';

create trigger profiles_refresh_search_on_insert
after insert on public.profiles
referencing new table as changed
for each statement
execute function private.refresh_changed_profiles();

create trigger profiles_refresh_search_on_update
after update on public.profiles
referencing new table as changed
for each statement
execute function private.refresh_changed_profiles();

-- People who were there before.
select private.refresh_profile_search(array(select p.id from public.profiles p));

revoke all on private.profile_search, private.profile_words from public, anon, authenticated, service_role;
revoke execute on function
  private.directory_words(text),
  private.derive_profile_search(uuid[]),
  private.refresh_profile_words(uuid[], text[]),
  private.refresh_profile_search(uuid[]),
  private.refresh_changed_profiles()
from public, anon, authenticated, service_role;
