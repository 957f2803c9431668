-- Songs kept and found again: favourites, tags, the trash, recommendations, similar songs, imports, and the seed's two views.
--
-- Roll back: drop view public.song_list_view, public.song_search_view; drop trigger songs_derive_tags_on_insert,
-- songs_derive_tags_on_update on public.songs; drop trigger profiles_delete_favorites on public.profiles; drop table
-- public.song_tags, public.song_favorites, public.popular_tags, public.tag_categories; drop the indexes of songs and the
-- functions below.

-- Counts of tags and places in a list are small numbers; the indexes are made while nobody has songs yet.
-- squawk-ignore-file prefer-bigint-over-int, require-concurrent-index-creation

begin;
set local lock_timeout = '10s';

create table public.tag_categories (
  id uuid primary key default gen_random_uuid(),
  name text not null unique,
  description text,
  color_hex text,
  icon text,
  created_at timestamptz not null default now(),
  constraint tag_categories_name_check check (name ~ '^[a-z][a-z0-9_-]{0,99}$'),
  constraint tag_categories_description_check check (char_length(description) <= 500),
  constraint tag_categories_color_hex_check check (color_hex ~ '^#[0-9A-Fa-f]{6}$'),
  constraint tag_categories_icon_check check (char_length(icon) <= 50)
);
comment on table public.tag_categories is 'What a tag is about; the app''s service adds its own.';

insert into public.tag_categories (name, description, color_hex, icon) values
  ('genre', 'Musical genres', '#FF6B6B', 'music'),
  ('mood', 'How a song feels', '#4ECDC4', 'heart'),
  ('occasion', 'When it is sung', '#45B7D1', 'calendar'),
  ('difficulty', 'How hard it is to play', '#96CEB4', 'star'),
  ('instrument', 'What it is played on', '#FECA57', 'guitar'),
  ('style', 'Musical styles', '#FF9FF3', 'palette')
on conflict (name) do nothing;

create function private.tag_label(written text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
declare
  label text := btrim(regexp_replace(written, '[[:cntrl:][:space:]\u00a0]+', ' ', 'g'));
begin
  return case when char_length(label) between 1 and 80 and char_length(private.catalogue_key(label)) between 1 and 400 then label end;
end
$$;
comment on function private.tag_label is 'A tag as somebody wrote it, on one line; null when it cannot stand in the catalogue.';

create table public.song_tags (
  song_id uuid not null references public.songs (id) on delete cascade,
  -- At the end of the transaction, for the catalogue is filled after the statement, for every writer.
  tag_name text collate "C" not null references public.tags (key) deferrable initially deferred,
  label text not null,
  category_id uuid references public.tag_categories (id) on delete set null,
  tag_type text not null default 'user',
  created_by uuid references public.profiles (id) on delete set null,
  created_at timestamptz not null default now(),
  primary key (song_id, tag_name),
  constraint song_tags_label_check check (char_length(label) >= 1 and char_length(label) <= 80 and label !~ '[[:cntrl:]]'),
  constraint song_tags_tag_name_check check (tag_name = private.catalogue_key(label)),
  constraint song_tags_tag_type_check check (tag_type in ('user', 'auto', 'system'))
);
comment on table public.song_tags is 'The tags of a song, each once, whoever gave it.';
comment on column public.song_tags.tag_name is
  'The key of the catalogue''s entry: the label without case, accents and surplus blanks. What tags are compared by.';
comment on column public.song_tags.label is 'As it was written for this song.';
comment on column public.song_tags.tag_type is 'user: given by a person; auto: from {tag} in the text; system: given by the service.';

create table public.popular_tags (
  tag_name text collate "C" primary key,
  label text not null,
  category_id uuid references public.tag_categories (id) on delete set null,
  usage_count integer not null default 0,
  trend_score double precision not null default 0,
  last_used_at timestamptz,
  updated_at timestamptz not null default now(),
  constraint popular_tags_tag_name_check check (private.is_catalogue_name(label) and tag_name = private.catalogue_key(label)),
  constraint popular_tags_usage_count_check check (usage_count >= 0)
);
comment on table public.popular_tags is 'How many public songs have a tag; computed by the service, read for suggestions.';

create table public.song_favorites (
  user_id uuid not null references public.profiles (id) on delete cascade,
  song_id uuid not null references public.songs (id) on delete cascade,
  created_at timestamptz not null default clock_timestamp(),
  primary key (user_id, song_id)
);
comment on table public.song_favorites is 'Songs that a person keeps at hand; nobody else sees which.';

create index song_tags_tag_name_song_id_idx on public.song_tags (tag_name, song_id);
create index song_tags_created_by_tag_name_idx on public.song_tags (created_by, tag_name);
create index song_tags_category_id_idx on public.song_tags (category_id);
create index popular_tags_category_id_usage_count_idx on public.popular_tags (category_id, usage_count desc);
create index popular_tags_usage_count_idx on public.popular_tags (usage_count desc);
create index song_favorites_user_id_created_at_song_id_idx on public.song_favorites (user_id, created_at desc, song_id desc);
create index song_favorites_song_id_idx on public.song_favorites (song_id);
create index song_favorites_created_at_idx on public.song_favorites (created_at desc);
create index songs_trash_idx on public.songs (created_by, deleted_at desc, id desc) where deleted_at is not null;
create index songs_genre_id_idx on public.songs (genre, id) where visibility = 'public' and deleted_at is null and genre is not null;

create view public.song_list_view
with (security_invoker = true)
as
select
  s.id, s.title, s.artist, s.album, s.genre, s.key, s.tempo, s.difficulty_level, s.language, s.year, s.visibility, s.created_by,
  s.created_at, s.updated_at,
  p.display_name as creator_name,
  array(select t.label from public.song_tags t where t.song_id = s.id order by t.tag_name) as tags
from public.songs s
join public.profiles p on p.id = s.created_by
where s.deleted_at is null;
comment on view public.song_list_view is
  'Living songs that the reader may see, with their owner''s name and their tags, which are gathered row by row of a page.';

create view public.song_search_view
with (security_invoker = true)
as
select
  s.id, s.title, s.artist, s.album, s.genre, s.key, s.difficulty_level, s.created_by, s.visibility,
  concat_ws(' ', s.title, s.artist, s.album, s.genre, s.lyrics) as searchable_text,
  (select string_agg(t.label, ' ' order by t.tag_name) from public.song_tags t where t.song_id = s.id) as tag_string,
  (select string_agg(c.chord_name, ' ' order by c.chord_position) from public.song_chords c where c.song_id = s.id) as chord_string
from public.songs s
where s.deleted_at is null;
comment on view public.song_search_view is
  'The words, tags and chords of living songs that the reader may see, for exports; search_songs is what searches.';

create function private.enter_song_tags(keys text[], labels text[])
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.tags (name, is_known)
  select distinct on (l.key) l.label, false
  from unnest(keys, labels) as l (key, label)
  where not exists (select from public.tags t where t.key = l.key collate "C")
  order by l.key, l.label
  on conflict (key) do nothing;
end
$$;
comment on function private.enter_song_tags is
  'Enters into the catalogue what it lacks, by key, so that two writers cannot wait for each other; nobody sees it yet.';

create function private.lock_unsung_tags(keys text[])
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform from public.tags t where t.key = any (keys) and not t.is_sung order by t.key for no key update;
end
$$;
comment on function private.lock_unsung_tags is 'Locks, by key, the entries that no public song has had yet.';

create function private.publish_song_tags(keys text[], labels text[])
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  if not exists (select from public.tags t where t.key = any (keys) and not t.is_sung) then
    return;
  end if;
  perform private.lock_unsung_tags(keys);
  update public.tags t
  -- How a private song had it written is nobody's business.
  set name = case when t.is_known then t.name else l.label end, is_known = true, is_sung = true
  from (
    select distinct on (w.key) w.key collate "C" as key, w.label
    from unnest(keys, labels) as w (key, label)
    order by w.key, w.label
  ) as l
  where t.key = l.key and not t.is_sung;
end
$$;
comment on function private.publish_song_tags is 'What a public song has is known from then on. After all entries are there: what is new is locked before what is not.';

create function private.enter_new_song_tags()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.enter_song_tags(array_agg(a.tag_name), array_agg(a.label)) from added a;
  perform private.publish_song_tags(array_agg(a.tag_name), array_agg(a.label))
  from added a
  join public.songs s on s.id = a.song_id
  where s.visibility = 'public';
  return null;
end
$$;
comment on function private.enter_new_song_tags is 'Trigger: what songs are tagged with is in the catalogue, whoever writes it.';

create function private.song_text_tags(metadata jsonb)
returns table (tag_name text, label text)
language plpgsql
immutable
set search_path = ''
as $$
begin
  return query
    select distinct on (k.key) k.key, k.label
    from (
      select private.catalogue_key(w.label) collate "C" as key, w.label, w.n
      from (
        select private.tag_label(left(e.label, 80)) as label, e.n
        from jsonb_array_elements_text(coalesce(metadata -> 'tag', '[]')) with ordinality as e (label, n)
        order by e.n
        limit 50
      ) as w
      where w.label is not null
      offset 0
    ) as k
    order by k.key, k.n;
end
$$;
comment on function private.song_text_tags is 'The tags that a text names with {tag}: of the first 50, those that can be tags, each once.';

create function private.derive_song_tags()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  keys text[];
  labels text[];
begin
  if tg_op = 'UPDATE' then
    delete from public.song_tags t
    where t.song_id = new.id
      and t.tag_type = 'auto'
      and not exists (select from private.song_text_tags(new.chordpro_metadata) w where w.tag_name = t.tag_name);
    if new.visibility = 'public' and old.visibility <> 'public' then
      -- Those that it has and those that come now, together: the catalogue is locked in one go.
      with own as (
        select t.tag_name, t.label from public.song_tags t where t.song_id = new.id
        union all
        select w.tag_name, w.label from private.song_text_tags(new.chordpro_metadata) w
      )
      select array_agg(o.tag_name), array_agg(o.label) into keys, labels from own o;
      perform private.enter_song_tags(keys, labels);
      perform private.publish_song_tags(keys, labels);
    end if;
  end if;
  insert into public.song_tags (song_id, tag_name, label, tag_type)
  select new.id, w.tag_name, w.label, 'auto'
  from private.song_text_tags(new.chordpro_metadata) w
  on conflict (song_id, tag_name) do nothing;
  return null;
end
$$;
comment on function private.derive_song_tags is
  'Trigger: the tags that a song''s own text names with {tag} are its automatic ones; a song that is published publishes its tags.';

create function private.delete_favorites_of_deleted_profile()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from public.song_favorites f where f.user_id = new.id;
  return null;
end
$$;
comment on function private.delete_favorites_of_deleted_profile is 'Trigger: a person''s favourites go with the account.';

create function private.raise_song_not_found(operation text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.raise_error('song_not_found', format('unable to %s the song; the caller has none with that id', operation), 'Check the id.');
end
$$;

create function private.check_page_size(operation text, page_size integer, most integer)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if page_size is null or page_size not between 1 and most then
    perform private.raise_error('invalid_input', format('unable to %s; a page holds 1 to %s', operation, most - 1),
      'Choose another page size.', '{"field": "limit"}');
  end if;
end
$$;

-- Favourites.

create function private.favorite_song(song_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  if not private.can_see_song(favorite_song.song_id) then
    perform private.raise_error('song_not_found', 'unable to keep the song; there is none with that id', 'Check the id.');
  end if;
  perform private.get_own_profile();
  insert into public.song_favorites (user_id, song_id) values (caller, favorite_song.song_id) on conflict do nothing;
exception
  when foreign_key_violation then
    -- Purged in between.
    perform private.raise_error('song_not_found', 'unable to keep the song; there is none with that id', 'Check the id.');
end
$$;

create function public.favorite_song(song_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.favorite_song(song_id)
$$;
comment on function public.favorite_song is 'Makes a song that the caller may see a favourite; doing so again changes nothing.';

create function private.unfavorite_song(song_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  delete from public.song_favorites f where f.user_id = caller and f.song_id = unfavorite_song.song_id;
end
$$;

create function public.unfavorite_song(song_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.unfavorite_song(song_id)
$$;
comment on function public.unfavorite_song is 'Makes a song no favourite of the caller''s any more, if it was one.';

create function private.list_favorite_songs(page_size integer, before_created_at timestamptz, before_id uuid)
returns table (
  id uuid,
  title text,
  artist text,
  album text,
  key text,
  tempo integer,
  time_signature text,
  capo_fret integer,
  genre text,
  style text,
  language text,
  year integer,
  duration_seconds integer,
  difficulty_level integer,
  visibility text,
  created_by uuid,
  version integer,
  created_at timestamptz,
  updated_at timestamptz,
  favorite_at timestamptz
)
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  caller uuid := private.require_user();
  rows_wanted integer := least(greatest(page_size, 0), 201);
begin
  return query
    select
      s.id, s.title, s.artist, s.album, s.key, s.tempo, s.time_signature, s.capo_fret, s.genre, s.style, s.language, s.year,
      s.duration_seconds, s.difficulty_level, s.visibility, s.created_by, s.version, s.created_at, s.updated_at, f.created_at
    from public.song_favorites f
    join private.visible_songs s on s.id = f.song_id
    where f.user_id = caller and (f.created_at, f.song_id) < (before_created_at, before_id)
    order by f.created_at desc, f.song_id desc
    limit rows_wanted;
end
$$;
create function public.list_favorite_songs(
  page_size integer default 50,
  before_created_at timestamptz default 'infinity',
  before_id uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff'
)
returns table (
  id uuid,
  title text,
  artist text,
  album text,
  key text,
  tempo integer,
  time_signature text,
  capo_fret integer,
  genre text,
  style text,
  language text,
  year integer,
  duration_seconds integer,
  difficulty_level integer,
  visibility text,
  created_by uuid,
  version integer,
  created_at timestamptz,
  updated_at timestamptz,
  favorite_at timestamptz
)
language sql
stable
set search_path = ''
as $$
  select * from private.list_favorite_songs(page_size, before_created_at, before_id)
$$;
comment on function public.list_favorite_songs is
  'The caller''s favourites that are still to be seen, the latest first; a page of at most 201 after a time and an id.';

-- The trash.

create function private.list_trash(page_size integer, before_deleted_at timestamptz, before_id uuid)
returns table (id uuid, title text, artist text, deleted_at timestamptz)
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  caller uuid := private.require_user();
begin
  perform private.check_page_size('list the trash', page_size, 201);
  return query
    select s.id, s.title, s.artist, s.deleted_at
    from public.songs s
    where s.created_by = caller
      and s.deleted_at is not null
      and (s.deleted_at, s.id) < (before_deleted_at, before_id)
    order by s.deleted_at desc, s.id desc
    limit page_size;
end
$$;

create function public.list_trash(
  page_size integer default 50,
  before_deleted_at timestamptz default 'infinity',
  before_id uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff'
)
returns table (id uuid, title text, artist text, deleted_at timestamptz)
language sql
stable
set search_path = ''
as $$
  select * from private.list_trash(page_size, before_deleted_at, before_id)
$$;
comment on function public.list_trash is 'The caller''s songs in the trash, last deleted first; a page of at most 201 after a time and an id.';

create function private.restore_song(song_id uuid)
returns setof public.songs
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  return query
    update public.songs s
    set deleted_at = null
    where s.id = restore_song.song_id and s.created_by = caller
    returning s.*;
  if not found then
    perform private.raise_song_not_found('restore');
  end if;
end
$$;

create function public.restore_song(song_id uuid)
returns setof public.songs
language sql
rows 1
set search_path = ''
as $$
  select * from private.restore_song(song_id)
$$;
comment on function public.restore_song is 'Takes one of the caller''s own songs out of the trash, as it was; one that is not there stays as it is.';

create function private.purge_song(song_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  delete from public.songs s
  where s.id = purge_song.song_id and s.created_by = caller and s.deleted_at is not null;
  if not found then
    perform private.raise_error('song_not_found', 'unable to purge the song; the caller has none with that id in the trash',
      'Delete it first; check the id.');
  end if;
end
$$;

create function public.purge_song(song_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.purge_song(song_id)
$$;
comment on function public.purge_song is 'Removes one of the caller''s own songs from the trash for good.';

create function public.purge_trash(batch_size integer default 500, older_than interval default '30 days')
returns integer
language plpgsql
set search_path = ''
as $$
declare
  purged integer;
begin
  -- What somebody restores at this moment is left to them. One list, made once: a plan that asked anew would lock more.
  with old as materialized (
    select t.id
    from public.songs t
    where t.deleted_at < clock_timestamp() - greatest(coalesce(older_than, interval '30 days'), interval '0')
    order by t.deleted_at
    limit least(greatest(batch_size, 0), 10000)
    for update skip locked
  )
  delete from public.songs s
  where s.id in (select old.id from old);
  get diagnostics purged = row_count;
  return purged;
end
$$;
comment on function public.purge_trash is
  'For the service: removes one batch of songs that have been in the trash for long, oldest first; answers how many. Call it until 0.';

-- Tags.

create function private.check_tag_labels(operation text, labels text[])
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if labels is null or cardinality(labels) not between 1 and 50
    or exists (
      select from unnest(labels) as l (label)
      where private.tag_label(l.label) is null
    )
  then
    perform private.raise_error('invalid_input',
      format('unable to %s the song; it takes 1 to 50 tags of 1 to 80 characters', operation), 'Correct the tags.',
      '{"field": "tags"}');
  end if;
end
$$;

create function private.read_song_tags(song_id uuid)
returns table (tag_name text, label text, category text, tag_type text)
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    select t.tag_name, t.label, c.name, t.tag_type
    from public.song_tags t
    left join public.tag_categories c on c.id = t.category_id
    where t.song_id = read_song_tags.song_id
    order by t.tag_name;
end
$$;
comment on function private.read_song_tags is 'The tags of a song, for callers that have checked who asks.';

create function private.tag_song(song_id uuid, labels text[], category text)
returns table (tag_name text, label text, tag_category text, tag_type text)
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  caller uuid := private.require_user();
  wanted_category uuid;
begin
  perform private.check_tag_labels('tag', labels);
  if category in ('genre', 'style', 'difficulty') then
    -- A song has one genre, in its column: a tag beside it could say another one.
    perform private.raise_error('invalid_input', format('unable to tag the song; its %s is a field of its own', category),
      'Set the field with update_song.', '{"field": "category"}');
  end if;
  if category is not null then
    select c.id into wanted_category from public.tag_categories c where c.name = category;
    if not found then
      perform private.raise_error('invalid_input', 'unable to tag the song; there is no such category', 'Choose a category that is there.',
        '{"field": "category"}');
    end if;
  end if;
  -- One writer a song, so that the limit holds.
  perform private.lock_song(song_id, 'tag', '{edit,admin,owner}');

  insert into public.song_tags as t (song_id, tag_name, label, category_id, created_by)
  select distinct on (private.catalogue_key(l.label) collate "C")
    tag_song.song_id, private.catalogue_key(l.label), l.label, wanted_category, caller
  from (select private.tag_label(w.label) as label, w.n from unnest(labels) with ordinality as w (label, n)) as l
  order by private.catalogue_key(l.label) collate "C", l.n
  on conflict on constraint song_tags_pkey do update
  set label = excluded.label, category_id = coalesce(excluded.category_id, t.category_id), tag_type = 'user', created_by = excluded.created_by
  where t.tag_type <> 'system';
  if (select count(*) from public.song_tags t where t.song_id = tag_song.song_id) > 100 then
    perform private.raise_error('invalid_input', 'unable to tag the song; a song has at most 100 tags', 'Remove a tag first.',
      '{"field": "tags"}');
  end if;
  return query select * from private.read_song_tags(tag_song.song_id);
end
$$;

create function public.tag_song(song_id uuid, labels text[], category text default null)
returns table (tag_name text, label text, category text, tag_type text)
language sql
set search_path = ''
as $$
  select * from private.tag_song(song_id, labels, category)
$$;
comment on function public.tag_song is
  'Gives tags to a song that the caller may edit, of a category if one is named; a tag is the same whatever its case and accents. Answers all tags.';

create function private.untag_song(song_id uuid, labels text[])
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.require_user();
  perform private.check_tag_labels('untag', labels);
  perform private.lock_song(song_id, 'untag', '{edit,admin,owner}');
  delete from public.song_tags t
  where t.song_id = untag_song.song_id
    and t.tag_type <> 'system'
    and t.tag_name in (select private.catalogue_key(private.tag_label(l.label)) collate "C" from unnest(labels) as l (label));
end
$$;

create function public.untag_song(song_id uuid, labels text[])
returns void
language sql
set search_path = ''
as $$
  select private.untag_song(song_id, labels)
$$;
comment on function public.untag_song is 'Takes tags from a song that the caller may edit, if it has them; those of the service stay.';

create function private.list_song_tags(song_id uuid)
returns table (tag_name text, label text, category text, tag_type text)
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  if private.can_see_song(song_id) then
    return query select * from private.read_song_tags(song_id);
  end if;
end
$$;

create function public.list_song_tags(song_id uuid)
returns table (tag_name text, label text, category text, tag_type text)
language sql
stable
set search_path = ''
as $$
  select * from private.list_song_tags(song_id)
$$;
comment on function public.list_song_tags is 'The tags of a song that the caller may see.';

create function public.list_tag_categories()
returns table (name text, description text, color_hex text, icon text)
language sql
stable
set search_path = ''
as $$
  select c.name, c.description, c.color_hex, c.icon from public.tag_categories c order by c.name limit 1000
$$;
comment on function public.list_tag_categories is 'What tags can be about, by name.';

create function private.suggest_song_tags(beginning text, category text, page_size integer)
returns table (tag_name text, label text, category_name text, uses integer)
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  caller uuid := private.require_user();
  first text := coalesce(private.catalogue_key(beginning), '') collate "C";
  beyond text := first || chr(1114109);
  wanted uuid;
begin
  perform private.check_page_size('suggest tags', page_size, 51);
  if char_length(beginning) > 80 then
    perform private.raise_error('invalid_input', 'unable to suggest tags; a tag has at most 80 characters', 'Shorten the text.',
      '{"field": "text"}');
  end if;
  if category is not null then
    select c.id into wanted from public.tag_categories c where c.name = category;
    if not found then
      return;
    end if;
  end if;
  -- What public songs have or had, what is popular, what the caller gave: a bounded part of each, and of its songs. What the
  -- private songs of others have is not among them and counts nothing.
  return query
    with named as (
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
    ),
    known as (
      select n.tag_name, (array_agg(n.label order by n.uses desc, n.label))[1] as label, max(n.uses) as uses,
        (array_agg(n.category_id) filter (where n.category_id is not null))[1] as category_id
      from named n
      group by n.tag_name
    ),
    counted as (
      select k.tag_name, k.label, greatest(k.uses, u.uses) as uses, coalesce(k.category_id, u.category_id) as category_id
      from known k
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

create function public.suggest_song_tags(beginning text default '', category text default null, page_size integer default 10)
returns table (tag_name text, label text, category text, uses integer)
language sql
stable
set search_path = ''
as $$
  select * from private.suggest_song_tags(beginning, category, page_size)
$$;
comment on function public.suggest_song_tags is
  'Tags that begin so, of public songs and the caller''s own, the most used first; perhaps of one category.';

-- Songs like others.

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

  -- Songs of just these chords, and for each of the chords and tags and for the genre the next songs by id on both sides: ids
  -- are random, so this is a sample of the same songs each time, and all of them in a small catalogue. Those that were met most
  -- are compared. The work does not grow with the catalogue.
  return query
    with met as (
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
      ) as near
    ),
    candidate as (
      select m.id from met m where m.id <> like_id group by m.id order by sum(m.weight) desc, m.id limit breadth * 4
    ),
    compared as (
      select s.id,
        coalesce(s.key = own_key, false) as same_key,
        coalesce(s.genre = own_genre, false) as same_genre,
        array(
          select c.chord_name from public.song_chords c where c.song_id = s.id and c.chord_name = any (own_chords) order by c.chord_position
        ) as chords,
        -- Somebody may write a song of ten thousand chords.
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
  perform private.check_page_size('find similar songs', page_size, 51);
  if song_id is null or not private.can_see_song(song_id) then
    perform private.raise_error('song_not_found', 'unable to find similar songs; there is no song with that id', 'Check the id.');
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
  perform private.check_page_size('recommend songs', page_size, 51);
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
      -- Of two people at least, for what one person likes is nobody's business; and nobody has more than twenty voices.
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
    ),
    offered as (
      select a.id, 'favorite' as reason, a.because_id, a.score, 1 as rank from alike a
      union all
      select l.id, 'popular', null, l.score, 2 from loved l
      union all
      select k.id, 'popular', null, 0, 3 from known k
      union all
      select f.id, 'new', null, 0, 4 from fresh f
    ),
    best as (
      select distinct on (o.id) o.id, o.reason, o.because_id, o.score, o.rank, s.title, s.artist, s.popularity, s.created_at
      from offered o
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

-- Imports.

create function private.import_songs(songs jsonb)
returns table (place integer, id uuid, title text, code text, message text, field text)
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  caller uuid := private.require_user();
  item jsonb;
  detail text;
  keys text[];
  labels text[];
  shown text[];
begin
  -- A text that is too long is refused at once, so it does not count.
  if jsonb_typeof(songs) is distinct from 'array' or jsonb_array_length(songs) not between 1 and 100
    or (
      select sum(octet_length(e.song ->> 'content'))
      from jsonb_array_elements(songs) as e (song)
      where octet_length(e.song ->> 'content') <= 131072
    ) > 1048576
  then
    perform private.raise_error('invalid_input', 'unable to import songs; it takes a list of 1 to 100, of at most 1 MiB of text', 'Import in several parts.',
      '{"field": "songs"}');
  end if;
  -- The catalogue's locks go by key, not by song: those of all texts that may name a tag are taken before the first song.
  select array_agg(w.tag_name), array_agg(w.label), array_agg(w.tag_name) filter (where t.is_public) into keys, labels, shown
  from (
    select e.song ->> 'content' as content, e.song -> 'visibility' = '"public"' as is_public
    from jsonb_array_elements(songs) as e (song)
    where octet_length(e.song ->> 'content') <= 131072 and e.song ->> 'content' ~* '\{[^\n]*tag'
    offset 0
  ) as t
  cross join lateral private.song_text_tags((private.read_chordpro(t.content)).metadata) as w;
  perform private.enter_song_tags(keys, labels);
  perform private.lock_unsung_tags(shown);
  place := 0;
  for item in select e.song from jsonb_array_elements(songs) with ordinality as e (song, n) order by e.n loop
    id := null;
    title := null;
    code := null;
    message := null;
    field := null;
    -- Each song is saved or refused by itself.
    begin
      select c.id, c.title into id, title
      from private.create_song(case when jsonb_typeof(item) = 'object' then '{"source_type": "import"}' || item else item end) c;
    exception
      when sqlstate 'TT000' then
        get stacked diagnostics detail = pg_exception_detail, message = message_text;
        code := detail::jsonb ->> 'code';
        field := detail::jsonb ->> 'field';
    end;
    return next;
    place := place + 1;
  end loop;
end
$$;

create function public.import_songs(songs jsonb)
returns table (place integer, id uuid, title text, code text, message text, field text)
language sql
set search_path = ''
as $$
  select * from private.import_songs(songs)
$$;
comment on function public.import_songs is
  'Adds up to 100 songs of the caller''s own (objects as for create_song), each by itself: answers its id and title, or why it was refused.';

create trigger song_tags_enter_catalogue
after insert on public.song_tags
referencing new table as added
for each statement
execute function private.enter_new_song_tags();

create trigger songs_derive_tags_on_insert
after insert on public.songs
for each row
when (new.chordpro_metadata ? 'tag')
execute function private.derive_song_tags();

create trigger songs_derive_tags_on_update
after update on public.songs
for each row
when (
  old.chordpro_metadata -> 'tag' is distinct from new.chordpro_metadata -> 'tag'
  or (new.visibility = 'public' and old.visibility <> 'public')
)
execute function private.derive_song_tags();

create trigger song_tags_lock_song
before insert or update of song_id, tag_name or delete on public.song_tags
for each row
execute function private.lock_tagged_song();

create trigger song_tags_index_inserted
after insert on public.song_tags
referencing new table as changed
for each statement
execute function private.index_tagged_songs();

create trigger song_tags_index_moved
after update on public.song_tags
referencing old table as changed
for each statement
execute function private.index_tagged_songs();

create trigger song_tags_index_updated
after update on public.song_tags
referencing new table as changed
for each statement
execute function private.index_tagged_songs();

create trigger song_tags_index_deleted
after delete on public.song_tags
referencing old table as changed
for each statement
execute function private.index_tagged_songs();

create trigger profiles_delete_favorites
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.delete_favorites_of_deleted_profile();

alter table public.tag_categories enable row level security;
alter table public.popular_tags enable row level security;
alter table public.song_tags enable row level security;
alter table public.song_favorites enable row level security;

create policy "Everybody sees the categories of tags"
on public.tag_categories
for select
to anon, authenticated
using (true);

create policy "Everybody sees popular tags"
on public.popular_tags
for select
to anon, authenticated
using (true);

create policy "Visitors see the tags of public songs"
on public.song_tags
for select
to anon
using (private.can_see_song(song_id));

create policy "People see the tags of songs they see"
on public.song_tags
for select
to authenticated
using (private.can_see_song(song_id));

create policy "People see their own favourites"
on public.song_favorites
for select
to authenticated
using (user_id = (select auth.uid()));

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('public.song_favorites', 9, 'user_id', 't.song_id', null, '{}'),
  ('public.song_tags', 10, 'created_by', 't.song_id || t.tag_name', null, '{}');

revoke all on public.tag_categories, public.popular_tags, public.song_tags, public.song_favorites, public.song_list_view, public.song_search_view
from public, anon, authenticated, service_role;
grant select on public.tag_categories, public.popular_tags to anon, authenticated;
grant select, insert, update, delete on public.tag_categories, public.popular_tags, public.song_tags to service_role;
grant select on public.song_favorites, public.song_list_view, public.song_search_view to service_role;

revoke execute on function
  private.tag_label(text),
  private.enter_song_tags(text[], text[]),
  private.lock_unsung_tags(text[]),
  private.publish_song_tags(text[], text[]),
  private.enter_new_song_tags(),
  private.song_text_tags(jsonb),
  private.derive_song_tags(),
  private.delete_favorites_of_deleted_profile(),
  private.raise_song_not_found(text),
  private.check_page_size(text, integer, integer),
  private.favorite_song(uuid),
  public.favorite_song(uuid),
  private.unfavorite_song(uuid),
  public.unfavorite_song(uuid),
  private.list_favorite_songs(integer, timestamptz, uuid),
  public.list_favorite_songs(integer, timestamptz, uuid),
  private.list_trash(integer, timestamptz, uuid),
  public.list_trash(integer, timestamptz, uuid),
  private.restore_song(uuid),
  public.restore_song(uuid),
  private.purge_song(uuid),
  public.purge_song(uuid),
  public.purge_trash(integer, interval),
  private.check_tag_labels(text, text[]),
  private.tag_song(uuid, text[], text),
  public.tag_song(uuid, text[], text),
  private.untag_song(uuid, text[]),
  public.untag_song(uuid, text[]),
  private.read_song_tags(uuid),
  private.list_song_tags(uuid),
  public.list_song_tags(uuid),
  public.list_tag_categories(),
  private.suggest_song_tags(text, text, integer),
  public.suggest_song_tags(text, text, integer),
  private.songs_like(uuid, uuid, integer),
  private.similar_songs(uuid, integer),
  public.similar_songs(uuid, integer),
  private.recommend_songs(integer),
  public.recommend_songs(integer),
  private.import_songs(jsonb),
  public.import_songs(jsonb)
from public, anon, authenticated, service_role;
grant execute on function
  private.favorite_song(uuid),
  public.favorite_song(uuid),
  private.unfavorite_song(uuid),
  public.unfavorite_song(uuid),
  private.list_favorite_songs(integer, timestamptz, uuid),
  public.list_favorite_songs(integer, timestamptz, uuid),
  private.list_trash(integer, timestamptz, uuid),
  public.list_trash(integer, timestamptz, uuid),
  private.restore_song(uuid),
  public.restore_song(uuid),
  private.purge_song(uuid),
  public.purge_song(uuid),
  private.tag_song(uuid, text[], text),
  public.tag_song(uuid, text[], text),
  private.untag_song(uuid, text[]),
  public.untag_song(uuid, text[]),
  private.suggest_song_tags(text, text, integer),
  public.suggest_song_tags(text, text, integer),
  private.recommend_songs(integer),
  public.recommend_songs(integer),
  private.import_songs(jsonb),
  public.import_songs(jsonb)
to authenticated;
grant execute on function
  private.list_song_tags(uuid),
  public.list_song_tags(uuid),
  public.list_tag_categories(),
  private.similar_songs(uuid, integer),
  public.similar_songs(uuid, integer)
to anon, authenticated, service_role;
grant execute on function public.purge_trash(integer, interval) to service_role;

commit;
