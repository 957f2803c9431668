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
  -- At most so many are ranked and counted one by one.
  cap constant integer := 2000;
  first_page boolean := after is null;
  is_similar boolean := coalesce((after -> 'similar')::boolean, false);
  is_walk boolean := coalesce((after -> 'walk')::boolean, false);
  rate jsonb := filters -> 'rate';
  written tsquery;
  wanted tsquery;
  needed text[];
  source text := 'private.profile_search s';
  conditions text := '';
  sort_key text;
  sort_type text;
  guess numeric;
  factor integer := 32;
  collected jsonb;
  counted jsonb;
  found jsonb;
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

  conditions := coalesce(nullif(conditions, ''), 'true');

  if first_page then
    -- What very many fit is not even counted, for the list of them alone takes longer than the page: the planner's guess,
    -- held against one profile in 128, which is read whole, tells.
    guess := private.guess_directory(source, conditions, wanted, needed, filters);
    if guess > 16000 then
      counted := private.count_directory(source, conditions, wanted, needed, filters, 128);
      is_walk := (counted ->> 'total')::integer >= 128 * 60;
    end if;
  end if;

  if not is_walk then
    sort_key := case sort
      when 'newest' then 's.joined_at'
      when 'experience' then 's.experience_years'
      when 'rate' then 'r.amount'
      else case when written is null then 's.standing' else
        'ts_rank(s.vector, $1, 1)::double precision + s.standing / 10000.0::double precision'
        || case when is_similar then ' + (s.vector @@ $4)::integer' else '' end
      end
    end;
    collected := private.collect_directory(
      source, conditions, wanted, needed, filters, written, sort_key, sort = 'rate', page_size + 1, after, cap);
    if first_page and written is not null and not is_similar and (collected ->> 'total')::integer < 5 then
      wanted := private.directory_query(query, true);
      if wanted <> written then
        is_similar := true;
        collected := private.collect_directory(
          source, conditions, wanted, needed, filters, written,
          case sort when 'relevance' then sort_key || ' + (s.vector @@ $4)::integer' else sort_key end,
          sort = 'rate', page_size + 1, after, cap);
      end if;
    end if;
    if first_page and (collected ->> 'total')::integer > cap then
      is_walk := true;
      factor := case when guess < 8000 then 8 else 32 end;
      counted := private.count_directory(source, conditions, wanted, needed, filters, factor);
    end if;
  end if;

  if is_walk then
    -- Where words find more than can be ranked they tell little: how much a profile says of itself decides. So many fit that
    -- a walk along the order meets a page of them soon.
    sort_key := case sort when 'newest' then 's.joined_at' when 'experience' then 's.experience_years' when 'rate' then 'r.amount'
      else 's.standing' end;
    sort_type := case when sort in ('newest', 'rate') then 'bigint' else 'integer' end;
    perform set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true);
    execute format($q$
      select jsonb_agg(jsonb_build_object('id', f.profile_id, 'key', f.key))
      from (
        select s.profile_id, %1$s as key
        from %2$s
        where %3$s %4$s
        order by %1$s %5$s, s.profile_id %5$s
        limit $6
      ) f $q$,
      sort_key, source, conditions,
      case when first_page then '' else
        format('and (%s, s.profile_id) %s ($4::%s, $5)', sort_key, case when sort = 'rate' then '>' else '<' end, sort_type) end,
      case when sort = 'rate' then 'asc' else 'desc' end)
    into found
    using wanted, needed, filters, (after ->> 'key')::numeric, (after ->> 'id')::uuid, page_size + 1;
    perform set_config('enable_bitmapscan', 'on', true), set_config('enable_sort', 'on', true);
  else
    found := nullif(collected -> 'found', 'null');
    counted := collected - 'found';
  end if;

  return jsonb_build_object(
    'found', coalesce(jsonb_path_query_array(found, '$[0 to $last]', jsonb_build_object('last', page_size - 1)), '[]'),
    'next', case when jsonb_array_length(found) > page_size then
      (found -> (page_size - 1)) || jsonb_build_object('walk', is_walk, 'similar', is_similar) end,
    'similar', is_similar
  ) || case when first_page then counted else '{}' end;
end
$$;

create function private.guess_directory(source text, conditions text, wanted tsquery, needed text[], filters jsonb)
returns numeric
language plpgsql
-- Volatile, for only then is an explain allowed; it changes nothing.
volatile
set search_path = ''
as $$
declare
  plan json;
begin
  execute format('explain (format json) select from %s where %s', source, conditions)
  into plan
  using wanted, needed, filters;
  return (plan -> 0 -> 'Plan' ->> 'Plan Rows')::numeric;
end
$$;
comment on function private.guess_directory is 'How many the planner thinks fit.';

create function private.directory_counts()
returns text
language sql
immutable
set search_path = ''
as $$
  select $q$
    counted as (
      select split_part(t.term, ':', 1) as part, substr(t.term, strpos(t.term, ':') + 1) as key, count(*) as people
      from fitting f, unnest(f.terms) t (term)
      where t.term not in ('sample8', 'sample32', 'sample128')
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
    ),
    facets as (
      select coalesce(jsonb_object_agg(p.part, p.counts), '{}') as facets
      from (
        select n.part, jsonb_agg(jsonb_build_object('value', n.value, 'count', n.people) order by n.people desc, n.key) as counts
        from named n
        group by n.part
      ) p
    ) $q$
$$;
comment on function private.directory_counts is 'The part of a query that counts by value what "fitting" holds.';

create function private.collect_directory(
  source text, conditions text, wanted tsquery, needed text[], filters jsonb, written tsquery, sort_key text, ascending boolean,
  page_rows integer, after jsonb, cap integer
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  collected jsonb;
  direction text := case when ascending then 'asc' else 'desc' end;
begin
  execute format($q$
    with fitting as materialized (
      select s.profile_id, (%1$s)::double precision as key, s.terms
      from %2$s
      where %3$s
      limit $5
    ),
    page as (
      select f.profile_id, f.key
      from fitting f
      where %4$s
      order by f.key %5$s, f.profile_id %5$s
      limit $6
    ),
    %6$s
    select jsonb_build_object(
      'total', (select count(*) from fitting), 'exact', true,
      'found', (select jsonb_agg(jsonb_build_object('id', p.profile_id, 'key', p.key) order by p.key %5$s, p.profile_id %5$s) from page p),
      'facets', case when $7 is null and (select count(*) from fitting) < $5 then (select c.facets from facets c) end) $q$,
    sort_key, source, conditions,
    case when after is null then 'true' else format('(f.key, f.profile_id) %s ($7, $8)', case when ascending then '>' else '<' end) end,
    direction, private.directory_counts())
  into collected
  using wanted, needed, filters, written, case when after is null then cap + 1 end, page_rows, (after ->> 'key')::double precision,
    (after ->> 'id')::uuid;
  return collected;
end
$$;
comment on function private.collect_directory is
  'What fits, at most one more than the cap on the first page, whose total then says so: a page of it in order, and its counts.';

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
      from %s
      where %s
    ),
    %s
    select jsonb_build_object('total', (select count(*) from fitting) * $4, 'exact', false, 'facets', (
      select coalesce(jsonb_object_agg(f.key, (
        select jsonb_agg(jsonb_set(e.value, '{count}', to_jsonb((e.value ->> 'count')::integer * $4)) order by e.ordinality)
        from jsonb_array_elements(f.value) with ordinality e
      )), '{}')
      from facets c, jsonb_each(c.facets) f
    )) $q$,
    case when factor = 128 then replace(source, 'private.profile_search s',
      '(select * from private.profile_search where terms @> ''{sample128}'' offset 0) s') else source end,
    conditions || case factor when 8 then ' and s.terms @> ''{sample8}''' when 32 then ' and s.terms @> ''{sample32}''' else '' end,
    private.directory_counts())
  into counted
  using wanted, needed, filters, factor;
  return counted;
end
$$;
comment on function private.count_directory is
  'How many fit and how they are spread, from one profile in 8, 32 or 128; of 128 each is read, without a list of all that fit.';

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
  private.guess_directory(text, text, tsquery, text[], jsonb),
  private.directory_counts(),
  private.collect_directory(text, text, tsquery, text[], jsonb, tsquery, text, boolean, integer, jsonb, integer),
  private.count_directory(text, text, tsquery, text[], jsonb, integer),
  public.search_profiles(text, jsonb, text, integer, jsonb)
from public, anon, authenticated, service_role;
grant execute on function
  private.search_profiles(text, jsonb, text, integer, jsonb),
  public.search_profiles(text, jsonb, text, integer, jsonb)
to authenticated;

commit;
