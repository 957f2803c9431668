-- Similar songs and recommendations.

-- Songs like others.

create function private.songs_met(like_id uuid, own_set bigint, own_genre text, own_chords text[], own_tags text[], breadth integer)
returns table (id uuid, weight numeric)
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    (select s.id, 1.0 as weight from public.songs s where s.chord_set = own_set and s.deleted_at is null limit breadth * 2)
    union all
    select near.song_id, 1.0 / cardinality(own_chords)
    from unnest(own_chords[:8]) as w (name)
    cross join lateral (
      (select c.song_id from public.song_chords c where c.chord_name = w.name and c.song_id > like_id order by c.song_id limit breadth)
      union all
      (select c.song_id from public.song_chords c where c.chord_name = w.name and c.song_id < like_id order by c.song_id desc limit breadth)
    ) as near
    union all
    select near.song_id, 1.0 / 3
    from unnest(own_tags) as w (name)
    cross join lateral (
      (select t.song_id from public.song_tags t where t.tag_name = w.name and t.song_id > like_id order by t.song_id limit breadth)
      union all
      (select t.song_id from public.song_tags t where t.tag_name = w.name and t.song_id < like_id order by t.song_id desc limit breadth)
    ) as near
    union all
    select near.id, 0.5
    from (
      (
        select s.id from public.songs s
        where s.genre = own_genre and s.visibility = 'public' and s.deleted_at is null and s.id > like_id
        order by s.id
        limit breadth
      )
      union all
      (
        select s.id from public.songs s
        where s.genre = own_genre and s.visibility = 'public' and s.deleted_at is null and s.id < like_id
        order by s.id desc
        limit breadth
      )
    ) as near;
end
$$;
comment on function private.songs_met is
  'Songs of exactly these chords, and for each chord, each tag and the genre the next songs by id on both sides. Ids are random, so this is a sample, '
  'the same one each time. A small catalogue is read whole.';

create function private.songs_like(like_id uuid, caller uuid, breadth integer)
returns table (id uuid, score double precision, chords text[], tags text[], same_key boolean, same_genre boolean)
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  own_key text;
  own_genre text;
  own_set bigint;
  own_chords text[];
  own_tags text[];
begin
  select s.key, s.genre, s.chord_set into own_key, own_genre, own_set from public.songs s where s.id = like_id;
  select coalesce(array_agg(c.chord_name), '{}') into own_chords
  from (select c.chord_name from public.song_chords c where c.song_id = like_id order by c.occurrences desc, c.chord_name limit 100) as c;
  select coalesce(array_agg(t.tag_name), '{}') into own_tags
  from (select t.tag_name from public.song_tags t where t.song_id = like_id order by t.tag_name limit 8) as t;

  -- Those that were met most are compared. The work does not grow with the catalogue.
  return query
    with candidate as (
      select m.id from private.songs_met(like_id, own_set, own_genre, own_chords, own_tags, breadth) m where m.id <> like_id group by m.id order by sum(m.weight) desc, m.id limit breadth * 4
    ),
    compared as (
      select s.id,
        coalesce(s.key = own_key, false) as same_key,
        coalesce(s.genre = own_genre, false) as same_genre,
        array(
          select c.chord_name from public.song_chords c where c.song_id = s.id and c.chord_name = any (own_chords) order by c.chord_position
        ) as chords,
        -- A song can have ten thousand chords.
        (select count(*) from (select from public.song_chords c where c.song_id = s.id limit 200) as c) as chord_count,
        case when own_tags = '{}' then '{}' else
          array(select t.label from public.song_tags t where t.song_id = s.id and t.tag_name = any (own_tags) order by t.tag_name)
        end as tags
      from candidate
      join public.songs s on s.id = candidate.id
      where s.deleted_at is null and (s.visibility = 'public' or s.created_by = caller or private.can_see_song(s.id))
    )
    select c.id,
      -- Chords as the share of those that either has; each part is 1 at most.
      coalesce(cardinality(c.chords)::double precision / nullif(cardinality(own_chords) + c.chord_count - cardinality(c.chords), 0), 0)
        + least(cardinality(c.tags), 3) / 3.0
        + case when c.same_genre then 0.5 else 0 end
        + case when c.same_key then 0.25 else 0 end,
      c.chords, c.tags, c.same_key, c.same_genre
    from compared c;
end
$$;
comment on function private.songs_like is
  'Songs that the caller may see and that share chords, tags or the genre with a song, scored; a sample, bounded by the breadth.';

create function private.similar_songs(song_id uuid, page_size integer)
returns table (id uuid, title text, artist text, score double precision, chords text[], tags text[], same_key boolean, same_genre boolean)
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  perform private.check_page_size('find songs', page_size, 50, 1);
  if song_id is null or not private.can_see_song(song_id) then
    perform private.raise_error('song_not_found', 'unable to find songs; there is no song with that id', 'Check the id.');
  end if;
  return query
    select s.id, s.title, s.artist, l.score, l.chords, l.tags, l.same_key, l.same_genre
    from private.songs_like(song_id, auth.uid(), 50) l
    join private.visible_songs s on s.id = l.id
    where l.score > 0.2
    order by l.score desc, l.id
    limit page_size;
end
$$;

create function public.similar_songs(song_id uuid, page_size integer default 10)
returns table (id uuid, title text, artist text, score double precision, chords text[], tags text[], same_key boolean, same_genre boolean)
language sql
stable
set search_path = ''
as $$
  select * from private.similar_songs(song_id, page_size)
$$;
comment on function public.similar_songs is
  'Songs that the caller may see, most like one of them first, with what they share: chords, tags, key, genre.';

create function private.songs_to_offer(caller uuid)
returns table (id uuid, reason text, because_id uuid, score double precision, rank integer)
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    with liked as (
      -- The latest that are still to be seen: a deleted favourite says nothing any more.
      select late.song_id as id
      from (
        select f.song_id, f.created_at from public.song_favorites f where f.user_id = caller order by f.created_at desc, f.song_id desc limit 50
      ) as late
      join private.visible_songs s on s.id = late.song_id
      order by late.created_at desc, late.song_id desc
      limit 5
    ),
    alike as (
      -- Each song once, with the favourite that it is most like.
      select l.id, sum(l.score) as score, (array_agg(liked.id order by l.score desc, liked.id))[1] as because_id
      from liked
      cross join lateral private.songs_like(liked.id, caller, 15) l
      where l.score > 0.2
      group by l.id
    ),
    loved as (
      -- Of at least two users, because one user's favourites are private; and no user has more than twenty votes.
      select voice.song_id as id, count(*)::double precision as score
      from (
        select recent.song_id, row_number() over (partition by recent.user_id order by recent.created_at desc, recent.song_id) as n
        from (select f.user_id, f.song_id, f.created_at from public.song_favorites f order by f.created_at desc limit 3000) as recent
      ) as voice
      where voice.n <= 20
      group by voice.song_id
      having count(*) > 1
      order by count(*) desc, voice.song_id
      limit 200
    ),
    known as (
      select s.id
      from public.songs s
      where s.visibility = 'public' and s.deleted_at is null and s.popularity > 0
      order by s.popularity desc, s.id desc
      limit 200
    ),
    fresh as (
      select s.id from public.songs s where s.visibility = 'public' and s.deleted_at is null order by s.created_at desc, s.id desc limit 200
    )
    select a.id, 'favorite' as reason, a.because_id, a.score, 1 as rank from alike a
    union all
    select l.id, 'popular', null, l.score, 2 from loved l
    union all
    select k.id, 'popular', null, 0, 3 from known k
    union all
    select f.id, 'new', null, 0, 4 from fresh f;
end
$$;
comment on function private.songs_to_offer is
  'Songs that are like the latest favourites of a user, what several users like, what is popular and what is new, best first by rank.';

create function private.recommend_songs(page_size integer)
returns table (id uuid, title text, artist text, reason text, because_id uuid, because_title text, score double precision)
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  caller uuid := private.require_user();
begin
  perform private.check_page_size('recommend songs', page_size, 50, 1);
  return query
    with best as (
      select distinct on (o.id) o.id, o.reason, o.because_id, o.score, o.rank, s.title, s.artist, s.popularity, s.created_at
      from private.songs_to_offer(caller) o
      join public.songs s on s.id = o.id
      where s.visibility = 'public'
        and s.deleted_at is null
        and s.created_by <> caller
        and not exists (select from public.song_favorites f where f.user_id = caller and f.song_id = o.id)
      order by o.id, o.rank
    ),
    placed as (
      select b.*,
        row_number() over (
          order by b.rank, b.score desc, case when b.rank < 4 then b.popularity end desc nulls last, b.created_at desc, b.id
        ) as place
      from best b
    )
    select p.id, p.title, p.artist, p.reason, p.because_id, b.title, p.score
    from placed p
    left join private.visible_songs b on b.id = p.because_id
    order by p.place
    limit page_size;
end
$$;

create function public.recommend_songs(page_size integer default 10)
returns table (id uuid, title text, artist text, reason text, because_id uuid, because_title text, score double precision)
language sql
stable
set search_path = ''
as $$
  select * from private.recommend_songs(page_size)
$$;
comment on function public.recommend_songs is
  'Public songs of others that are like the caller''s favourites, each with the favourite that it is like; then what several like, then what is new.';

revoke execute on function
  private.songs_met(uuid, bigint, text, text[], text[], integer),
  private.songs_to_offer(uuid),
  private.songs_like(uuid, uuid, integer),
  private.similar_songs(uuid, integer),
  public.similar_songs(uuid, integer),
  private.recommend_songs(integer),
  public.recommend_songs(integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.recommend_songs(integer),
  public.recommend_songs(integer)
to authenticated;
grant execute on function
  private.similar_songs(uuid, integer),
  public.similar_songs(uuid, integer)
to anon, authenticated, service_role;
