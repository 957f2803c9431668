-- Pictures. Files go through Storage, which knows their size and type; the database says which file belongs to which profile.

create function private.may_upload_avatar()
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  -- Storage asks this in a transaction that it rolls back before it writes, so uploads at the same moment can pass the limit. Upkeep
  -- removes files that no profile shows.
  perform from public.profiles p where p.id = caller and p.user_id is not null for no key update;
  return found and (
    select coalesce(count(*) < private.at_most('avatars'), true)
    from storage.objects o
    where o.bucket_id = 'tertulia-avatars' and o.name like caller || '/%'
  );
end
$$;
comment on function private.may_upload_avatar is 'Whether the caller has an account and fewer files than the limit: replaced ones are removed, so there are hardly ever two.';

create function private.hold_avatar_path()
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  held text;
begin
  -- Held until the removal is through: no other device can make the file the picture meanwhile.
  select p.avatar_path into held from public.profiles p where p.id = caller for share;
  return held;
end
$$;
comment on function private.hold_avatar_path is 'The file that is the caller''s picture now, and stays it until the transaction ends.';

create function private.set_avatar(path text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  uploaded_at timestamptz := 'infinity';
  replaced jsonb;
  operation constant text := case when path is null then 'remove the avatar' else 'set the avatar' end;
begin
  perform private.take_token(caller, 'name');
  perform private.get_own_profile();
  perform from public.profiles p where p.id = caller and p.user_id is not null for no key update;
  if not found then
    perform private.raise_error('account_not_found', format('unable to %s; the account was deleted', operation), 'Sign in again.');
  end if;
  if path is not null then
    select o.created_at into uploaded_at
    from storage.objects o
    where o.bucket_id = 'tertulia-avatars' and o.name = path and o.name like caller || '/%';
    if not found then
      perform private.raise_error('invalid_input', format('unable to %s; you have no file at that path', operation),
        'Upload the file first.', '{"field": "avatar"}');
    end if;
  end if;

  update public.profiles p set avatar_path = path where p.id = caller and p.avatar_path is distinct from path;
  -- A file that was uploaded later may be from another device, which sets it next.
  select coalesce(jsonb_agg(o.name order by o.name), '[]') into replaced
  from storage.objects o
  where o.bucket_id = 'tertulia-avatars' and o.name like caller || '/%' and o.name is distinct from path
    and o.created_at <= uploaded_at;
  return jsonb_build_object('avatar_path', path, 'replaced', replaced);
end
$$;

create function public.set_avatar(path text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.set_avatar(path)
$$;
comment on function public.set_avatar is
  'Sets a file of the caller as the avatar, or removes the avatar with null. Returns the replaced files, for the caller to delete.';

-- The SDK writes ids in lower case; a third party's token may have capitals.
create policy "People upload pictures into their own folder"
on storage.objects
for insert
to authenticated
with check (
  bucket_id = 'tertulia-avatars'
  and name ~ E'^[0-9a-f-]{36}/[0-9a-f-]{36}\\.(?:png|jpg|webp|gif|avif)$'
  and split_part(name, '/', 1) = lower((select auth.jwt() ->> 'sub'))
  -- Storage holds a copy from another bucket to neither the types nor the size of this one.
  and coalesce(metadata ->> 'mimetype', 'image/') like 'image/%'
  and coalesce((metadata ->> 'size')::bigint, 0) <= 2097152
  and (select private.may_upload_avatar())
);

create policy "People see the files of their own picture folder"
on storage.objects
for select
to authenticated
using (bucket_id = 'tertulia-avatars' and split_part(name, '/', 1) = lower((select auth.jwt() ->> 'sub')));

create policy "People remove pictures of their own that are replaced"
on storage.objects
for delete
to authenticated
using (
  bucket_id = 'tertulia-avatars'
  and split_part(name, '/', 1) = lower((select auth.jwt() ->> 'sub'))
  and name is distinct from (select private.hold_avatar_path())
);

-- A bucket of our own name: projects often have one called avatars already.
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values (
  'tertulia-avatars', 'tertulia-avatars', true, 2097152,
  array['image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/avif']
)
on conflict (id) do nothing;

revoke execute on function
  private.may_upload_avatar(),
  private.hold_avatar_path(),
  private.set_avatar(text),
  public.set_avatar(text)
from public, anon, authenticated, service_role;
grant execute on function
  private.may_upload_avatar(),
  private.hold_avatar_path(),
  private.set_avatar(text),
  public.set_avatar(text)
to authenticated;
