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
  cross join lateral regexp_match(c.name, '^([A-G][b#]?)\(?([^/)]*)\)?(?:/(.*))?$') as p (part)
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
comment on function private.playable_chord_sets is 'The chord sets of which at most so many chords are not among these canonical ones.';

create function private.refuse_song_filter(name text)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  perform private.raise_error('invalid_input', format('unable to search songs; filter %s is not valid', left(name, 60)),
    'Correct the named filter.', jsonb_build_object('field', left(name, 60)));
end
$$;
comment on function private.refuse_song_filter is 'Raises invalid_input with the filter at fault.';

create function private.read_song_filter(filters jsonb)
returns private.song_filter
language plpgsql
stable
set search_path = ''
as $$
declare
  conditions text := '';
  terms text := '';
  chord_sets bigint[];
  given record;
  named text[];
  bounds integer[];
  known text[];
begin
  if jsonb_typeof(filters) is distinct from 'object' then
    perform private.refuse_song_filter('filters');
  end if;
  for given in select f.key, f.value, jsonb_typeof(f.value) as type from jsonb_each(filters) as f loop
    if given.key in ('genre', 'style', 'key', 'language', 'source', 'chords', 'playable', 'any_tags', 'all_tags') then
      if given.type <> 'array' or jsonb_array_length(given.value) not between 1 and 100
        or exists (select from jsonb_array_elements(given.value) as e (item) where jsonb_typeof(e.item) <> 'string')
      then
        perform private.refuse_song_filter(given.key);
      end if;
      named := array(select e.item from jsonb_array_elements_text(given.value) as e (item));
      if given.key in ('chords', 'playable') then
        known := array(select distinct private.canonical_chord(c.name) from unnest(named) as c (name));
        if array_position(known, null) is not null then
          perform private.refuse_song_filter(given.key);
        end if;
      end if;
      if given.key = 'chords' then
        named := array(select 'chord:' || c.name from unnest(known) as c (name));
        conditions := conditions || format(' and s.search_terms @> %L::text[]', named);
        terms := terms || format(' and s.search_terms @> %L::text[]', named);
      elsif given.key in ('any_tags', 'all_tags') then
        named := array(select 'tag:' || private.catalogue_key(t.label) from unnest(named) as t (label));
        conditions := conditions || format(case given.key when 'any_tags' then ' and s.search_terms && %L::text[]'
          else ' and s.search_terms @> %L::text[]' end, named);
        terms := terms || format(case given.key when 'any_tags' then ' and s.search_terms && %L::text[]'
          else ' and s.search_terms @> %L::text[]' end, named);
      elsif given.key = 'playable' then
        chord_sets := private.playable_chord_sets(known, coalesce((filters ->> 'missing')::integer, 0));
        conditions := conditions || ' and s.chord_set = any ($1)';
      else
        conditions := conditions || case given.key
          when 'language' then format(' and (s.language = any (%1$L) or split_part(s.language, ''-'', 1) = any (%1$L))', named)
          when 'source' then format(' and s.source_type = any (%L)', named)
          else format(' and s.%I = any (%L)', given.key, named)
        end;
        terms := terms || format(' and s.search_terms && %L::text[]',
          array(select given.key || ':' || n.value from unnest(named) as n (value)));
      end if;
    elsif given.key in ('difficulty', 'year', 'tempo', 'duration') then
      if given.type <> 'array' or jsonb_array_length(given.value) <> 2 or exists (
        select from jsonb_array_elements(given.value) as e (item)
        where jsonb_typeof(e.item) <> 'null' and e.item::text !~ '^-?[0-9]{1,9}$'
      ) then
        perform private.refuse_song_filter(given.key);
      end if;
      bounds := array[coalesce((given.value ->> 0)::integer, 0), coalesce((given.value ->> 1)::integer, 999999999)];
      conditions := conditions || format(' and s.%I between %s and %s',
        case given.key when 'difficulty' then 'difficulty_level' when 'duration' then 'duration_seconds' else given.key end,
        bounds[1], bounds[2]);
      -- A wide range leads to most songs: the index is asked for a narrow one only.
      if given.key = 'year' then
        bounds := array[least(greatest(bounds[1], 1900), 2099) / 10, least(greatest(bounds[2], 1900), 2099) / 10];
      elsif given.key = 'duration' then
        bounds := array[least(bounds[1], 3600) / 10, least(bounds[2], 3600) / 10];
      elsif given.key = 'tempo' then
        bounds := array[bounds[1] / 10, least(bounds[2], 300) / 10];
      else
        bounds := array[bounds[1], least(bounds[2], 5)];
      end if;
      if bounds[2] - bounds[1] between 0 and (case given.key when 'difficulty' then 2 when 'year' then 4 else 12 end) then
        terms := terms || format(' and s.search_terms && %L::text[]', array(
          select case given.key when 'year' then 'decade' when 'duration' then 'seconds' else given.key end || ':' || n
          from generate_series(bounds[1], bounds[2]) as n));
      end if;
    elsif given.key = 'missing' then
      if given.value::text !~ '^[0-9]{1,2}$' or not filters ? 'playable' then
        perform private.refuse_song_filter(given.key);
      end if;
    else
      perform private.refuse_song_filter(given.key);
    end if;
  end loop;
  return row(conditions, terms, chord_sets)::private.song_filter;
end
$$;
comment on function private.read_song_filter is
  'genre, style, key, language, source, chords (all of them), playable (with missing), any_tags, all_tags: lists; difficulty, year, tempo, duration: [least, most], null when open.';

revoke execute on function
  private.playable_chord_sets(text[], integer),
  private.refuse_song_filter(text),
  private.read_song_filter(jsonb)
from public, anon, authenticated, service_role;
