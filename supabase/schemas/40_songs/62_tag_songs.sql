-- The calls that tag songs.

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
  -- It adds a version.
  perform private.count_song_change(caller, null);
  perform private.hold_account();
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
  perform private.count_song_change(private.require_user(), null);
  perform private.hold_account();
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

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('public.song_favorites', 9, 'user_id', 't.song_id', null, '{}'),
  ('public.song_tags', 10, 'created_by', 't.song_id || t.tag_name', null, '{}');

revoke execute on function
  private.check_tag_labels(text, text[]),
  private.tag_song(uuid, text[], text),
  public.tag_song(uuid, text[], text),
  private.untag_song(uuid, text[]),
  public.untag_song(uuid, text[]),
  private.read_song_tags(uuid),
  private.list_song_tags(uuid),
  public.list_song_tags(uuid),
  public.list_tag_categories()
from public, anon, authenticated, service_role;
grant execute on function
  private.tag_song(uuid, text[], text),
  public.tag_song(uuid, text[], text),
  private.untag_song(uuid, text[]),
  public.untag_song(uuid, text[])
to authenticated;
grant execute on function
  private.list_song_tags(uuid),
  public.list_song_tags(uuid),
  public.list_tag_categories()
to anon, authenticated, service_role;
