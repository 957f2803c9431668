-- Who calls for portfolios, their files in Storage, and what becomes of both when the account goes.

create function private.end_portfolio_of_deleted()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from public.portfolio_items i where i.profile_id = new.id;
  return null;
end
$$;

create function private.keep_portfolio_file()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if exists (select from public.portfolio_items i where i.file_path = old.name) then
    perform private.raise_error('forbidden', 'unable to change the file; a portfolio shows it', 'Upload another file.');
  end if;
  return new;
end
$$;
comment on function private.keep_portfolio_file is
  'Trigger: a file that an item shows is not replaced. A signed address to upload to is checked by no policy.';

create function private.limit_portfolio_files()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  folder text := split_part(new.name, '/', 1);
begin
  if folder !~ '^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    return new;
  end if;
  perform from public.profiles p where p.id = folder::uuid for no key update;
  if (select count(*) from storage.objects o where o.bucket_id = 'tertulia-portfolio' and o.name like folder || '/%')
    > private.at_most('portfolio_files')
  then
    perform private.raise_error('forbidden', 'unable to keep the file; the portfolio has too many', 'Remove items first.');
  end if;
  return new;
end
$$;
comment on function private.limit_portfolio_files is
  'Trigger: the limit also holds for uploads at one moment, and for addresses that were signed before.';

create or replace trigger tertulia_keep_portfolio_files
before update of bucket_id, name, version on storage.objects
for each row
when (old.bucket_id = 'tertulia-portfolio')
execute function private.keep_portfolio_file();

create or replace trigger tertulia_limit_portfolio_files
after insert on storage.objects
for each row
when (new.bucket_id = 'tertulia-portfolio')
execute function private.limit_portfolio_files();

create function public.save_portfolio_item(item_id uuid, item jsonb)
returns jsonb
language sql
set search_path = ''
as $$
  select private.save_portfolio_item(item_id, item)
$$;
comment on function public.save_portfolio_item is
  'Adds an item to the caller''s portfolio, or changes the named fields of one; "replaced" is a file that it no longer shows, for the caller to remove.';

create function public.remove_portfolio_item(item_id uuid)
returns text
language sql
set search_path = ''
as $$
  select private.remove_portfolio_item(item_id)
$$;
comment on function public.remove_portfolio_item is
  'Removes an item of the caller''s portfolio and answers its file, if it had one, for the caller to remove; does nothing without such an item.';

create trigger profiles_end_portfolio
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.end_portfolio_of_deleted();

alter table public.portfolio_items enable row level security;

create policy "Signed-in people see portfolios of listed users and their own"
on public.portfolio_items
for select
to authenticated
using (profile_id = (select auth.uid()) or private.is_listed(profile_id));

create policy "People upload portfolio files into their own folder"
on storage.objects
for insert
to authenticated
with check (
  bucket_id = 'tertulia-portfolio'
  and name ~ E'^[0-9a-f-]{36}/[0-9a-f-]{36}\\.(?:png|jpg|webp|gif|avif|mp4|webm|mov|mp3|ogg|wav|m4a|pdf)$'
  and split_part(name, '/', 1) = lower((select auth.jwt() ->> 'sub'))
  -- Storage holds a copy from another bucket to neither the types nor the size of this one.
  and coalesce(metadata ->> 'mimetype', 'image/png') = any (array[
    'image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/avif', 'video/mp4', 'video/webm', 'video/quicktime', 'audio/mpeg',
    'audio/ogg', 'audio/wav', 'audio/mp4', 'application/pdf'
  ])
  and coalesce((metadata ->> 'size')::bigint, 0) <= 52428800
  and (select private.may_upload_portfolio_file())
);

create policy "People see the files of their own portfolio folder"
on storage.objects
for select
to authenticated
using (bucket_id = 'tertulia-portfolio' and split_part(name, '/', 1) = lower((select auth.jwt() ->> 'sub')));

create policy "People remove portfolio files of their own that no item shows"
on storage.objects
for delete
to authenticated
using (
  bucket_id = 'tertulia-portfolio'
  and split_part(name, '/', 1) = lower((select auth.jwt() ->> 'sub'))
  and not private.is_shown_in_portfolio(name)
);

-- No type that a browser runs as a page.
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values (
  'tertulia-portfolio', 'tertulia-portfolio', true, 52428800,
  array[
    'image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/avif', 'video/mp4', 'video/webm', 'video/quicktime', 'audio/mpeg',
    'audio/ogg', 'audio/wav', 'audio/mp4', 'application/pdf'
  ]
)
on conflict (id) do nothing;

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('public.portfolio_items', 12, 'profile_id', 't.id', null, '{}');

revoke all on public.portfolio_items from public, anon, authenticated, service_role;
grant select, delete on public.portfolio_items to service_role;
revoke execute on function
  private.may_upload_portfolio_file(),
  private.is_shown_in_portfolio(text),
  private.is_listed(uuid),
  private.read_portfolio_item(uuid, jsonb),
  private.portfolio_item_json(public.portfolio_items),
  private.hold_portfolio(uuid),
  private.place_portfolio_item(uuid, uuid, integer),
  private.save_portfolio_item(uuid, jsonb),
  private.remove_portfolio_item(uuid),
  private.end_portfolio_of_deleted(),
  private.keep_portfolio_file(),
  private.limit_portfolio_files(),
  public.save_portfolio_item(uuid, jsonb),
  public.remove_portfolio_item(uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.may_upload_portfolio_file(),
  private.is_shown_in_portfolio(text),
  private.is_listed(uuid),
  private.save_portfolio_item(uuid, jsonb),
  private.remove_portfolio_item(uuid),
  public.save_portfolio_item(uuid, jsonb),
  public.remove_portfolio_item(uuid)
to authenticated;
