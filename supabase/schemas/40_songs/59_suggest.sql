-- Suggests songs and tags as you type.

create function private.songs_to_suggest(start text, last_word text, within tsquery, starts_within tsquery)
returns table (title text, artist text, title_words text, artist_words text, header_vector tsvector, popularity double precision)
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  caller constant uuid := auth.uid();
  keys constant private.song_key[] := private.shared_song_keys();
  beyond constant text := start || E'\U0010FFFF';
  found integer;
begin
  -- The most popular songs are enough for a short start.
  return query
    select s.title, s.artist, s.title_words, s.artist_words, s.header_vector, s.popularity
    from (
      (select p.* from public.songs p where p.visibility = 'public' and p.deleted_at is null order by p.popularity desc, p.id desc limit 1500)
      union all
      (select o.* from public.songs o where o.created_by = caller and o.visibility <> 'public' and o.deleted_at is null
        order by o.popularity desc, o.id desc limit 1500)
      union all
      (select h.* from unnest(keys) as k join public.songs h on h.id = k.id
        where (exists (select from unnest(array[last_word] || private.other_words(last_word)) as w (word)
              where strpos(k.title_words, w.word) > 0 or strpos(k.artist_words, w.word) > 0)
            or starts_with(k.title_words, start) or starts_with(k.artist_words, start))
          and h.created_by <> caller and h.visibility <> 'public' and h.deleted_at is null)
      union all
      (select p.* from public.songs p where p.visibility = 'public' and p.deleted_at is null
        and p.title_words >= start and p.title_words < beyond order by p.title_words limit 300)
      union all
      (select p.* from public.songs p where p.visibility = 'public' and p.deleted_at is null
        and p.artist_words >= start and p.artist_words < beyond order by p.artist_words limit 300)
    ) as s
    where starts_with(s.title_words, start) or starts_with(s.artist_words, start) or s.header_vector @@ within;
  get diagnostics found = row_count;
  if starts_within is not null and found < 300 then
    -- Words that begin so in the middle of less popular names. The index gathers all of them, so it is asked for rare ones alone.
    return query execute format(
      'select s.title, s.artist, s.title_words, s.artist_words, s.header_vector, s.popularity from public.songs s '
      'where s.header_vector @@ %L::tsquery and s.visibility = ''public'' and s.deleted_at is null limit 300', starts_within);
  end if;
end
$$;
comment on function private.songs_to_suggest is
  'A bounded part of the songs that the caller sees whose title or artist begins so, or has the words of the query within.';

create function private.suggest_songs(prefix text, page_size integer)
returns table (value text, kind text)
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
#variable_conflict use_column
declare
  start constant text := private.text_key(left(prefix, 200));
  asked private.song_query;
  of_title tsquery;
  of_artist tsquery;
  last_word text;
begin
  perform private.check_page_size('suggest songs', page_size, 50);
  if start = '' then
    return;
  end if;
  asked := private.read_song_query(replace(left(prefix, 200), '"', ' '));
  last_word := asked.spelled[cardinality(asked.spelled)];
  if asked.excluded is null then
    select string_agg('(' || private.quote_lexeme(w.word) || w.ending || 'A' || coalesce(o.words, '') || ')', ' & ')::tsquery,
      string_agg('(' || private.quote_lexeme(w.word) || w.ending || 'B' || replace(coalesce(o.words, ''), ':A', ':B') || ')', ' & ')::tsquery
    into of_title, of_artist
    from (
      select s.word, case when asked.is_open and s.n = cardinality(asked.spelled) then ':*' else ':' end as ending
      from unnest(asked.spelled) with ordinality as s (word, n)
    ) as w
    cross join lateral (
      select string_agg(' | ' || private.quote_lexeme(a.word) || ':A', '') as words from unnest(private.other_words(w.word)) as a (word)
    ) as o;
  end if;
  return query
    with seen as materialized (
      select * from private.songs_to_suggest(start, last_word, of_title || of_artist,
        case when char_length(last_word) > 3 or cardinality(asked.spelled) > 1 or not asked.is_open then of_title || of_artist end)
    ),
    candidate as (
      select s.title as value, 'title' as kind, s.title_words as words, s.popularity, starts_with(s.title_words, start) as is_begun
      from seen s where starts_with(s.title_words, start) or s.header_vector @@ of_title
      union all
      select s.artist, 'artist', s.artist_words, s.popularity, starts_with(s.artist_words, start)
      from seen s where s.artist is not null and (starts_with(s.artist_words, start) or s.header_vector @@ of_artist)
    )
    select b.value, b.kind
    from (
      select distinct on (c.kind, c.words) c.value, c.kind, c.words, c.popularity, c.is_begun
      from candidate c
      order by c.kind, c.words, c.popularity desc
    ) as b
    -- What begins so stands before what has it within.
    order by b.words = start desc, b.is_begun desc, b.popularity desc, b.words, b.kind
    limit page_size;
end
$$;

create function public.suggest_songs(prefix text, page_size integer default 10)
returns table (value text, kind text)
language sql
stable
set search_path = ''
as $$
  select * from private.suggest_songs(prefix, page_size)
$$;
comment on function public.suggest_songs is
  'Titles and artists of songs that the caller may see that begin so, then those that have such words within, blind to case and accents; the most popular first, at most 50.';

create function private.known_song_tags(first text, wanted uuid, caller uuid)
returns table (tag_name text, label text, uses integer, category_id uuid)
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  beyond constant text := first || chr(1114109);
begin
  return query
    select n.tag_name, (array_agg(n.label order by n.uses desc, n.label))[1], max(n.uses),
      (array_agg(n.category_id) filter (where n.category_id is not null))[1]
    from (
      (
        select t.key as tag_name, t.name as label, 0 as uses, null::uuid as category_id
        from public.tags t
        where t.is_sung and t.key >= first and t.key < beyond
        order by t.key
        limit 60
      )
      union all
      (
        select p.tag_name, p.label, p.usage_count, p.category_id
        from public.popular_tags p
        where p.usage_count > 0 and p.tag_name >= first and p.tag_name < beyond and (wanted is null or p.category_id = wanted)
        order by p.usage_count desc, p.tag_name
        limit 60
      )
      union all
      (
        select distinct on (o.tag_name) o.tag_name, o.label, 0, o.category_id
        from (
          select t.tag_name, t.label, t.category_id
          from public.song_tags t
          where t.created_by = caller and t.tag_name >= first and t.tag_name < beyond
          order by t.tag_name
          limit 1000
        ) as o
        limit 60
      )
    ) as n
    group by n.tag_name;
end
$$;
comment on function private.known_song_tags is
  'Tags that begin so: what public songs have or had, what is popular, what the caller gave; a bounded part of each.';

create function private.suggest_song_tags(prefix text, category text, page_size integer)
returns table (tag_name text, label text, category_name text, uses integer)
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  caller uuid := private.require_user();
  first text := coalesce(private.catalogue_key(prefix), '') collate "C";
  wanted uuid;
begin
  perform private.check_page_size('suggest tags', page_size, 50, 1);
  if char_length(prefix) > 80 then
    perform private.raise_error('invalid_input', 'unable to suggest tags; a tag has at most 80 characters', 'Shorten the text.',
      '{"field": "prefix"}');
  end if;
  if category is not null then
    select c.id into wanted from public.tag_categories c where c.name = category;
    if not found then
      return;
    end if;
  end if;
  -- What the private songs of others have is not among them and counts nothing.
  return query
    with counted as (
      select k.tag_name, k.label, greatest(k.uses, u.uses) as uses, coalesce(k.category_id, u.category_id) as category_id
      from private.known_song_tags(first, wanted, caller) k
      cross join lateral (
        select count(*)::integer as uses, (array_agg(v.category_id) filter (where v.category_id is not null))[1] as category_id
        from (
          select h.category_id
          from (
            select t.song_id, t.category_id from public.song_tags t where t.tag_name = k.tag_name order by t.song_id limit 1000
          ) as h
          join public.songs s on s.id = h.song_id
          where s.deleted_at is null and (s.visibility = 'public' or s.created_by = caller)
          limit 20
        ) as v
      ) as u
    )
    select c.tag_name, c.label, g.name, c.uses
    from counted c
    left join public.tag_categories g on g.id = c.category_id
    where c.uses > 0 and (wanted is null or c.category_id = wanted)
    order by c.uses desc, c.tag_name
    limit page_size;
end
$$;

create function public.suggest_song_tags(prefix text default '', category text default null, page_size integer default 10)
returns table (tag_name text, label text, category text, uses integer)
language sql
stable
set search_path = ''
as $$
  select * from private.suggest_song_tags(prefix, category, page_size)
$$;
comment on function public.suggest_song_tags is
  'Tags that begin so, of public songs and the caller''s own, the most used first; perhaps of one category.';

revoke execute on function
  private.songs_to_suggest(text, text, tsquery, tsquery),
  private.suggest_songs(text, integer),
  public.suggest_songs(text, integer),
  private.known_song_tags(text, uuid, uuid),
  private.suggest_song_tags(text, text, integer),
  public.suggest_song_tags(text, text, integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.suggest_songs(text, integer),
  public.suggest_songs(text, integer)
to anon, authenticated, service_role;
grant execute on function
  private.suggest_song_tags(text, text, integer),
  public.suggest_song_tags(text, text, integer)
to authenticated;
