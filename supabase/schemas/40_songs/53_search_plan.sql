-- How a search is planned: what it asks for, as whom, and which stages it goes through. How results are ranked, and what bounds
-- the work of each query: docs/performance/search.md.

create table private.search_stages (
  name text primary key,
  tier integer not null unique,
  last_tier integer not null,
  function_name text not null,
  fewer_than integer,
  ranks integer,
  gathers integer,
  walks integer
);
comment on table private.search_stages is 'The stages of a search of songs, from the highest tier to the lowest, and their budgets.';
comment on column private.search_stages.tier is 'The first tier that the results of the stage have.';
comment on column private.search_stages.last_tier is 'The last tier of the stage: a cursor with a tier between the two continues in this stage.';
comment on column private.search_stages.fewer_than is 'The stage runs only when the stages before it found fewer songs; null for always.';
comment on column private.search_stages.ranks is 'How many songs the stage puts in order at most; null when it ranks all that it gathers.';
comment on column private.search_stages.gathers is 'How many songs the stage reads at most through an index that is not in order of popularity.';
comment on column private.search_stages.walks is 'How many songs the stage reads at most in order of popularity; null when it does not walk.';

create type private.song_hit as (
  id uuid,
  tier integer,
  score double precision,
  popularity double precision,
  is_place boolean
);
comment on type private.song_hit is 'A song that a stage found. With is_place it is not a result but the place after which the next page continues.';

create type private.song_page as (
  stage private.search_stages,
  after_tier integer,
  size integer,
  score double precision,
  popularity double precision,
  id uuid
);
comment on type private.song_page is
  'The page that a stage returns: how many songs at most, and after which place. after_tier is null on the first page.';

create type private.song_plan as (
  caller uuid,
  asked private.song_query,
  wanted private.song_filter,
  keys private.song_key[],
  shared uuid[],
  near text[],
  songs_in_all double precision,
  public_is_on_top boolean,
  seen text,
  conditions text,
  begun text,
  begun_word text,
  not_exact text,
  line text,
  not_line text
);
comment on type private.song_plan is
  'A search: the caller, the query, the filters, the songs shared with the caller, and titles one typo away (null until a stage needs them). '
  'songs_in_all: an estimate of all songs. public_is_on_top: the 400 most popular songs that the caller sees are public. The rest is SQL on a row s. '
  'seen: the caller sees the song. conditions: it passes the filters and exclusions. begun and begun_word: its title is the query and one more letter, '
  'by its key and by its last word. not_exact: the stages of exact names leave it out. line: the words follow each other in it (null when the query '
  'is no line). not_line: they do not.';

create function private.popularity_epoch()
returns date
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return date '2026-01-01';
end
$$;
comment on function private.popularity_epoch is 'Popularity is stored as of this day, so that time alone changes no row; it fades by e in 30 days.';

create function private.seen_songs(caller uuid, shared uuid[])
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return ' and s.deleted_at is null and (s.visibility = ''public'''
    || case when caller is null then '' else format(' or s.created_by = %L', caller) end
    || case when shared = '{}' then ')' else ' or s.id = any ($3))' end;
end
$$;
comment on function private.seen_songs is 'The rule of private.visible_songs as SQL for a row s; $3 is what is shared with the caller.';

create function private.line_condition(asked private.song_query)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  words constant text[] := asked.spelled;
  -- The last of three words or more may be unfinished.
  is_open constant boolean := asked.is_open and cardinality(words) > 2;
  whole constant integer := cardinality(words) - is_open::integer;
begin
  if not asked.is_one_text or asked.pairs is not null or cardinality(words) < 2 then
    return null;
  end if;
  return format('s.word_pairs @> %L::integer[]', private.pairs_of(words[:whole]))
    || case when is_open then format(' and s.search_vector @@ %L::tsquery', format('%L <-> %L:*', words[whole], words[whole + 1])) else '' end;
end
$$;
comment on function private.line_condition is 'As SQL: whether the words of a query follow each other in a row s; null for a single word and for phrases.';

create function private.is_long_line(asked private.song_query)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
  return cardinality(asked.spelled) > 3;
end
$$;
comment on function private.is_long_line is 'Whether a query has so many words that songs with all of them in one line rank above songs with them in names.';

create function private.plan_songs(query text, filters jsonb)
returns private.song_plan
language plpgsql
stable
set search_path = ''
as $$
declare
  plan private.song_plan;
  least_liked double precision;
begin
  plan.caller := auth.uid();
  plan.asked := private.read_song_query(query);
  plan.wanted := private.read_song_filter(filters);
  plan.keys := private.shared_song_keys();
  plan.shared := array(select k.id from unnest(plan.keys) as k);
  select greatest(c.reltuples, 0) into plan.songs_in_all from pg_catalog.pg_class c where c.oid = 'public.songs'::regclass;

  -- Visibility is written out: under the policies the operators of a search could not use an index.
  plan.seen := private.seen_songs(plan.caller, plan.shared);
  plan.conditions := (plan.wanted).conditions
    || case when (plan.asked).excluded is null then '' else format(' and not s.search_vector @@ %L::tsquery', (plan.asked).excluded) end;
  if (plan.asked).is_one_text and (plan.asked).open is not null and char_length((plan.asked).words) > 2 then
    -- One key for each letter, because very many titles can have the prefix.
    plan.begun := format('s.title_words = any (%L::text[])',
      array(select (plan.asked).words || l.letter from string_to_table('abcdefghijklmnopqrstuvwxyz0123456789', null) as l (letter)));
    -- A key has no blanks: what is missing is a letter and not another word.
    plan.begun_word := format(' and s.header_vector @@ %L::tsquery', (
      select string_agg(private.quote_lexeme((plan.asked).spelled[cardinality((plan.asked).spelled)] || l.letter) || ':A', ' | ')
      from string_to_table('abcdefghijklmnopqrstuvwxyz0123456789', null) as l (letter)));
  end if;
  plan.not_exact := case when (plan.asked).is_one_text and (plan.asked).words <> ''
      then format(' and s.title_words <> %1$L and s.artist_words <> %1$L', (plan.asked).words) else '' end
    || coalesce(' and not (' || plan.begun || plan.begun_word || ')', '');

  plan.line := private.line_condition(plan.asked);
  plan.not_line := coalesce(' and not (' || plan.line || ')', '');

  select q.popularity into least_liked
  from public.songs q
  where q.visibility = 'public' and q.deleted_at is null
  order by q.popularity desc, q.id desc
  offset 399 limit 1;
  plan.public_is_on_top := not exists (select from unnest(plan.keys) as k where k.popularity >= coalesce(least_liked, 0))
    and not exists (
      select
      from public.songs o
      where o.created_by = plan.caller and o.visibility <> 'public' and o.deleted_at is null
        and o.popularity >= coalesce(least_liked, 0)
    );
  return plan;
end
$$;
comment on function private.plan_songs is 'Reads a query and filters, and what is shared with the caller.';

create function private.matching_songs(plan private.song_plan)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  asked constant private.song_query := plan.asked;
begin
  return plan.seen || plan.conditions || case
    when asked.header is null then ''
    when asked.header = asked.lyrics then format(' and s.search_vector @@ %L::tsquery', asked.lyrics)
    else format(' and (s.search_vector @@ %L::tsquery or s.header_vector @@ %L::tsquery)', asked.lyrics, asked.header)
  end;
end
$$;
comment on function private.matching_songs is 'As SQL: whether the caller sees a row s and it matches the query and filters.';

create function private.walk_of_songs(plan private.song_plan, page private.song_page, most integer)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  place constant text := format('(%L::double precision, %L::uuid)', page.popularity, page.id);
  -- Of the caller's own songs and of what is shared only those that are as popular as the last public one take part.
  least_liked constant text := format('coalesce((select q.popularity from public.songs q where q.visibility = ''public'' '
    'and q.deleted_at is null and (q.popularity, q.id) < %s order by q.popularity desc, q.id desc offset %s - 1 limit 1), 0)', place, most);
begin
  -- As many of each list, which are in order already: an order over all of them would sort all songs.
  return format('(select s.* from ((select p.* from public.songs p where p.visibility = ''public'' and p.deleted_at is null '
      'and (p.popularity, p.id) < %s order by p.popularity desc, p.id desc limit %s)', place, most)
    || case when plan.caller is null then '' else format(
      ' union all (select o.* from public.songs o where o.created_by = %L and o.visibility <> ''public'' and o.deleted_at is null '
      'and (o.popularity, o.id) < %s and o.popularity >= %s order by o.popularity desc, o.id desc limit %s)',
      plan.caller, place, least_liked, most) end
    || case when plan.keys = '{}' then '' else format(
      ' union all (select h.* from (select w.id from unnest($2) as w where (w.popularity, w.id) < %s and w.popularity >= %s '
      'order by w.popularity desc, w.id desc limit %s) as w join public.songs h on h.id = w.id '
      'where h.created_by <> %L and h.visibility <> ''public'' and h.deleted_at is null)', place, least_liked, most, plan.caller) end
    || format(') s order by s.popularity desc, s.id desc limit %s) s', most);
end
$$;
comment on function private.walk_of_songs is 'As SQL: the next songs that the caller sees behind a place, in order of popularity; $2 is what is shared.';

create function private.most_popular_songs(plan private.song_plan, page private.song_page, most integer)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  if plan.public_is_on_top then
    return format('(select * from public.songs p where p.visibility = ''public'' and p.deleted_at is null '
      'order by p.popularity desc, p.id desc limit %s) s', most);
  end if;
  page.popularity := 'infinity';
  page.id := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  return private.walk_of_songs(plan, page, most);
end
$$;
comment on function private.most_popular_songs is
  'As SQL: the most popular songs, at most 400 unless nothing but public songs is liked as well.';

revoke all on private.search_stages from public, anon, authenticated, service_role;
revoke execute on function
  private.popularity_epoch(),
  private.seen_songs(uuid, uuid[]),
  private.line_condition(private.song_query),
  private.is_long_line(private.song_query),
  private.plan_songs(text, jsonb),
  private.matching_songs(private.song_plan),
  private.walk_of_songs(private.song_plan, private.song_page, integer),
  private.most_popular_songs(private.song_plan, private.song_page, integer)
from public, anon, authenticated, service_role;
