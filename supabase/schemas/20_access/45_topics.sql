-- Topics where those with a role in a target see who else has it open. The key of a topic turns whenever a user loses a role.

create function private.may_use_target_topic(topic text)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  -- Every policy runs for every topic: a foreign one is false, never an error.
  if topic is null or topic !~ '^(song|setlist|circle):' or not private.is_uuid(split_part(topic, ':', 2)) then
    return false;
  end if;
  return exists (
    select
    from private.live_keys k
    where k.target_kind = split_part(topic, ':', 1)
      and k.target_id = split_part(topic, ':', 2)::uuid
      and topic = k.target_kind || ':' || k.target_id || ':' || k.live_key
      and private.role_in(k.target_kind, k.target_id) is not null
  );
end
$$;
comment on function private.may_use_target_topic is 'Whether the caller has a role now in the target of a topic, and knows its key.';

create policy "People with a role see who else is at a song, setlist or circle"
on realtime.messages
for select
to authenticated
using (
  extension in ('broadcast', 'presence') and topic = (select realtime.topic()) and private.may_use_target_topic((select realtime.topic()))
);

create policy "People with a role show that they are at a target"
on realtime.messages
for insert
to authenticated
with check (extension = 'presence' and topic = (select realtime.topic()) and private.may_use_target_topic((select realtime.topic())));

-- As for user channels: no policy of the app's own opens these topics to anybody else.
create policy "Nobody else sees who is at a song, setlist or circle"
on realtime.messages
as restrictive
for select
to authenticated
using ((select realtime.topic()) !~* '^(song|setlist|circle):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:' or private.may_use_target_topic((select realtime.topic())));

create policy "Nobody else says anything at a song, setlist or circle"
on realtime.messages
as restrictive
for insert
to authenticated
with check (
  (select realtime.topic()) !~* '^(song|setlist|circle):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:'
  or (extension = 'presence' and private.may_use_target_topic((select realtime.topic())))
);

create policy "Visitors do not see who is at a song, setlist or circle"
on realtime.messages
as restrictive
for select
to anon
using ((select realtime.topic()) !~* '^(song|setlist|circle):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:');

create policy "Visitors say nothing at a song, setlist or circle"
on realtime.messages
as restrictive
for insert
to anon
with check ((select realtime.topic()) !~* '^(song|setlist|circle):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:');

revoke execute on function private.may_use_target_topic(text) from public, anon, authenticated, service_role;
grant execute on function private.may_use_target_topic(text) to authenticated;
