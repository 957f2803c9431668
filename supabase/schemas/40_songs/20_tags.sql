-- Tags, their categories and catalogue, and the tags in a song's text.

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
comment on table public.song_tags is 'The tags of a song, each once.';
comment on column public.song_tags.tag_name is
  'The key of the catalogue''s entry: the label without case, accents and surplus blanks. What tags are compared by.';
comment on column public.song_tags.label is 'As it was written for this song.';
comment on column public.song_tags.tag_type is 'user: given by a user; auto: from {tag} in the text; system: given by the service.';

create index song_tags_tag_name_song_id_idx on public.song_tags (tag_name, song_id);
create index song_tags_created_by_tag_name_idx on public.song_tags (created_by, tag_name);
create index song_tags_category_id_idx on public.song_tags (category_id);

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

create index popular_tags_category_id_usage_count_idx on public.popular_tags (category_id, usage_count desc);
create index popular_tags_usage_count_idx on public.popular_tags (usage_count desc);
create index popular_tags_trend_score_idx on public.popular_tags (trend_score desc, tag_name);

create function private.tag_label(written text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
declare
  label text := private.kept_text('name', regexp_replace(written, E'[[:cntrl:][:space:]\\u00a0]+', ' ', 'g'));
begin
  return case when private.text_fault('name', label, 80) is null and char_length(private.catalogue_key(label)) between 1 and 400 then label end;
end
$$;
comment on function private.tag_label is 'A tag as written, on one line; null when it cannot be a catalogue entry.';

create function private.enter_song_tags(keys text[], labels text[])
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  entered bigint;
begin
  -- Locks the tags, so that upkeep does not remove them before the song has them.
  perform from public.tags t where t.key = any (keys) order by t.key for key share;
  insert into public.tags (name, is_known)
  select distinct on (l.key) l.label, false
  from unnest(keys, labels) as l (key, label)
  where not exists (select from public.tags t where t.key = l.key collate "C")
  order by l.key, l.label
  on conflict (key) do nothing;
  get diagnostics entered = row_count;
  perform private.take_token(auth.uid(), 'catalogue_name', entered);
end
$$;
comment on function private.enter_song_tags is
  'Enters into the catalogue what it lacks, by key, so that two writers cannot wait for each other; it is hidden yet.';

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
  -- The spelling in a private song stays hidden.
  set name = case when t.is_known then t.name else l.label end, is_known = true, is_sung = true,
    created_at = case when t.is_known then t.created_at else clock_timestamp() end
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
comment on function private.enter_new_song_tags is 'Trigger: enters the tags of songs into the catalogue, for every writer.';

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
        select private.tag_label(private.cut_text(e.label, 80)) as label, e.n
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

alter table public.tag_categories enable row level security;
alter table public.popular_tags enable row level security;
alter table public.song_tags enable row level security;

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

insert into public.tag_categories (name, description, color_hex, icon) values
  ('genre', 'Musical genres', '#FF6B6B', 'music'),
  ('mood', 'How a song feels', '#4ECDC4', 'heart'),
  ('occasion', 'When it is sung', '#45B7D1', 'calendar'),
  ('difficulty', 'How hard it is to play', '#96CEB4', 'star'),
  ('instrument', 'What it is played on', '#FECA57', 'guitar'),
  ('style', 'Musical styles', '#FF9FF3', 'palette')
on conflict (name) do nothing;

revoke all on public.tag_categories, public.popular_tags, public.song_tags from public, anon, authenticated, service_role;
grant select on public.tag_categories, public.popular_tags to anon, authenticated;
grant select, insert, update, delete on public.tag_categories, public.popular_tags, public.song_tags to service_role;
revoke execute on function
  private.tag_label(text),
  private.enter_song_tags(text[], text[]),
  private.lock_unsung_tags(text[]),
  private.publish_song_tags(text[], text[]),
  private.enter_new_song_tags(),
  private.song_text_tags(jsonb),
  private.derive_song_tags()
from public, anon, authenticated, service_role;
