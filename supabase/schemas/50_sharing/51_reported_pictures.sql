-- A picture or a file of a portfolio that was reported stays for the moderators, as the files of reported messages do.

create index content_reports_picture_idx on private.content_reports ((reported ->> 'avatar_path')) where resolved_at is null;
create index content_reports_portfolio_idx on private.content_reports using gin ((reported -> 'portfolio') jsonb_path_ops) where resolved_at is null;

create function private.is_reported_picture(path text)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Volatile: after waiting for a report it sees it.
  return exists (select from private.content_reports r where r.resolved_at is null and r.reported ->> 'avatar_path' = path)
    or exists (
      select from private.content_reports r
      where r.resolved_at is null and r.reported -> 'portfolio' @> jsonb_build_array(jsonb_build_object('file_path', path))
    );
end
$$;
comment on function private.is_reported_picture is 'Whether an open report is about a profile with that picture, or that file in its portfolio.';

create function private.hold_reported_picture()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform from storage.objects o where o.bucket_id = 'tertulia-avatars' and o.name = new.reported ->> 'avatar_path' for key share;
  perform
  from storage.objects o
  where o.bucket_id = 'tertulia-portfolio' and o.name in (select i ->> 'file_path' from jsonb_array_elements(new.reported -> 'portfolio') as i)
  order by o.name
  for key share;
  return new;
end
$$;
comment on function private.hold_reported_picture is 'Trigger: a removal of the picture or a file at this moment waits for the report, or came first.';

create function private.keep_picture()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if private.is_reported_picture(old.name)
    or (tg_op = 'UPDATE' and exists (select from public.profiles p where p.id::text = split_part(old.name, '/', 1) and p.avatar_path = old.name))
  then
    perform private.raise_error('forbidden', 'unable to change the file; a profile or an open report shows it',
      'Upload another file, or resolve the report first.');
  end if;
  return case tg_op when 'DELETE' then old else new end;
end
$$;
comment on function private.keep_picture is
  'Trigger: a picture in use is not replaced, and a reported one not removed. A signed address to upload to is checked by no policy.';

create function public.list_abandoned_avatars(page_size integer default 1000)
returns setof text
language sql
set search_path = ''
as $$
  select o.name
  from storage.objects o
  left join public.profiles p on p.id::text = split_part(o.name, '/', 1)
  where o.bucket_id = 'tertulia-avatars' and not private.is_reported_picture(o.name)
    and (p.id is null or p.user_id is null or (p.avatar_path is distinct from o.name and o.created_at < now() - interval '1 day'))
  order by o.name
  limit page_size
$$;
comment on function public.list_abandoned_avatars is
  'For the service role: picture files that no profile shows, such as those of deleted accounts; remove them through Storage.';

create function public.list_abandoned_portfolio_files(page_size integer default 1000)
returns setof text
language sql
set search_path = ''
as $$
  select o.name
  from storage.objects o
  left join public.profiles p on p.id::text = split_part(o.name, '/', 1)
  where o.bucket_id = 'tertulia-portfolio' and not private.is_reported_picture(o.name)
    and not exists (select from public.portfolio_items i where i.file_path = o.name)
    -- A new file may be about to get its item.
    and (p.user_id is null or o.created_at < now() - interval '1 day')
  order by o.name
  limit page_size
$$;
comment on function public.list_abandoned_portfolio_files is
  'For the service role: files that no item of a portfolio shows, such as those of deleted accounts; remove them through Storage.';

create trigger content_reports_hold_picture
before insert on private.content_reports
for each row
when (new.kind = 'profile')
execute function private.hold_reported_picture();

create or replace trigger tertulia_keep_pictures
before delete or update of bucket_id, name, version on storage.objects
for each row
when (old.bucket_id in ('tertulia-avatars', 'tertulia-portfolio'))
execute function private.keep_picture();

-- So that a removal of several files removes the others.
create policy "Pictures in an open report stay"
on storage.objects
as restrictive
for delete
to authenticated
using (bucket_id not in ('tertulia-avatars', 'tertulia-portfolio') or not private.is_reported_picture(name));

revoke execute on function
  private.is_reported_picture(text),
  private.hold_reported_picture(),
  private.keep_picture(),
  public.list_abandoned_avatars(integer),
  public.list_abandoned_portfolio_files(integer)
from public, anon, authenticated, service_role;
grant execute on function private.is_reported_picture(text) to authenticated, service_role;
grant execute on function
  public.list_abandoned_avatars(integer),
  public.list_abandoned_portfolio_files(integer)
to service_role;
