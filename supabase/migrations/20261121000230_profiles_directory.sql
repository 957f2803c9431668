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
  amounts bigint[] not null,
  standing integer not null,
  experience_years integer not null,
  joined_at bigint not null
);
comment on table private.profile_search is 'Derived: what of a profile the directory searches; deleted people are not in it.';
comment on column private.profile_search.vector is 'Words without case and accents: A name and handle, B types, software and tags, D bio.';
comment on column private.profile_search.terms is
  'What is filtered and counted: country:CL, type:, software:, tag: and a key, language:pt; without a colon what is only filtered by: '
  '"rate basic USD", "rate basic USD hour", and samples on one of 8 and of 128.';
comment on column private.profile_search.amounts is 'Of the three tiers, as in profile_rates: a search by rate joins nothing.';
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

  insert into private.profile_search as s (profile_id, vector, terms, amounts, standing, experience_years, joined_at)
  select
    p.id,
    setweight(to_tsvector('pg_catalog.simple', private.directory_words(p.display_name || ' ' || p.handle)), 'A')
      || setweight(to_tsvector('pg_catalog.simple', private.directory_words(
        concat_ws(' ', types.names, software.names, tags.names))), 'B')
      || setweight(to_tsvector('pg_catalog.simple', private.directory_words(p.bio)), 'D'),
    array_remove(array[
        'country:' || p.country, case when right(p.id::text, 2) < '20' then 'sample8' end,
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
  where p.id = any (ids) and p.handle is not null
  on conflict (profile_id) do update
  set
    vector = excluded.vector,
    terms = excluded.terms,
    amounts = excluded.amounts,
    standing = excluded.standing,
    experience_years = excluded.experience_years,
    joined_at = excluded.joined_at
  where (s.vector, s.terms, s.amounts, s.standing, s.experience_years, s.joined_at)
    is distinct from (excluded.vector, excluded.terms, excluded.amounts, excluded.standing, excluded.experience_years, excluded.joined_at);

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

create function private.directory_typed(query text)
returns text[]
language plpgsql
immutable
set search_path = ''
as $$
begin
  if query is null or char_length(query) > 200 then
    perform private.refuse_directory_field('query', 'has at most 200 characters');
  end if;
  return (
    select coalesce(array_agg(w.lexeme order by w.positions[1]), '{}')
    from unnest(to_tsvector('pg_catalog.simple', private.directory_words(query))) as w
  );
end
$$;
comment on function private.directory_typed is 'The words of a query, each once.';

create function private.directory_forms(query text)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  typed text;
  alike jsonb;
  forms jsonb := '[]';
begin
  foreach typed in array private.directory_typed(query) loop
    alike := '[]';
    if char_length(typed) >= 4 then
      select coalesce(jsonb_agg(k.word), '[]') into alike
      from (
        select k.word
        from private.profile_words k
        where k.word operator(extensions.%) typed and k.word <> typed and abs(char_length(k.word) - char_length(typed)) <= 2
        order by extensions.similarity(k.word, typed) desc, k.word
        limit 5
      ) k;
    end if;
    forms := forms || jsonb_build_array(alike);
  end loop;
  return forms;
end
$$;
comment on function private.directory_forms is 'For each word of a query the known words that look like it, at most five.';

create function private.directory_query(query text, forms jsonb)
returns tsquery
language plpgsql
stable
set search_path = ''
as $$
declare
  typed text[] := private.directory_typed(query);
  words text := '';
begin
  -- They come back in a cursor, which anybody may write by hand.
  if forms is not null and (
    jsonb_typeof(forms) <> 'array' or jsonb_array_length(forms) <> cardinality(typed)
    or exists (
      select from jsonb_array_elements(forms) f
      where case when jsonb_typeof(f) = 'array' then jsonb_array_length(f) > 5 else true end
    )
    or exists (
      select from jsonb_array_elements(forms) f, jsonb_array_elements(f) w
      where jsonb_typeof(w) <> 'string' or char_length(w #>> '{}') not between 1 and 40 or w #>> '{}' ~ '[\s''\\]'
    )
  ) then
    perform private.raise_error('invalid_cursor', 'unable to search profiles; the cursor is not one of this list',
      'Pass a cursor back unchanged.', '{"field": "cursor"}');
  end if;
  for place in 1 .. cardinality(typed) loop
    words := concat_ws(' & ', nullif(words, ''), format('(%s)', concat_ws(' | ',
      quote_literal(typed[place]) || case when place = cardinality(typed) then ':*' else '' end,
      (select string_agg(quote_literal(w), ' | ') from jsonb_array_elements_text(forms -> (place - 1)) w))));
  end loop;
  return nullif(words, '')::tsquery;
end
$$;
comment on function private.directory_query is
  'Every word of a query, the last one as the start of a word, or one of its forms; null when there is none.';

create function private.find_profiles(
  query text,
  filters jsonb,
  sort text,
  page_size integer,
  after jsonb,
  -- What may be done for a page; tests make less of it.
  most_ranked integer default 2000,
  most_listed integer default 16000,
  fewest_sampled integer default 60,
  most_walked integer default 10000
)
returns jsonb
language plpgsql
stable
set search_path = ''
-- Whatever reads a whole table or index first only ever costs here, as compiled plans and parallel workers do; the two others
-- are turned off below for a walk.
set enable_seqscan = off
set max_parallel_workers_per_gather = 0
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
set enable_bitmapscan = on
set enable_sort = on
-- At lower costs of a page lists of everybody who has a common word or filter are met with each other, which was slower.
set random_page_cost = 4
as $$
declare
  first_page boolean := after is null;
  is_walk boolean := false;
  rate jsonb := filters -> 'rate';
  written tsquery;
  wanted tsquery;
  forms jsonb;
  needed text[];
  conditions text;
  guessed text;
  wanted_rate text;
  tier integer;
  walk text;
  walked text;
  years text;
  sort_key text;
  direction text := case when sort = 'rate' then 'asc' else 'desc' end;
  guess numeric;
  sampled jsonb;
  collected jsonb;
  exact jsonb;
  counted jsonb;
  found jsonb;
  next jsonb;
begin
  perform private.directory_filters(filters);
  if page_size is null or page_size not between 1 and 200 then
    perform private.refuse_directory_field('limit', 'is not from 1 to 200');
  end if;
  if sort is null or sort not in ('relevance', 'newest', 'experience', 'rate') or (sort = 'rate' and rate is null) then
    perform private.refuse_directory_field('sort', 'is relevance, newest, experience, or rate with a filter by rate');
  end if;
  written := private.directory_query(query, null);
  if not first_page then
    if not coalesce(
      case when jsonb_typeof(after -> 'key') = 'number' then (after ->> 'key')::numeric between -1e16 and 1e16 end
        and after ->> 'id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' and jsonb_typeof(after -> 'walk') = 'boolean',
      false)
    then
      perform private.raise_error('invalid_cursor', 'unable to search profiles; the cursor is not one of this list',
        'Pass a cursor back unchanged.', '{"field": "cursor"}');
    end if;
    is_walk := (after -> 'walk')::boolean;
    -- The forms of the first page: a word that somebody adds meanwhile must not change what is being paged through.
    forms := nullif(after -> 'forms', 'null');
  end if;
  wanted := private.directory_query(query, forms);

  -- The visibility: whoever is signed in sees every profile, and the deleted ones are not in the table.
  needed := coalesce(private.directory_terms(filters, 'all_software', 'software:'), '{}')
    || coalesce(private.directory_terms(filters, 'all_tags', 'tag:'), '{}');
  years := concat_ws(' and ',
    case when filters ? 'min_experience' then 's.experience_years >= ($3 ->> ''min_experience'')::integer' end,
    case when filters ? 'max_experience' then 's.experience_years between 0 and ($3 ->> ''max_experience'')::integer' end);
  conditions := concat_ws(' and ',
    'true',
    case when wanted is not null then 's.vector @@ $1' end,
    case when needed <> '{}' then 's.terms @> $2' end,
    case when filters ? 'countries' then 's.terms && private.directory_terms($3, ''countries'', ''country:'')' end,
    case when filters ? 'types' then 's.terms && private.directory_terms($3, ''types'', ''type:'')' end,
    case when filters ? 'any_software' then 's.terms && private.directory_terms($3, ''any_software'', ''software:'')' end,
    case when filters ? 'any_tags' then 's.terms && private.directory_terms($3, ''any_tags'', ''tag:'')' end,
    case when filters ? 'languages' then 's.terms && private.directory_terms($3, ''languages'', ''language:'')' end,
    nullif(years, ''));
  guessed := conditions;
  if rate is not null then
    tier := array_position(array['basic', 'standard', 'premium'], rate ->> 'tier');
    wanted_rate := concat_ws(' and ', 'r.tier = $3 #>> ''{rate,tier}'' and r.currency = $3 #>> ''{rate,currency}''',
      case when rate ? 'min' then 'r.amount >= ($3 #>> ''{rate,min}'')::bigint' end,
      case when rate ? 'max' then 'r.amount <= ($3 #>> ''{rate,max}'')::bigint' end);
    -- The table of rates has the statistics.
    guessed := concat_ws(' and ', conditions, 's.profile_id = r.profile_id', wanted_rate,
      case when rate ? 'unit' then 'r.unit = $3 #>> ''{rate,unit}''' end);
    conditions := concat_ws(' and ', conditions,
      's.terms @> array[concat_ws('' '', ''rate'', $3 #>> ''{rate,tier}'', $3 #>> ''{rate,currency}'', $3 #>> ''{rate,unit}'')]',
      case when rate ? 'min' then format('s.amounts[%s] >= ($3 #>> ''{rate,min}'')::bigint', tier) end,
      case when rate ? 'max' then format('s.amounts[%s] <= ($3 #>> ''{rate,max}'')::bigint', tier) end);
  end if;

  -- What was written first; where hardly anything has it, also what looks like it.
  loop
    if first_page then
      -- What very many fit is not even listed, for the list of them alone takes longer than the page: the planner's guess,
      -- held against one profile in 128, which is read whole, tells.
      guess := private.guess_directory(rate is not null, guessed, wanted, needed, filters);
      sampled := case when guess > most_listed then
        private.count_directory(conditions, wanted, needed, filters, 128) end;
      is_walk := coalesce((sampled ->> 'total')::integer >= 128 * fewest_sampled, false);
    end if;
    exit when is_walk;

    sort_key := case sort
      when 'newest' then 's.joined_at'
      when 'experience' then 's.experience_years'
      when 'rate' then format('s.amounts[%s]', tier)
      else case when written is null then 's.standing' else
        'ts_rank(s.vector, $1, 1)::double precision + s.standing / 10000.0::double precision'
        || case when forms is not null then ' + (s.vector @@ $4)::integer' else '' end
      end
    end;
    -- On a page that follows more may fit than on the first one, but not many times more, unless the cursor was made up.
    collected := private.collect_directory(conditions, wanted, needed, filters, written, sort_key, direction,
      page_size + 1, after, case when first_page then most_ranked else 4 * most_ranked end);
    if not first_page and (collected ->> 'total')::integer > 4 * most_ranked then
      perform private.raise_error('invalid_cursor', 'unable to search profiles; far more fit now than at the first page',
        'Search anew.', '{"field": "cursor"}');
    end if;
    exit when not first_page;
    is_walk := (collected ->> 'total')::integer > most_ranked;
    exit when is_walk or forms is not null or written is null or (collected ->> 'total')::integer >= 5;

    forms := private.directory_forms(query);
    exit when jsonb_path_exists(forms, '$[*][*]') is not true;
    exact := collected;
    wanted := private.directory_query(query, forms);
  end loop;
  if is_walk and (exact ->> 'total')::integer > 0 then
    -- Those who have the very words would be lost among so many who have similar ones.
    is_walk := false;
    collected := exact;
    exact := null;
  end if;
  if exact is null and first_page then
    forms := null;
  end if;

  if is_walk then
    if first_page then
      -- Where the planner knew, one in 8 at once; where it did not, the sample that is read whole tells first.
      if sampled is null and guess not between most_ranked and 4 * most_ranked then
        sampled := private.count_directory(conditions, wanted, needed, filters, 128);
      end if;
      counted := case when (sampled ->> 'total')::integer >= 128 * fewest_sampled then sampled
        else private.count_directory(conditions, wanted, needed, filters, 8) end;
    end if;
    -- Where words find more than can be ranked they tell little: how much a profile says of itself decides. So many fit that
    -- a walk along the order meets a page of them soon; where it does not, the page is short and its cursor goes on.
    walked := case when sort = 'rate' then 'r' else 's' end;
    sort_key := case sort when 'newest' then 's.joined_at' when 'experience' then 's.experience_years' when 'rate' then 'r.amount'
      else 's.standing' end;
    walk := format($q$
      select %1$s.*, %2$s as key
      from %3$s %1$s
      where %4$s
      order by %2$s %5$s, %1$s.profile_id %5$s
      limit $6 $q$,
      walked, sort_key, case when sort = 'rate' then 'public.profile_rates' else 'private.profile_search' end,
      -- Only what the index itself knows: everything else would be read past, beyond the limit.
      concat_ws(' and ', 'true', case sort when 'rate' then wanted_rate when 'experience' then nullif(years, '') end,
        case when not first_page then format('(%s, %s.profile_id) %s ($4::bigint, $5)', sort_key, walked,
          case when sort = 'rate' then '>' else '<' end) end),
      direction);
    perform set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true);
    execute format($q$
      select jsonb_agg(jsonb_build_object('id', f.profile_id, 'key', f.key))
      from (
        select s.profile_id, %1$s.key
        from %2$s
        where %3$s
        order by %1$s.key %4$s, %1$s.profile_id %4$s
        limit $7
      ) f $q$,
      walked,
      format(case when sort = 'rate' then '(%s) r join private.profile_search s on s.profile_id = r.profile_id' else '(%s) s' end, walk),
      conditions, direction)
    into found
    using wanted, needed, filters, (after ->> 'key')::numeric, (after ->> 'id')::uuid, most_walked, page_size + 1;
    if coalesce(jsonb_array_length(found), 0) <= page_size then
      -- The last that was read, if the walk was cut there.
      execute format($q$ select jsonb_build_object('id', w.profile_id, 'key', w.key) from (%s) w offset $6 - 1 $q$, walk)
      into next
      using wanted, needed, filters, (after ->> 'key')::numeric, (after ->> 'id')::uuid, most_walked;
    end if;
    perform set_config('enable_bitmapscan', 'on', true), set_config('enable_sort', 'on', true);
  else
    found := nullif(collected -> 'found', 'null');
    counted := collected - 'found';
  end if;

  if jsonb_array_length(found) > page_size then
    next := found -> (page_size - 1);
  end if;
  return jsonb_build_object(
    'found', coalesce(jsonb_path_query_array(found, '$[0 to $last]', jsonb_build_object('last', page_size - 1)), '[]'),
    'next', next || jsonb_build_object('walk', is_walk, 'forms', forms),
    'similar', forms is not null
  ) || case when first_page then counted else '{}' end;
end
$$;
comment on function private.find_profiles is 'A page of the directory as ids; the last four say how much is done for it.';

create function private.search_profiles(query text, filters jsonb, sort text, page_size integer, after jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  page jsonb;
begin
  perform private.require_user();
  page := private.find_profiles(query, filters, sort, page_size, after);
  return (page - 'found') || jsonb_build_object('profiles', coalesce((
    select jsonb_agg(to_jsonb(d) order by f.ordinality)
    from jsonb_array_elements(page -> 'found') with ordinality f
    join public.profile_details d on d.id = (f.value ->> 'id')::uuid
  ), '[]'));
end
$$;

create function private.guess_directory(has_rate boolean, conditions text, wanted tsquery, needed text[], filters jsonb)
returns numeric
language plpgsql
-- Volatile, for only then is an explain allowed; it changes nothing.
volatile
set search_path = ''
as $$
declare
  plan json;
begin
  execute format('explain (format json) select from private.profile_search s%s where %s',
    case when has_rate then ', public.profile_rates r' end, conditions)
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
      where strpos(t.term, ':') > 0
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
  conditions text, wanted tsquery, needed text[], filters jsonb, written tsquery, sort_key text, direction text,
  page_rows integer, after jsonb, most integer
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  collected jsonb;
begin
  execute format($q$
    with fitting as materialized (
      select s.profile_id, (%1$s)::double precision as key, s.terms
      from private.profile_search s
      where %2$s
      limit $5
    ),
    page as (
      select f.profile_id, f.key
      from fitting f
      where %3$s
      order by f.key %4$s, f.profile_id %4$s
      limit $6
    ),
    %5$s
    select jsonb_build_object(
      'total', (select count(*) from fitting), 'exact', true,
      'found', (select jsonb_agg(jsonb_build_object('id', p.profile_id, 'key', p.key) order by p.key %4$s, p.profile_id %4$s) from page p),
      'facets', case when $7 is null and (select count(*) from fitting) < $5 then (select c.facets from facets c) end) $q$,
    sort_key, conditions,
    case when after is null then 'true' else format('(f.key, f.profile_id) %s ($7, $8)', case direction when 'asc' then '>' else '<' end) end,
    direction, private.directory_counts())
  into collected
  using wanted, needed, filters, written, most + 1, page_rows, (after ->> 'key')::double precision,
    (after ->> 'id')::uuid;
  return collected;
end
$$;
comment on function private.collect_directory is
  'What fits, at most one more than the most, which the total then tells: a page of it in order, and on the first one its counts.';

create function private.count_directory(conditions text, wanted tsquery, needed text[], filters jsonb, factor integer)
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
    case factor when 8 then 'private.profile_search s'
      else '(select * from private.profile_search where terms @> ''{sample128}'' offset 0) s' end,
    conditions || case factor when 8 then ' and s.terms @> ''{sample8}''' else '' end,
    private.directory_counts())
  into counted
  using wanted, needed, filters, factor;
  return counted;
end
$$;
comment on function private.count_directory is
  'How many fit and how they are spread, from one profile in 8 or 128; of 128 each is read, without a list of all that fit.';

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
  select private.search_profiles(query, filters, sort, page_size, after)
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
  private.directory_typed(text),
  private.directory_forms(text),
  private.directory_query(text, jsonb),
  private.find_profiles(text, jsonb, text, integer, jsonb, integer, integer, integer, integer),
  private.search_profiles(text, jsonb, text, integer, jsonb),
  private.guess_directory(boolean, text, tsquery, text[], jsonb),
  private.directory_counts(),
  private.collect_directory(text, tsquery, text[], jsonb, tsquery, text, text, integer, jsonb, integer),
  private.count_directory(text, tsquery, text[], jsonb, integer),
  public.search_profiles(text, jsonb, text, integer, jsonb)
from public, anon, authenticated, service_role;
grant execute on function
  private.search_profiles(text, jsonb, text, integer, jsonb),
  public.search_profiles(text, jsonb, text, integer, jsonb)
to authenticated;

commit;
