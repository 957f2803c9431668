-- Profiles: the directory. A row a profile holds what is searched, filtered, counted and sorted by, kept by triggers.
--
-- Lock order: profile, its row here, words by name.
-- Roll back: drop table private.profile_words, private.profile_search; drop the functions below (the triggers go with them).

-- Years, standings and page sizes are small numbers.
-- squawk-ignore-file prefer-bigint-over-int

begin;
set local lock_timeout = '10s';

create table private.profile_search (
  profile_id uuid primary key references public.profiles (id) on delete cascade,
  vector tsvector not null,
  terms text[] collate "C" not null,
  standing integer not null,
  experience_years integer not null,
  joined_at bigint not null
);
comment on table private.profile_search is 'Derived: what of a profile the directory searches; deleted people are not in it.';
comment on column private.profile_search.vector is 'Words without case and accents: A name and handle, B types, software and tags, D bio.';
comment on column private.profile_search.terms is
  'What is filtered and counted: country:CL, type:, software:, tag: and a key, language:pt; samples on one of 8, 32 and 128.';
comment on column private.profile_search.standing is 'How much a profile says of itself, 0 to 100: the order where words do not tell.';
comment on column private.profile_search.experience_years is '-1 where the person does not say.';
comment on column private.profile_search.joined_at is 'Microseconds since 1970: a JSON number holds them all.';

create table private.profile_words (
  word text collate "C" primary key
);
comment on table private.profile_words is 'Derived: words of names and catalogues, against which a misspelt one is held. Nobody can read it.';

-- Without pending lists, which a search would have to read through.
create index profile_search_vector_idx on private.profile_search using gin (vector) with (fastupdate = off);
create index profile_search_terms_idx on private.profile_search using gin (terms) with (fastupdate = off);
create index profile_search_standing_profile_id_idx on private.profile_search (standing desc, profile_id desc);
create index profile_search_experience_years_profile_id_idx on private.profile_search (experience_years desc, profile_id desc);
create index profile_search_joined_at_profile_id_idx on private.profile_search (joined_at desc, profile_id desc);
create index profile_words_word_trgm_idx on private.profile_words using gin (word extensions.gin_trgm_ops);

create function private.directory_words(value text)
returns text
language sql
immutable
strict
parallel safe
set search_path = ''
as $$
  -- Punctuation parts words, in profiles and queries alike. By code point, so in any locale.
  select regexp_replace(
    private.fold(normalize(value, nfkc)), '[\u0001-\u0020!-/:-@\u005b-`{-\u00bf\u2000-\u206f\u3000-\u303f]+', ' ', 'g')
$$;
comment on function private.directory_words is 'A text''s words in lower case, without accents and punctuation.';

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
  where s.profile_id = any (ids) and p.id = s.profile_id and p.handle is null;

  insert into private.profile_search as s (profile_id, vector, terms, standing, experience_years, joined_at)
  select
    p.id,
    setweight(to_tsvector('pg_catalog.simple', private.directory_words(p.display_name || ' ' || p.handle)), 'A')
      || setweight(to_tsvector('pg_catalog.simple', private.directory_words(
        concat_ws(' ', types.names, software.names, tags.names))), 'B')
      || setweight(to_tsvector('pg_catalog.simple', private.directory_words(p.bio)), 'D'),
    array_remove(array[
        'country:' || p.country, case when right(p.id::text, 2) < '20' then 'sample8' end,
        case when right(p.id::text, 2) < '08' then 'sample32' end, case when right(p.id::text, 2) < '02' then 'sample128' end
      ], null) || coalesce(types.terms, '{}') || coalesce(software.terms, '{}') || coalesce(tags.terms, '{}')
      || coalesce(languages.terms, '{}'),
    15 * (p.avatar_path is not null)::integer + 15 * (p.bio <> '')::integer + 10 * (p.display_name <> '')::integer
      + 5 * (p.country is not null)::integer + 5 * (p.experience_years is not null)::integer
      + 15 * (types.terms is not null)::integer + 10 * (software.terms is not null)::integer
      + 10 * (tags.terms is not null)::integer + 5 * (languages.terms is not null)::integer
      + 10 * (exists (select from public.profile_rates r where r.profile_id = p.id))::integer,
    coalesce(p.experience_years, -1),
    (extract(epoch from p.created_at) * 1000000)::bigint
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
  where p.id = any (ids) and p.handle is not null
  on conflict (profile_id) do update
  set
    vector = excluded.vector,
    terms = excluded.terms,
    standing = excluded.standing,
    experience_years = excluded.experience_years,
    joined_at = excluded.joined_at
  where (s.vector, s.terms, s.standing, s.experience_years, s.joined_at)
    is distinct from (excluded.vector, excluded.terms, excluded.standing, excluded.experience_years, excluded.joined_at);

  -- Sorted, so that two at once wait for each other in one order only.
  insert into private.profile_words (word)
  select distinct w.lexeme collate "C"
  from private.profile_search s, unnest(ts_filter(s.vector, '{a,b}')) w
  where s.profile_id = any (ids) and char_length(w.lexeme) between 4 and 40
  order by 1
  on conflict do nothing;

  -- A name that nobody has any more is forgotten.
  delete from private.profile_words k
  where k.word in (
    select n.word
    from (
      select unnest(names_before) as word
      except
      select w.lexeme from private.profile_search s, unnest(ts_filter(s.vector, '{a}')) w where s.profile_id = any (ids)
    ) n
    where not exists (select from private.profile_search s where s.vector @@ quote_literal(n.word)::tsquery)
  );
end
$$;
comment on function private.refresh_profile_search is 'Derives the directory''s rows of some profiles anew.';

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
comment on function private.refresh_changed_profiles is 'Trigger: the directory follows the profiles.';

create function private.refuse_directory_field(field text, reason text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.raise_error('invalid_input', format('unable to search profiles; %s %s', field, reason), 'Correct the named field.',
    jsonb_build_object('field', field));
end
$$;

create function private.directory_terms(filters jsonb, field text, prefix text)
returns text[]
language plpgsql
immutable
set search_path = ''
as $$
declare
  value jsonb := filters -> field;
begin
  if value is null then
    return null;
  end if;
  if jsonb_typeof(value) <> 'array' or jsonb_array_length(value) not between 1 and 50
    or exists (select from jsonb_array_elements(value) e where jsonb_typeof(e) <> 'string' or char_length(e #>> '{}') > 80)
  then
    perform private.refuse_directory_field('filters.' || field, 'is not a list of 1 to 50 names');
  end if;
  return (
    select array_agg(prefix || case when prefix in ('country:', 'language:') then name else private.catalogue_key(name) end)
    from jsonb_array_elements_text(value) as name
  );
end
$$;
comment on function private.directory_terms is 'The terms that a filter names; null when it is not given.';

create function private.directory_filters(filters jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
declare
  strange text;
  rate jsonb := filters -> 'rate';
begin
  if jsonb_typeof(filters) is distinct from 'object' then
    perform private.refuse_directory_field('filters', 'is not an object');
  end if;
  select key into strange
  from jsonb_each(filters)
  where key <> all (array['countries', 'types', 'any_software', 'all_software', 'any_tags', 'all_tags', 'languages', 'rate',
      'min_experience', 'max_experience'])
    or (key in ('min_experience', 'max_experience') and (jsonb_typeof(value) <> 'number' or value::text !~ '^[0-9]{1,2}$'))
  limit 1;
  if strange is not null then
    perform private.refuse_directory_field('filters.' || strange, 'is not valid');
  end if;
  if rate is not null then
    if jsonb_typeof(rate) <> 'object' or rate - '{tier,currency,unit,min,max}'::text[] <> '{}' then
      perform private.refuse_directory_field('filters.rate', 'is not valid');
    end if;
    strange := case
      when coalesce(rate ->> 'tier', '') not in ('basic', 'standard', 'premium') then 'tier'
      when not private.is_currency(coalesce(rate ->> 'currency', '')) then 'currency'
      when rate ->> 'unit' not in ('minute', 'hour', 'day', 'week', 'month', 'project', 'piece') then 'unit'
      when rate ? 'min' and (jsonb_typeof(rate -> 'min') <> 'number' or rate ->> 'min' !~ '^[0-9]{1,13}$') then 'min'
      when rate ? 'max' and (jsonb_typeof(rate -> 'max') <> 'number' or rate ->> 'max' !~ '^[0-9]{1,13}$') then 'max'
    end;
    if strange is not null then
      perform private.refuse_directory_field('filters.rate.' || strange, 'is not valid');
    end if;
  end if;
  return filters;
end
$$;
comment on function private.directory_filters is 'The filters, checked.';

create function private.directory_query(query text, loosely boolean)
returns tsquery
language plpgsql
stable
set search_path = ''
as $$
declare
  words text[];
  typed text;
  forms text[];
  wanted tsquery;
  whole tsquery;
begin
  if query is null or char_length(query) > 200 then
    perform private.refuse_directory_field('query', 'has at most 200 characters');
  end if;
  select array_agg(w.lexeme order by w.positions[1]) into words
  from unnest(to_tsvector('pg_catalog.simple', private.directory_words(query))) as w;
  for place in 1 .. coalesce(cardinality(words), 0) loop
    typed := words[place];
    wanted := (quote_literal(typed) || case when place = cardinality(words) then ':*' else '' end)::tsquery;
    if loosely and char_length(typed) >= 4 then
      select array_agg(quote_literal(k.word)) into forms
      from (
        select k.word
        from private.profile_words k
        where k.word operator(extensions.%) typed and extensions.similarity(k.word, typed) >= 0.4
        order by extensions.similarity(k.word, typed) desc, k.word
        limit 5
      ) k;
      wanted := wanted || coalesce(array_to_string(forms, ' | ')::tsquery, ''::tsquery);
    end if;
    whole := case when whole is null then wanted else whole && wanted end;
  end loop;
  return whole;
end
$$;
comment on function private.directory_query is
  'Every word of a query, the last one as the start of a word, or with words that look like each; null when there is none.';

create function private.search_profiles(query text, filters jsonb, sort text, page_size integer, after jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
-- Sequential scans and compiled plans only ever cost here; the two others are turned off below for a walk.
set enable_seqscan = off
set jit = off
set enable_bitmapscan = on
set enable_sort = on
as $$
declare
  -- At most so many are ranked and counted one by one; up to the second, one of 8 is counted, above it one of 32 or 128.
  cap constant integer := 2000;
  far constant integer := 8000;
  first_page boolean := after is null;
  is_similar boolean := coalesce((after -> 'similar')::boolean, false);
  is_walk boolean := coalesce((after -> 'walk')::boolean, false);
  rate jsonb := filters -> 'rate';
  written tsquery;
  wanted tsquery;
  needed text[];
  groups text[][];
  source text := 'private.profile_search s';
  conditions text := '';
  sort_key text;
  direction text;
  found_count integer;
  answer jsonb;
begin
  perform private.require_user();
  perform private.directory_filters(filters);
  if page_size is null or page_size not between 1 and 200 then
    perform private.refuse_directory_field('limit', 'is not from 1 to 200');
  end if;
  if sort is null or sort not in ('relevance', 'newest', 'experience', 'rate') or (sort = 'rate' and rate is null) then
    perform private.refuse_directory_field('sort', 'is relevance, newest, experience, or rate with a filter by rate');
  end if;
  if after is not null and (jsonb_typeof(after -> 'key') is distinct from 'number' or after ->> 'id' is null) then
    perform private.raise_error('invalid_cursor', 'unable to search profiles; the cursor is not one of this list',
      'Pass a cursor back unchanged.', '{"field": "cursor"}');
  end if;

  -- The visibility: whoever is signed in sees every profile, and the deleted ones are not in the table.
  written := private.directory_query(query, false);
  wanted := case when is_similar then private.directory_query(query, true) else written end;
  needed := coalesce(private.directory_terms(filters, 'all_software', 'software:'), '{}')
    || coalesce(private.directory_terms(filters, 'all_tags', 'tag:'), '{}');
  conditions := concat_ws(' and ',
    case when wanted is not null then 's.vector @@ $1' end,
    case when needed <> '{}' then 's.terms @> $2' end,
    case when filters ? 'countries' then 's.terms && private.directory_terms($3, ''countries'', ''country:'')' end,
    case when filters ? 'types' then 's.terms && private.directory_terms($3, ''types'', ''type:'')' end,
    case when filters ? 'any_software' then 's.terms && private.directory_terms($3, ''any_software'', ''software:'')' end,
    case when filters ? 'any_tags' then 's.terms && private.directory_terms($3, ''any_tags'', ''tag:'')' end,
    case when filters ? 'languages' then 's.terms && private.directory_terms($3, ''languages'', ''language:'')' end,
    case when filters ? 'min_experience' then 's.experience_years >= ($3 ->> ''min_experience'')::integer' end,
    case when filters ? 'max_experience' then 's.experience_years between 0 and ($3 ->> ''max_experience'')::integer' end);
  if rate is not null then
    source := source || ' join public.profile_rates r on r.profile_id = s.profile_id';
    conditions := concat_ws(' and ', nullif(conditions, ''),
      'r.tier = $3 #>> ''{rate,tier}'' and r.currency = $3 #>> ''{rate,currency}''',
      case when rate ? 'min' then 'r.amount >= ($3 #>> ''{rate,min}'')::bigint' end,
      case when rate ? 'max' then 'r.amount <= ($3 #>> ''{rate,max}'')::bigint' end,
      case when rate ? 'unit' then 'r.unit = $3 #>> ''{rate,unit}''' end);
  end if;

  if first_page then
    if conditions = '' then
      is_walk := true;
      found_count := far + 1;
    else
      execute format('select count(*) from (select from %s where %s limit $4) f', source, conditions)
      into found_count
      using wanted, needed, filters, far + 1;
      if found_count < 5 and written is not null then
        wanted := private.directory_query(query, true);
        if wanted <> written then
          is_similar := true;
          execute format('select count(*) from (select from %s where %s limit $4) f', source, conditions)
          into found_count
          using wanted, needed, filters, far + 1;
        end if;
      end if;
      is_walk := found_count > cap;
    end if;
  end if;
  conditions := coalesce(nullif(conditions, ''), 'true');

  -- Where words find more than can be ranked they tell little: how much a profile says of itself decides.
  sort_key := case
    when sort = 'newest' then 's.joined_at'
    when sort = 'experience' then 's.experience_years'
    when sort = 'rate' then 'r.amount'
    when written is null or is_walk then 's.standing'
    else '(ts_rank(s.vector, $1, 1)::double precision + s.standing / 10000.0::double precision'
      || case when is_similar then ' + (s.vector @@ $8)::integer' else '' end || ')'
  end;
  direction := case when sort = 'rate' then 'asc' else 'desc' end;

  if is_walk then
    -- So many fit that a walk along the order meets a page of them soon.
    perform set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true);
    execute format($q$
      select jsonb_agg(jsonb_build_object('id', f.profile_id, 'key', f.key))
      from (
        select s.profile_id, %1$s as key
        from %2$s
        where %3$s and ($5 is null or (%1$s, s.profile_id) %4$s ($5::%5$s, $6))
        order by %1$s %6$s, s.profile_id %6$s
        limit $7
      ) f $q$,
      sort_key, source, conditions, case direction when 'asc' then '>' else '<' end,
      case when sort in ('newest', 'rate') then 'bigint' else 'integer' end, direction)
    into answer
    using wanted, needed, filters, cap, (after ->> 'key')::numeric, (after ->> 'id')::uuid, page_size + 1, written;
    perform set_config('enable_bitmapscan', 'on', true), set_config('enable_sort', 'on', true);
  else
    execute format($q$
      with fitting as materialized (
        select s.profile_id, %1$s as key
        from %2$s
        where %3$s
      )
      select jsonb_agg(jsonb_build_object('id', f.profile_id, 'key', f.key))
      from (
        select f.profile_id, f.key
        from fitting f
        where $5 is null or (f.key, f.profile_id) %4$s ($5::%5$s, $6)
        order by f.key %6$s, f.profile_id %6$s
        limit $7
      ) f $q$,
      sort_key, source, conditions, case direction when 'asc' then '>' else '<' end,
      case when sort = 'relevance' then 'double precision' else 'bigint' end, direction)
    into answer
    using wanted, needed, filters, cap, (after ->> 'key')::numeric, (after ->> 'id')::uuid, page_size + 1, written;
  end if;

  answer := jsonb_build_object(
    'found', coalesce(jsonb_path_query_array(answer, '$[0 to $last]', jsonb_build_object('last', page_size - 1)), '[]'),
    'next', case when jsonb_array_length(answer) > page_size then
      (answer -> (page_size - 1)) || jsonb_build_object('walk', is_walk, 'similar', is_similar) end,
    'similar', is_similar);
  if first_page then
    answer := answer || private.count_directory(
      source, conditions, wanted, needed, filters, case when not is_walk then 1 when found_count <= far then 8 else 32 end);
  end if;
  return answer;
end
$$;

create function private.count_directory(
  source text, conditions text, wanted tsquery, needed text[], filters jsonb, factor integer
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  counted jsonb;
begin
  execute format($q$
    with fitting as materialized (
      select s.terms
      from %1$s
      where %2$s %3$s
    ),
    size as materialized (
      -- A sample that is itself large is counted by one of four.
      select count(*) as fitting, case when $4 = 32 and count(*) > 1500 then 4 else 1 end as thinned from fitting
    ),
    counted as (
      select split_part(t.term, ':', 1) as part, substr(t.term, strpos(t.term, ':') + 1) as key, count(*) as people
      from fitting f, unnest(f.terms) t (term)
      where t.term not in ('sample8', 'sample32', 'sample128') and ((select z.thinned from size z) = 1 or f.terms @> '{sample128}')
      group by t.term
    ),
    ranked as (
      select c.*, row_number() over (partition by c.part order by c.people desc, c.key) as place
      from counted c
    ),
    named as (
      select r.part, r.people, r.key, coalesce(w.name, g.name, r.key) as value
      from ranked r
      left join public.software w on r.part = 'software' and w.key = r.key collate "C"
      left join public.tags g on r.part in ('tag', 'type') and g.key = r.key collate "C"
      where r.place <= 20
    )
    select jsonb_build_object('total', (select z.fitting from size z) * $4, 'facets', coalesce((
      select jsonb_object_agg(p.part, p.counts)
      from (
        select n.part, jsonb_agg(jsonb_build_object('value', n.value, 'count', n.people * $4 * (select z.thinned from size z)) order by n.people desc, n.key) as counts
        from named n
        group by n.part
      ) p
    ), '{}')) $q$, source, conditions, case factor when 8 then 'and s.terms @> ''{sample8}''' when 32 then 'and s.terms @> ''{sample32}''' else '' end)
  into counted
  using wanted, needed, filters, factor;
  return counted || jsonb_build_object('exact', factor = 1);
end
$$;
comment on function private.count_directory is
  'How many fit and how they are spread: exact, or from one profile in 8, 32 or 128 where more fit than can be counted in time.';

create function public.search_profiles(
  query text default '',
  filters jsonb default '{}',
  sort text default 'relevance',
  page_size integer default 50,
  after jsonb default null
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  with search as materialized (
    select private.search_profiles(query, filters, sort, page_size, after) as answer
  )
  select (s.answer - 'found') || jsonb_build_object('profiles', coalesce((
    select jsonb_agg(to_jsonb(d) order by f.ordinality)
    from jsonb_array_elements(s.answer -> 'found') with ordinality f
    join public.profile_details d on d.id = (f.value ->> 'id')::uuid
  ), '[]'))
  from search s
$$;
comment on function public.search_profiles is
  'A page of the directory: whole profiles that fit a text and filters, with facet counts on the first page; "next" goes back as "after".';

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
  private.refresh_profile_search(uuid[]),
  private.refresh_changed_profiles(),
  private.refuse_directory_field(text, text),
  private.directory_terms(jsonb, text, text),
  private.directory_filters(jsonb),
  private.directory_query(text, boolean),
  private.search_profiles(text, jsonb, text, integer, jsonb),
  private.count_directory(text, text, tsquery, text[], jsonb, integer),
  public.search_profiles(text, jsonb, text, integer, jsonb)
from public, anon, authenticated, service_role;
grant execute on function
  private.search_profiles(text, jsonb, text, integer, jsonb),
  public.search_profiles(text, jsonb, text, integer, jsonb)
to authenticated;

commit;
