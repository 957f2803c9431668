-- Former handles: for a while no other user can take them.

create table private.released_handles (
  key_hash bytea primary key,
  former_owner uuid,
  released_at timestamptz not null default clock_timestamp()
);
comment on table private.released_handles is
  'Handles that were given up, by a hash of what they look like; the limit handle_rest says for how long no other user can take one.';
comment on column private.released_handles.former_owner is 'Who may take it back; null when the account was deleted.';

create index released_handles_released_at_idx on private.released_handles (released_at);

create function private.change_handle()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  old_key bytea := sha256(convert_to(private.handle_key(old.handle), 'UTF8'));
  new_key bytea := sha256(convert_to(private.handle_key(new.handle), 'UTF8'));
begin
  -- After the row, so that a user who gives the handle up at this moment has committed. The service gives handles as it likes.
  if new.id = auth.uid() and exists (
    select
    from private.released_handles h
    where h.key_hash = new_key and h.former_owner is distinct from new.id
      and h.released_at > clock_timestamp()
        - (select l.per_seconds * interval '1 second' from private.limits l where l.key = 'handle_rest')
  ) then
    perform private.raise_error('handle_taken', 'unable to update the profile; the handle was given up a short while ago',
      'Choose another handle.', '{"field": "handle"}');
  end if;
  delete from private.released_handles h where h.key_hash = new_key;
  -- One that was generated at the sign-up was chosen by no user.
  if old_key is distinct from new_key and old.handle !~ '^user-[0-9a-f]{16}$' then
    insert into private.released_handles as h (key_hash, former_owner)
    values (old_key, case when new.user_id is not null then new.id end)
    on conflict (key_hash) do update set former_owner = excluded.former_owner, released_at = excluded.released_at;
  end if;
  return null;
end
$$;
comment on function private.change_handle is 'Trigger: reserves a former handle, so that no other user takes over the name at once.';

create trigger profiles_change_handle
after update of handle, user_id on public.profiles
for each row
when (old.handle is not null and old.handle is distinct from new.handle)
execute function private.change_handle();

revoke all on private.released_handles from public, anon, authenticated, service_role;
revoke execute on function private.change_handle() from public, anon, authenticated, service_role;
