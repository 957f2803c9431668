-- Who has a song open, and what they hear of it.
--
-- A save tells at most 256 watchers, and of these only users who have a role at its commit. A user who loses the role is told
-- once
-- that something changed.

create table private.song_watchers (
  song_id uuid not null references public.songs (id) on delete cascade,
  user_id uuid not null references public.profiles (id) on delete cascade,
  watches_until timestamptz not null,
  primary key (song_id, user_id)
);
comment on table private.song_watchers is
  'Who has a song open; renewed by the client, so that a change is sent to those alone. A row stays until its user has no role.';

create index song_watchers_user_id_idx on private.song_watchers (user_id);

create table private.song_live_keys (
  song_id uuid primary key references public.songs (id) on delete cascade,
  live_key uuid not null default gen_random_uuid(),
  turned_at timestamptz not null default clock_timestamp()
);
comment on table private.song_live_keys is 'Part of a song''s topic for presence; another one when a user loses a role. Never in a broadcast.';

create function private.deliver_to(user_id uuid, event text, payload jsonb)
returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into realtime.messages (topic, extension, event, payload, private)
  values ('user:' || deliver_to.user_id, 'broadcast', deliver_to.event, deliver_to.payload, true);
exception when others then
  raise warning 'unable to deliver %; %', deliver_to.event, sqlerrm;
end
$$;
comment on function private.deliver_to is 'Broadcasts to the user channel of one person.';

create function private.deliver_song(song public.songs, change_type text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- Recipients are chosen here, in the transaction of the change. The text does not travel: who has a role reads it.
  insert into realtime.messages (topic, extension, event, payload, private)
  select 'user:' || w.user_id, 'broadcast', 'song',
    jsonb_build_object('song_id', song.id, 'version', song.version, 'change_type', change_type), true
  from private.song_watchers w
  where w.song_id = song.id
    and w.watches_until > clock_timestamp()
    and (w.user_id = song.created_by or exists (select from private.song_grants g where g.song_id = song.id and g.user_id = w.user_id))
  order by w.watches_until desc
  limit 256;
exception when others then
  raise warning 'unable to deliver a change of song %; %', song.id, sqlerrm;
end
$$;
comment on function private.deliver_song is 'Broadcasts that a song has changed to the user channel of everybody who watches it and has a role.';

create function private.end_lost_watches(song_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  lost uuid[];
begin
  -- However old: a user who no longer renews the watch may still be on the topic.
  with gone as (
    delete from private.song_watchers w
    using public.songs s
    where w.song_id = song_id
      and s.id = w.song_id
      and w.user_id <> s.created_by
      and not exists (select from private.song_grants g where g.song_id = w.song_id and g.user_id = w.user_id)
    returning w.user_id
  )
  select array_agg(g.user_id) into lost from gone g;
  if lost is null then
    return;
  end if;
  update private.song_live_keys k set live_key = gen_random_uuid(), turned_at = clock_timestamp() where k.song_id = song_id;
  -- To those who are out, that they ask and find out; to those who stay, that they move to the new key. Nothing of the song is said.
  begin
    insert into realtime.messages (topic, extension, event, payload, private)
    select 'user:' || t.user_id, 'broadcast', 'song', jsonb_build_object('song_id', song_id), true
    from (
      select unnest(lost) as user_id
      union all
      (
        select w.user_id
        from private.song_watchers w
        where w.song_id = song_id and w.watches_until > clock_timestamp()
        order by w.watches_until desc
        limit 256
      )
    ) as t;
  exception when others then
    raise warning 'unable to report a lost role in song %; %', song_id, sqlerrm;
  end;
end
$$;
comment on function private.end_lost_watches is
  'Ends the watching of everybody without a role; if there was one, turns the key of the song''s topic and tells both them and those who stay.';

create function private.end_watches_of_deleted_profile()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.end_lost_watches(w.song_id)
  from (select o.song_id from private.song_watchers o where o.user_id = new.id order by o.song_id) as w;
  return null;
end
$$;
comment on function private.end_watches_of_deleted_profile is 'Trigger: a person who goes watches nothing, and the others move to new topics.';

-- After the shares have ended, whose trigger comes first by name; the songs are held.
create trigger profiles_end_watches
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.end_watches_of_deleted_profile();

revoke all on private.song_watchers, private.song_live_keys from public, anon, authenticated, service_role;
revoke execute on function
  private.deliver_to(uuid, text, jsonb),
  private.deliver_song(public.songs, text),
  private.end_lost_watches(uuid),
  private.end_watches_of_deleted_profile()
from public, anon, authenticated, service_role;
