-- Who has a target open, and what they hear of it.
--
-- A save sends an event to at most 256 watchers, and only to users who have a role when it commits. A user who loses the role gets one
-- event that says no more than that something changed.

create table private.watchers (
  target_kind text not null,
  target_id uuid not null,
  user_id uuid not null references public.profiles (id) on delete cascade,
  watches_until timestamptz not null,
  song_id uuid generated always as (case when target_kind = 'song' then target_id end) stored references public.songs (id) on delete cascade,
  setlist_id uuid generated always as (case when target_kind = 'setlist' then target_id end) stored references public.setlists (id) on delete cascade,
  circle_id uuid generated always as (case when target_kind = 'circle' then target_id end) stored references public.circles (id) on delete cascade,
  primary key (target_kind, target_id, user_id),
  constraint watchers_target_check check (num_nonnulls(song_id, setlist_id, circle_id) = 1)
);
comment on table private.watchers is
  'Who has a target open; renewed by the client, so that a change is sent to those alone. A row stays until its user has no role.';

create index watchers_user_id_idx on private.watchers (user_id);
create index watchers_song_id_idx on private.watchers (song_id);
create index watchers_setlist_id_idx on private.watchers (setlist_id);
create index watchers_circle_id_idx on private.watchers (circle_id);

create table private.live_keys (
  target_kind text not null,
  target_id uuid not null,
  live_key uuid not null default gen_random_uuid(),
  turned_at timestamptz not null default clock_timestamp(),
  song_id uuid generated always as (case when target_kind = 'song' then target_id end) stored references public.songs (id) on delete cascade,
  setlist_id uuid generated always as (case when target_kind = 'setlist' then target_id end) stored references public.setlists (id) on delete cascade,
  circle_id uuid generated always as (case when target_kind = 'circle' then target_id end) stored references public.circles (id) on delete cascade,
  primary key (target_kind, target_id),
  constraint live_keys_target_check check (num_nonnulls(song_id, setlist_id, circle_id) = 1)
);
comment on table private.live_keys is 'Part of a target''s topic for presence; another one when a user loses a role. Never in a broadcast.';

create index live_keys_song_id_idx on private.live_keys (song_id);
create index live_keys_setlist_id_idx on private.live_keys (setlist_id);
create index live_keys_circle_id_idx on private.live_keys (circle_id);

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

create function private.deliver_target_change(target_kind text, target_id uuid, version integer, change_type text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- Recipients are chosen here, in the transaction of the change. The text does not travel: who has a role reads it.
  insert into realtime.messages (topic, extension, event, payload, private)
  select 'user:' || w.user_id, 'broadcast', deliver_target_change.target_kind,
    jsonb_build_object(deliver_target_change.target_kind || '_id', deliver_target_change.target_id, 'version', version, 'change_type', change_type), true
  from private.watchers w
  where w.target_kind = deliver_target_change.target_kind
    and w.target_id = deliver_target_change.target_id
    and w.watches_until > clock_timestamp()
    and private.role_of(w.target_kind, w.target_id, w.user_id, true) is not null
  order by w.watches_until desc
  limit 256;
exception when others then
  raise warning 'unable to deliver a change of % %; %', target_kind, target_id, sqlerrm;
end
$$;
comment on function private.deliver_target_change is 'Broadcasts that a target has changed to the user channel of everybody who watches it and has a role.';

create function private.tell_watchers(target_kind text, target_id uuid, others uuid[] default '{}')
returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into realtime.messages (topic, extension, event, payload, private)
  select 'user:' || t.user_id, 'broadcast', tell_watchers.target_kind,
    jsonb_build_object(tell_watchers.target_kind || '_id', tell_watchers.target_id), true
  from (
    select unnest(others) as user_id
    union all
    (
      select w.user_id
      from private.watchers w
      where w.target_kind = tell_watchers.target_kind and w.target_id = tell_watchers.target_id and w.watches_until > clock_timestamp()
      order by w.watches_until desc
      limit 256
    )
  ) as t;
exception when others then
  raise warning 'unable to tell the watchers of % %; %', target_kind, target_id, sqlerrm;
end
$$;
comment on function private.tell_watchers is 'Broadcasts to those who watch a target, and to others named, that they should ask again; says nothing of the target.';

create function private.end_lost_watches(target_kind text, target_id uuid)
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
    delete from private.watchers w
    where w.target_kind = target_kind
      and w.target_id = target_id
      and private.role_of(w.target_kind, w.target_id, w.user_id, true) is null
    returning w.user_id
  )
  select array_agg(g.user_id) into lost from gone g;
  if lost is null then
    return;
  end if;
  update private.live_keys k
  set live_key = gen_random_uuid(), turned_at = clock_timestamp()
  where k.target_kind = target_kind and k.target_id = target_id;
  -- To those who are out, that they ask and find out; to those who stay, that they move to the new key.
  perform private.tell_watchers(target_kind, target_id, lost);
end
$$;
comment on function private.end_lost_watches is
  'Ends the watching of everybody without a role; if there was one, turns the key of the target''s topic and tells both them and those who stay.';

create function private.end_watches_of_deleted_profile()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.end_lost_watches(w.target_kind, w.target_id)
  from (select o.target_kind, o.target_id from private.watchers o where o.user_id = new.id order by o.target_kind desc, o.target_id) as w;
  return null;
end
$$;
comment on function private.end_watches_of_deleted_profile is 'Trigger: a person who goes watches nothing, and the others move to new topics.';

create function private.renew_watch(target_kind text, target_id uuid)
returns uuid
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller constant uuid := auth.uid();
  topic_key uuid;
begin
  update private.watchers w
  set watches_until = clock_timestamp() + interval '90 seconds'
  where w.target_kind = target_kind and w.target_id = target_id and w.user_id = caller;
  if not found then
    -- A transaction that takes a role away at this moment does not see the new row: we wait for its end.
    perform private.hold_target(target_kind, target_id, true);
    -- A member who is being removed from a circle: what ends the watches of that user comes after this, and finds the new one.
    perform
    from public.circle_members m
    where m.user_id = caller
      and exists (select from public.shares h where h.circle_id = m.circle_id and h.target_kind = target_kind and h.target_id = target_id)
    order by m.circle_id
    for share of m;
    insert into private.watchers (target_kind, target_id, user_id, watches_until)
    values (target_kind, target_id, caller, clock_timestamp() + interval '90 seconds')
    on conflict on constraint watchers_pkey do update set watches_until = excluded.watches_until;
  end if;
  insert into private.live_keys (target_kind, target_id) values (target_kind, target_id) on conflict on constraint live_keys_pkey do nothing;
  -- A share that has run out since the key turned: no transaction was there to turn it.
  update private.live_keys k
  set live_key = gen_random_uuid(), turned_at = clock_timestamp()
  where k.target_kind = target_kind
    and k.target_id = target_id
    and exists (
      select
      from public.shares h
      where h.target_kind = target_kind and h.target_id = target_id and h.accepted_at is not null
        and h.expires_at between k.turned_at and clock_timestamp()
    );
  select k.live_key into topic_key from private.live_keys k where k.target_kind = target_kind and k.target_id = target_id;
  return topic_key;
end
$$;
comment on function private.renew_watch is 'For 90 seconds from now on the caller hears of changes of a target; answers the key of its topic.';

-- After the shares have ended, whose trigger comes first by name; the targets are held.
create trigger profiles_end_watches
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.end_watches_of_deleted_profile();

revoke all on private.watchers, private.live_keys from public, anon, authenticated, service_role;
revoke execute on function
  private.deliver_to(uuid, text, jsonb),
  private.deliver_target_change(text, uuid, integer, text),
  private.tell_watchers(text, uuid, uuid[]),
  private.end_lost_watches(text, uuid),
  private.renew_watch(text, uuid),
  private.end_watches_of_deleted_profile()
from public, anon, authenticated, service_role;
