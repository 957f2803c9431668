-- A search in an order of its own: by popularity, age, title, artist or difficulty in place of how well a song matches.
--
-- What matches is what count_songs counts. Few songs are gathered by an index and sorted. Many are read in the order itself, which
-- ends soon because many match; a page that has read its budget ends early and says where to continue.

create type private.sorted_song as (
  id uuid,
  name text,
  place double precision,
  is_place boolean
);
comment on type private.sorted_song is
  'A song in an order: by name, then place, then id downwards. With is_place it is not a result but the place after which the next page continues.';

create type private.song_order as (
  name text,
  place text,
  walk text,
  behind text
);
comment on type private.song_order is
  'An order as SQL on a row s: its name and place; how an index has it, and what is behind a place in it, both null when no index has it.';

create function private.song_order(sort text, after_name text, after_place double precision, after_id uuid)
returns private.song_order
language plpgsql
stable
set search_path = ''
as $$
declare
  -- From the epoch in microseconds, which a double holds exactly.
  age constant text := '-(extract(epoch from s.created_at) * 1000000)::double precision';
  liked constant text := '-s.popularity';
begin
  return case sort
    when 'popular' then row('''''', liked, 's.popularity desc, s.id desc',
      format('(s.popularity, s.id) < (%L::double precision, %L::uuid)', -after_place, after_id))::private.song_order
    when 'newest' then row('''''', age, 's.created_at desc, s.id desc',
      format('(s.created_at, s.id) < (timestamptz ''epoch'' + %L * interval ''1 microsecond'', %L::uuid)', -after_place, after_id))::private.song_order
    when 'title' then row('s.title_words', liked, 's.title_words, s.popularity desc, s.id desc',
      format('s.title_words >= %1$L and (s.title_words > %1$L or (s.popularity, s.id) < (%2$L::double precision, %3$L::uuid))',
        after_name, -after_place, after_id))::private.song_order
    -- Those without one come last.
    when 'artist' then row(E'coalesce(nullif(s.artist_words, ''''), E''\\U0010FFFF'') || E''\\u0001'' || s.title_words', liked, null, null)::private.song_order
    when 'difficulty' then row('coalesce(s.difficulty_level::text, ''9'')', liked, null, null)::private.song_order
  end;
end
$$;
comment on function private.song_order is 'The order of a sort after a place; null for no sort.';

create function private.walk_in_order(plan private.song_plan, ordered private.song_order, is_first boolean, most integer, page_size integer)
returns private.sorted_song[]
language plpgsql
stable
set search_path = ''
as $$
declare
  behind constant text := case when is_first then '' else ' and ' || ordered.behind end;
  songs constant text := format('(select s.* from public.songs s where s.visibility = ''public'' and s.deleted_at is null%s order by %s limit %s) s',
    behind, ordered.walk, most);
  picked constant text := format('select s.id, (%s)::text as name, (%s)::double precision as place from ', ordered.name, ordered.place);
  matching constant text := private.matching_songs(plan);
  found private.sorted_song[];
  public_ones bigint;
  last private.sorted_song;
begin
  execute format('with p as materialized (%s%s where true%s limit %s), a as (select * from p%s%s) '
    'select (select count(*) from p), array(select (a.id, a.name, a.place, false)::private.sorted_song from a '
    'order by a.name collate "C", a.place, a.id desc limit %4$s)',
    picked, songs, matching, page_size,
    -- One's own and what is shared are few, and have no index in each order.
    case when plan.caller is null then '' else format(' union all (%spublic.songs s where s.created_by = %L and s.visibility <> ''public''%s%s order by %s limit %s)',
      picked, plan.caller, behind, matching, ordered.walk, page_size) end,
    case when plan.keys = '{}' then '' else format(' union all (%spublic.songs s where s.id = any ($3) and s.created_by <> %L and s.visibility <> ''public''%s%s '
      'order by %s limit %s)', picked, plan.caller, behind, matching, ordered.walk, page_size) end)
  into public_ones, found
  using (plan.wanted).chord_sets, plan.keys, plan.shared;
  if public_ones = page_size then
    return found;
  end if;
  execute format('select s.id, (%s)::text, (%s)::double precision, true from %s order by %s offset %s', ordered.name, ordered.place, songs, ordered.walk, most - 1)
  into last;
  if last.id is null then
    return found;
  end if;
  -- What is behind the last public song that was read waits for the next page.
  found := array(
    select f from unnest(found) as f
    where f.name collate "C" < last.name or (f.name = last.name and (f.place < last.place or (f.place = last.place and f.id >= last.id)))
  );
  return case when cardinality(found) = page_size then found else found || last end;
end
$$;
comment on function private.walk_in_order is 'The next matching songs in an order that an index has, having read at most so many public ones.';

create function private.sorted_songs(query text, filters jsonb, sort text, page_size integer, after_name text, after_place double precision, after_id uuid)
returns setof private.sorted_song
language plpgsql
stable
security definer
set search_path = ''
set enable_seqscan = 'off'
set jit = 'off'
set max_parallel_workers_per_gather = 0
set random_page_cost = '1.1'
set work_mem = '32MB'
as $$
declare
  most constant integer := 10000;
  plan private.song_plan;
  ordered constant private.song_order := private.song_order(sort, after_name, after_place, after_id);
  total bigint;
  found private.sorted_song[];
begin
  if ordered.name is null then
    perform private.raise_error('invalid_input', 'unable to search songs; there is no such order', 'Pass popular, newest, title, artist or difficulty.',
      '{"field": "sort"}');
  end if;
  plan := private.plan_songs(query, filters);
  if (plan.asked).header is null and ((plan.asked).excluded is not null or (plan.wanted).conditions = '' or query ~ E'\\S') then
    return;
  end if;
  -- Where many match, the first songs of the order have a page.
  if ordered.walk is not null then
    found := private.walk_in_order(plan, ordered, after_id is null, 2000, page_size);
    if cardinality(found) > 0 and not (found[cardinality(found)]).is_place or cardinality(found) = 0 then
      return query select f.* from unnest(found) as f;
      return;
    end if;
  end if;
  execute format('with g as materialized (select s.id, (%s)::text as name, (%s)::double precision as place from public.songs s where true%s%s%s limit %s) '
    'select (select count(*) from g), array(select (g.id, g.name, g.place, false)::private.sorted_song from g%s '
    'order by g.name collate "C", g.place, g.id desc limit %s)',
    ordered.name, ordered.place, (plan.wanted).terms, coalesce(' and s.word_pairs @> ' || quote_literal((plan.asked).pairs) || '::integer[]', ''),
    private.matching_songs(plan), most + 1,
    case when after_id is null then '' else format(' where g.name collate "C" > %1$L or (g.name = %1$L and (g.place > %2$L::double precision '
      'or (g.place = %2$L::double precision and g.id < %3$L::uuid)))', after_name, after_place, after_id) end,
    page_size)
  into total, found
  using (plan.wanted).chord_sets, plan.keys, plan.shared;
  if total > most then
    if ordered.walk is null then
      perform private.raise_error('invalid_input', format('unable to search songs; more than %s songs match, too many to sort by %s', most, sort),
        'Add words or filters, or sort by title, newest or popular.', '{"field": "sort"}');
    end if;
    found := private.walk_in_order(plan, ordered, after_id is null, 20000, page_size);
  end if;
  return query select f.* from unnest(found) as f;
end
$$;
comment on function private.sorted_songs is 'One page of the songs that match a query and filters, in an order of their own.';

revoke execute on function
  private.song_order(text, text, double precision, uuid),
  private.walk_in_order(private.song_plan, private.song_order, boolean, integer, integer),
  private.sorted_songs(text, jsonb, text, integer, text, double precision, uuid)
from public, anon, authenticated, service_role;
