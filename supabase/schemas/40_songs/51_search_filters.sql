-- The filters of a search of songs.

create type private.song_filter as (
  conditions text,
  terms text,
  chord_sets bigint[]
);
comment on type private.song_filter is
  'Filters as SQL: exact conditions on a row s, the part that an inverted index can serve, and the chord sets that can be played.';

create function private.playable_chord_sets(chords text[], missing integer)
returns bigint[]
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  known_bits integer[];
  known_others text[];
  unknown bit(300);
begin
  select array_agg(b.place) filter (where b.place is not null), coalesce(array_agg(c.name) filter (where b.place is null), '{}')
  into known_bits, known_others
  from unnest(chords) as c (name)
  cross join lateral regexp_match(c.name, E'^([A-G][b#]?)\\(?([^/)]*)\\)?(?:/(.*))?$') as p (part)
  cross join lateral (select private.chord_bit(p.part[1], p.part[2], p.part[3])) as b (place);
  unknown := ~ private.chord_mask(known_bits);
  return array(
    select distinct k.fingerprint
    from private.song_chord_sets k
    where bit_count(k.mask & unknown)
      + case when k.others = '{}' then 0 else (select count(*) from unnest(k.others) as o (name) where o.name <> all (known_others)) end
      <= missing
  );
end
$$;
comment on function private.playable_chord_sets is 'The chord sets in which at most "missing" chords are not among these canonical chords.';

create function private.refuse_song_filter(name text)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  perform private.raise_error('invalid_input', format('unable to search songs; filter %s is not valid', left(name, 60)),
    'Correct the named filter.', jsonb_build_object('field', left('filters.' || name, 60)));
end
$$;
comment on function private.refuse_song_filter is 'Raises invalid_input with the filter at fault.';

create function private.song_values_filter(name text, given jsonb, missing integer)
returns private.song_filter
language plpgsql
stable
set search_path = ''
as $$
declare
  named text[];
  terms text;
begin
  if jsonb_typeof(given) <> 'array' or jsonb_array_length(given) not between 1 and 100
    or exists (select from jsonb_array_elements(given) as e (item) where jsonb_typeof(e.item) <> 'string')
  then
    perform private.refuse_song_filter(name);
  end if;
  named := array(select e.item from jsonb_array_elements_text(given) as e (item));
  if name in ('chords', 'playable') then
    named := array(select distinct private.canonical_chord(c.name) from unnest(named) as c (name));
    if array_position(named, null) is not null then
      perform private.refuse_song_filter(name);
    end if;
  end if;
  if name = 'playable' then
    return row(' and s.chord_set = any ($1)', '', private.playable_chord_sets(named, missing))::private.song_filter;
  end if;
  terms := format(case when name in ('chords', 'all_tags') then ' and s.search_terms @> %L::text[]' else ' and s.search_terms && %L::text[]' end,
    array(
      select private.song_filter_term(
        case when name in ('any_tags', 'all_tags') then 'tag' when name = 'chords' then 'chord' else name end, n.value)
      from unnest(named) as n (value)));
  return row(terms, terms, null)::private.song_filter;
end
$$;
comment on function private.song_values_filter is 'A filter by a list of values.';

create function private.song_span_filter(name text, given jsonb)
returns private.song_filter
language plpgsql
stable
set search_path = ''
as $$
declare
  least_one integer;
  most integer;
  from_step integer;
  to_step integer;
  terms text := '';
begin
  if jsonb_typeof(given) <> 'array' or jsonb_array_length(given) <> 2 or exists (
    select from jsonb_array_elements(given) as e (item)
    where jsonb_typeof(e.item) <> 'null' and e.item::text !~ '^-?[0-9]{1,9}$'
  ) then
    perform private.refuse_song_filter(name);
  end if;
  least_one := (given ->> 0)::integer;
  most := (given ->> 1)::integer;
  if least_one is null and most is null then
    return row('', '', null)::private.song_filter;
  end if;
  least_one := coalesce(least_one, 0);
  most := coalesce(most, 999999999);
  -- As private.song_filter_terms has it. A wide range leads to most songs: the index is asked for a narrow one only.
  from_step := case name when 'year' then least(greatest(least_one, 1900), 2099) / 10 when 'duration' then least(least_one, 3600) / 10
    when 'tempo' then least_one / 10 else least_one end;
  to_step := case name when 'year' then least(greatest(most, 1900), 2099) / 10 when 'duration' then least(most, 3600) / 10
    when 'tempo' then least(most, 300) / 10 else least(most, 5) end;
  if to_step - from_step between 0 and (case name when 'difficulty' then 2 when 'year' then 4 else 12 end) then
    terms := format(' and s.search_terms && %L::text[]', array(
      select case name when 'year' then 'decade' when 'duration' then 'seconds' else name end || ':' || n
      from generate_series(from_step, to_step) as n));
  end if;
  return row(format(' and s.%I between %s and %s',
    case name when 'difficulty' then 'difficulty_level' when 'duration' then 'duration_seconds' else name end, least_one, most),
    terms, null)::private.song_filter;
end
$$;
comment on function private.song_span_filter is 'A filter by the least and the most; two nulls filter nothing.';

create function private.read_song_filter(filters jsonb)
returns private.song_filter
language plpgsql
stable
set search_path = ''
as $$
declare
  wanted private.song_filter := row('', '', null)::private.song_filter;
  given record;
  part private.song_filter;
begin
  if jsonb_typeof(filters) is distinct from 'object' then
    perform private.refuse_song_filter('filters');
  end if;
  if filters ? 'missing' and ((filters -> 'missing')::text !~ '^[0-9]{1,2}$' or not filters ? 'playable') then
    perform private.refuse_song_filter('missing');
  end if;
  for given in select f.key, f.value from jsonb_each(filters) as f where f.key <> 'missing' loop
    if given.key in ('artist', 'genre', 'style', 'key', 'language', 'source', 'chords', 'playable', 'any_tags', 'all_tags') then
      part := private.song_values_filter(given.key, given.value, coalesce((filters ->> 'missing')::integer, 0));
    elsif given.key in ('difficulty', 'year', 'tempo', 'duration') then
      part := private.song_span_filter(given.key, given.value);
    else
      perform private.refuse_song_filter(given.key);
    end if;
    wanted.conditions := wanted.conditions || part.conditions;
    wanted.terms := wanted.terms || part.terms;
    wanted.chord_sets := coalesce(part.chord_sets, wanted.chord_sets);
  end loop;
  return wanted;
end
$$;
comment on function private.read_song_filter is
  'Reads the filters of a search. Lists, in which case and accents do not count: artist, genre, style, key, language, source, chords (all of them), '
  'playable (with missing), any_tags, all_tags. Ranges [least, most], null when open: difficulty, year, tempo, duration.';

revoke execute on function
  private.playable_chord_sets(text[], integer),
  private.refuse_song_filter(text),
  private.song_values_filter(text, jsonb, integer),
  private.song_span_filter(text, jsonb),
  private.read_song_filter(jsonb)
from public, anon, authenticated, service_role;
