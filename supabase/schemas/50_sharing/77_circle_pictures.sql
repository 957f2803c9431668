-- Pictures of circles: files in the bucket of pictures, in a folder of the circle's id.

create function private.manages_circle_of(path text)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  folder text := split_part(path, '/', 1);
begin
  -- Every policy of the bucket is asked for every file: a foreign folder is false, never an error.
  if not private.is_uuid(folder) then
    return false;
  end if;
  return coalesce(private.role_in('circle', folder::uuid) in ('owner', 'admin'), false);
end
$$;
comment on function private.manages_circle_of is 'Whether a file is in the folder of a circle that the caller owns or administers.';

create function private.may_upload_circle_picture(path text)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  return private.manages_circle_of(path) and (
    select coalesce(count(*) < private.at_most('avatars'), true)
    from storage.objects o
    where o.bucket_id = 'tertulia-avatars' and o.name like split_part(path, '/', 1) || '/%'
  );
end
$$;

create function private.is_circle_picture(path text)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Held, so that nobody makes the file the picture while it is being removed.
  perform from public.circles c where private.is_uuid(split_part(path, '/', 1)) and c.id::text = split_part(path, '/', 1) and c.picture_path = path for share;
  return found;
end
$$;

create function private.set_circle_picture(circle_id uuid, path text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  circle public.circles;
  uploaded_at timestamptz := 'infinity';
  replaced jsonb;
begin
  perform private.take_token(caller, 'circle_change');
  perform private.hold_account();
  circle := private.lock_circle(circle_id, 'set the picture of', '{owner,admin}');
  if path is not null then
    select o.created_at into uploaded_at
    from storage.objects o
    where o.bucket_id = 'tertulia-avatars' and o.name = path and o.name like circle.id || '/%';
    if not found then
      perform private.raise_error('invalid_input', 'unable to set the picture; there is no such file in the circle''s folder', 'Upload it first.',
        '{"field": "picture"}');
    end if;
  end if;
  if circle.picture_path is distinct from path then
    update public.circles c set picture_path = path where c.id = circle.id;
    perform private.touch_circle(circle.id, 'picture');
  end if;
  -- What came later may be another admin's, about to be set.
  select coalesce(jsonb_agg(o.name order by o.name), '[]') into replaced
  from storage.objects o
  where o.bucket_id = 'tertulia-avatars' and o.name like circle.id || '/%' and o.name is distinct from path and o.created_at <= uploaded_at;
  return jsonb_build_object('picture_path', path, 'replaced', replaced);
end
$$;

create function public.set_circle_picture(circle_id uuid, path text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.set_circle_picture(circle_id, path)
$$;
comment on function public.set_circle_picture is
  'Makes a file in the circle''s folder its picture, or with null none; answers the files that it replaced, for the caller to remove. For owners and admins.';

create policy "Owners and admins upload pictures of their circle"
on storage.objects
for insert
to authenticated
with check (
  bucket_id = 'tertulia-avatars'
  and name ~ E'^[0-9a-f-]{36}/[0-9a-f-]{36}\\.(?:png|jpg|webp|gif|avif)$'
  -- Storage holds a copy from another bucket to neither the types nor the size of this one.
  and coalesce(metadata ->> 'mimetype', 'image/') like 'image/%'
  and coalesce((metadata ->> 'size')::bigint, 0) <= 2097152
  and private.may_upload_circle_picture(name)
);

create policy "Owners and admins see the files of their circle's pictures"
on storage.objects
for select
to authenticated
using (bucket_id = 'tertulia-avatars' and private.manages_circle_of(name));

create policy "Owners and admins remove replaced pictures of their circle"
on storage.objects
for delete
to authenticated
using (bucket_id = 'tertulia-avatars' and private.manages_circle_of(name) and not private.is_circle_picture(name));

revoke execute on function
  private.manages_circle_of(text),
  private.may_upload_circle_picture(text),
  private.is_circle_picture(text),
  private.set_circle_picture(uuid, text),
  public.set_circle_picture(uuid, text)
from public, anon, authenticated, service_role;
grant execute on function
  private.manages_circle_of(text),
  private.may_upload_circle_picture(text),
  private.is_circle_picture(text),
  private.set_circle_picture(uuid, text),
  public.set_circle_picture(uuid, text)
to authenticated;
