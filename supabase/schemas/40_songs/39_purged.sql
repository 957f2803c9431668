-- Ids of songs that are gone for good. Messages and figures still name them, so no other song may take one.

create table private.purged_songs (
  id uuid primary key,
  purged_at timestamptz not null default clock_timestamp()
);
comment on table private.purged_songs is 'Ids of songs that were removed for good, whatever removed them; a new song cannot have one of them.';

create function private.remember_purged_songs()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into private.purged_songs (id) select g.id from gone g on conflict (id) do nothing;
  return null;
end
$$;
comment on function private.remember_purged_songs is 'Trigger: keeps the ids of songs that go.';

create trigger songs_remember_purged
after delete on public.songs
referencing old table as gone
for each statement
execute function private.remember_purged_songs();

revoke all on private.purged_songs from public, anon, authenticated, service_role;
revoke execute on function private.remember_purged_songs() from public, anon, authenticated, service_role;
