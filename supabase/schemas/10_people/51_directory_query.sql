-- What a search of the directory asks for, read from its text and filters.

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
      'min_experience', 'max_experience', 'open_to_work', 'available_by'])
    or (key in ('min_experience', 'max_experience') and (jsonb_typeof(value) <> 'number' or value::text !~ '^[0-9]{1,2}$'))
    or (key = 'open_to_work' and value <> 'true')
    or (key = 'available_by' and not coalesce(jsonb_typeof(value) = 'string' and private.is_day(value #>> '{}'), false))
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
comment on function private.directory_filters is 'Checks the filters and returns them.';

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
  -- The forms come from a cursor, which a client can forge.
  if forms is not null and (
    jsonb_typeof(forms) <> 'array' or jsonb_array_length(forms) <> cardinality(typed)
    or exists (
      select from jsonb_array_elements(forms) f
      where case when jsonb_typeof(f) = 'array' then jsonb_array_length(f) > 5 else true end
    )
    or exists (
      select from jsonb_array_elements(forms) f, jsonb_array_elements(f) w
      where jsonb_typeof(w) <> 'string' or char_length(w #>> '{}') not between 1 and 40 or w #>> '{}' ~ E'[\\s''\\\\]'
    )
  ) then
    perform private.raise_error('invalid_cursor', 'unable to search profiles; the cursor is not one of this list',
      'Pass a cursor back unchanged.', '{"field": "cursor"}');
  end if;
  for place in 1 .. cardinality(typed) loop
    words := concat_ws(' & ', nullif(words, ''), format('(%s)', concat_ws(' | ',
      private.quote_lexeme(typed[place]) || case when place = cardinality(typed) then ':*' else '' end,
      (select string_agg(private.quote_lexeme(w), ' | ') from jsonb_array_elements_text(forms -> (place - 1)) w))));
  end loop;
  return nullif(words, '')::tsquery;
end
$$;
comment on function private.directory_query is
  'Matches every word of a query or one of its forms, and the last word as a prefix; null for a query without words.';

create function private.directory_meant(query text, profiles uuid[])
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  typed constant text[] := private.directory_typed(query);
  forms constant jsonb := private.directory_forms(query);
  meant tsvector;
begin
  -- The first profile of the page that has other words than were typed.
  select s.vector into meant
  from unnest(profiles) with ordinality as f (id, n)
  join private.profile_search s on s.profile_id = f.id
  where not s.vector @@ private.directory_query(query, null)
  order by f.n
  limit 1;
  return (
    select string_agg(coalesce((
      select l.word
      from jsonb_array_elements_text(forms -> (t.n - 1)::integer) with ordinality as l (word, n)
      where meant @@ private.quote_lexeme(l.word)::tsquery
        and not meant @@ (private.quote_lexeme(t.word) || case when t.n = cardinality(typed) then ':*' else '' end)::tsquery
      order by l.n
      limit 1
    ), t.word), ' ' order by t.n)
    from unnest(typed) with ordinality as t (word, n)
    where meant is not null
  );
end
$$;
comment on function private.directory_meant is 'The corrected query, from the first profile that was found by words similar to those of the query; null without such a profile.';

revoke execute on function
  private.directory_meant(text, uuid[]),
  private.refuse_directory_field(text, text),
  private.directory_terms(jsonb, text, text),
  private.directory_filters(jsonb),
  private.directory_typed(text),
  private.directory_forms(text),
  private.directory_query(text, jsonb)
from public, anon, authenticated, service_role;
