-- Lists of songs by title and artist: a user's own library in the order of the user's language, and public songs from A to Z.

create function private.collation_of(language text)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  if language !~ '^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$' then
    perform private.raise_error('invalid_input', 'unable to list the library; language is no tag of BCP 47', 'Pass one such as es or pt-BR.',
      '{"field": "language"}');
  end if;
  return coalesce((
    select c.collname
    from pg_catalog.pg_collation c
    where c.collnamespace = 'pg_catalog'::regnamespace
      and c.collname in (language || '-x-icu', split_part(language, '-', 1) || '-x-icu', 'und-x-icu')
    order by case when c.collname = 'und-x-icu' then 0 else char_length(c.collname) end desc
    limit 1
  ), 'C');
end
$$;
comment on function private.collation_of is 'The collation of a language; that of all languages where there is none of its own.';

create function private.list_library(
  sort text, language text, page_size integer, after_place double precision, after_name text, after_title text, after_id uuid
)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  -- Signs before the first letter or digit do not count.
  signs constant text := E' !"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~\u00a1\u00bf\u00ab\u00bb\u2018\u2019\u201c\u201d\u201e\u2026\u2013\u2014';
  title constant text := format('ltrim(s.title, %L)', signs);
  -- Letters begin at a in what titles are found by; what is before it are digits and signs.
  place text;
  name text;
begin
  perform private.check_page_size('list the library', page_size, 200, 1);
  case sort
    when 'title' then
      place := 'case when s.title_words >= ''a'' then 1 else 0 end';
      name := title;
    when 'artist' then
      place := 'case when s.artist_words >= ''a'' then 1 when s.artist is not null then 0 else 2 end';
      name := format('coalesce(ltrim(s.artist, %L), '''')', signs);
    when 'newest' then
      place := '-extract(epoch from s.created_at) * 1000000';
      name := '''''';
    when 'popular' then
      place := '-s.popularity';
      name := '''''';
    when 'played' then
      place := '-coalesce((select y.play_count from private.song_plays y where y.user_id = $1 and y.song_id = s.id), 0)';
      name := '''''';
    when 'recent' then
      place := '-coalesce((select extract(epoch from y.last_played_at) * 1000000 from private.song_plays y where y.user_id = $1 and y.song_id = s.id), 0)';
      name := '''''';
    else
      perform private.raise_error('invalid_input', 'unable to list the library; there is no such order',
        'Pass title, artist, newest, popular, played or recent.',
        '{"field": "sort"}');
  end case;
  return query execute format($q$
    select to_jsonb(v) || jsonb_build_object('place', p.place, 'sort_name', p.name, 'sort_title', p.title)
    from (
      select *
      from (
        select s.id, (%1$s)::double precision as place, %2$s as name, %3$s as title
        from (
          select o.id, o.title, o.artist, o.title_words, o.artist_words, o.popularity, o.created_at
          from public.songs o
          where o.created_by = $1 and o.deleted_at is null
          union all
          select o.id, o.title, o.artist, o.title_words, o.artist_words, o.popularity, o.created_at
          from private.visible_songs o
          where o.created_by <> $1
            and o.id in (select f.target_id from private.shares_in_force f where f.target_kind = 'song' and f.user_id = $1)
        ) as s
      ) as a
      where $5 is null or (a.place, a.name collate %4$I, a.title collate %4$I, a.id) > ($2, $3, $4, $5)
      order by a.place, a.name collate %4$I, a.title collate %4$I, a.id
      limit $6
    ) as p
    join private.visible_summaries v on v.id = p.id
    order by p.place, p.name collate %4$I, p.title collate %4$I, p.id $q$,
    place, name, case when sort in ('title', 'artist') then title else '''''' end, private.collation_of(coalesce(language, 'und')))
  using caller, after_place, after_name, after_title, after_id, page_size;
end
$$;

create function public.list_library(
  sort text default 'title',
  language text default null,
  page_size integer default 50,
  after_place double precision default null,
  after_name text default null,
  after_title text default null,
  after_id uuid default null
)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_library(sort, language, page_size, after_place, after_name, after_title, after_id)
$$;
comment on function public.list_library is
  'The caller''s own songs and those shared with the caller, by title or artist in the order of a language, or newest, popular, most or last played first; digits and signs come first; a page of at most 201.';

create function private.browse_songs(
  by_artist boolean, prefix text, page_size integer, after_words text, after_popularity double precision, after_id uuid
)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  -- The songs from one key on, before another; the last key of all is higher than every text.
  least text collate "C" := case when prefix is null or prefix = '#' then '' else private.text_key(prefix) end;
  beyond text collate "C" := case when prefix = '#' then 'a' when least = '' then E'\U0010FFFF' else least || E'\U0010FFFF' end;
begin
  perform private.check_page_size('browse songs', page_size, 200, 1);
  if char_length(prefix) > 100 or (prefix <> '#' and least = '') then
    perform private.raise_error('invalid_input', 'unable to browse songs; the prefix has no letter, or more than 100', 'Pass a letter or #.',
      '{"field": "prefix"}');
  end if;
  return query execute format($q$
    select to_jsonb(v) || jsonb_build_object('sort_words', p.words, 'sort_popularity', p.popularity)
    from (
      (
        select s.id, s.%1$I as words, s.popularity
        from public.songs s
        where s.visibility = 'public' and s.deleted_at is null and s.%1$I = $3 and (s.popularity, s.id) < ($4, $5) and s.%1$I < $2
        order by s.popularity desc, s.id desc
        limit $6
      )
      union all
      (
        select s.id, s.%1$I, s.popularity
        from public.songs s
        where s.visibility = 'public' and s.deleted_at is null and s.%1$I >= $1 and ($3 is null or s.%1$I > $3) and s.%1$I < $2%2$s
        order by s.%1$I, s.popularity desc, s.id desc
        limit $6
      )
    ) as p
    join private.visible_summaries v on v.id = p.id
    order by p.words, p.popularity desc, p.id desc
    limit $6 $q$, case when by_artist then 'artist_words' else 'title_words' end, case when by_artist then ' and s.artist_words > ''''' else '' end)
  using least, beyond, after_words, after_popularity, after_id, page_size;
end
$$;

create function public.browse_songs(
  by_artist boolean default false,
  prefix text default null,
  page_size integer default 50,
  after_words text default null,
  after_popularity double precision default null,
  after_id uuid default null
)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.browse_songs(coalesce(by_artist, false), prefix, page_size, after_words, after_popularity, after_id)
$$;
comment on function public.browse_songs is
  'Public songs from A to Z by title or artist, digits and signs first, perhaps those alone that begin with a prefix or (#) with a digit or sign; of one title the best liked first; a page of at most 201.';

revoke execute on function
  private.collation_of(text),
  private.list_library(text, text, integer, double precision, text, text, uuid),
  public.list_library(text, text, integer, double precision, text, text, uuid),
  private.browse_songs(boolean, text, integer, text, double precision, uuid),
  public.browse_songs(boolean, text, integer, text, double precision, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.list_library(text, text, integer, double precision, text, text, uuid),
  public.list_library(text, text, integer, double precision, text, text, uuid)
to authenticated;
grant execute on function
  private.browse_songs(boolean, text, integer, text, double precision, uuid),
  public.browse_songs(boolean, text, integer, text, double precision, uuid)
to anon, authenticated;
