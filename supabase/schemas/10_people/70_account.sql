-- Leaving, and taking your data along.

create table private.exported_tables (
  name text primary key,
  position integer not null,
  owner_column text not null,
  key text not null,
  columns text[],
  left_out text[] not null default '{}'
);
comment on table private.exported_tables is
  'The tables and views that export_account exports: rows whose owner column is the caller. A domain adds its tables here.';
comment on column private.exported_tables.name is 'The name with its schema; a table that does not exist is skipped.';
comment on column private.exported_tables.key is 'An expression over the row t that is unique among the rows of one owner.';
comment on column private.exported_tables.columns is 'The columns to export; null for all.';
comment on column private.exported_tables.left_out is 'The columns to leave out.';

create function private.export_account(page_size integer, after jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  source private.exported_tables;
  exported jsonb;
  row_key text;
  items jsonb[] := '{}';
  bytes bigint := 0;
begin
  perform private.check_page_size('export the account', page_size, 200);
  if after is not null and (jsonb_typeof(after -> 'table') is distinct from 'string' or jsonb_typeof(after -> 'key') is distinct from 'string') then
    perform private.raise_error('invalid_cursor', 'unable to export the account; the cursor is not one of this list',
      'Pass a cursor back unchanged.', '{"field": "cursor"}');
  end if;
  perform private.get_own_profile();

  for source in
    select *
    from private.exported_tables t
    where to_regclass(t.name) is not null
      and (after is null or t.position >= (select a.position from private.exported_tables a where a.name = after ->> 'table'))
    order by t.position
  loop
    for row_key, exported in
      execute format($q$
        select (%1$s)::text, to_jsonb(t)
        from %2$s t
        where t.%3$I = $1 and ($2 is null or (%1$s)::text > $2)
        order by (%1$s)::text
        limit $3 $q$, source.key, to_regclass(source.name), source.owner_column)
      using caller, case when after ->> 'table' = source.name then after ->> 'key' end, page_size - cardinality(items)
    loop
      exported := exported - source.left_out;
      if source.columns is not null then
        select jsonb_object_agg(key, value) into exported from jsonb_each(exported) where key = any (source.columns);
      end if;
      items := items || jsonb_build_object('table', source.name, 'row', exported);
      bytes := bytes + octet_length(exported::text);
      -- A full page; or one that a phone can still take.
      if cardinality(items) >= page_size or bytes > 2000000 then
        return jsonb_build_object('items', to_jsonb(items), 'next', jsonb_build_object('table', source.name, 'key', row_key));
      end if;
    end loop;
  end loop;
  return jsonb_build_object('items', to_jsonb(items), 'next', null);
end
$$;

create function public.export_account(page_size integer default 100, after jsonb default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.export_account(page_size, after)
$$;
comment on function public.export_account is
  'The caller''s own data, row by row with the table it is from: account, profile, memberships, messages sent, songs.';

create function private.delete_account()
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  -- The account first, as when an administrator deletes it: then its profile by the foreign key, whose triggers empty it.
  delete from auth.users u where u.id = caller and u.deleted_at is null;
  if not found then
    perform private.raise_error('account_not_found', 'unable to delete the account; the signed-in user has no account here', 'Sign in again.');
  end if;
exception
  when foreign_key_violation then
    perform private.raise_error('account_in_use', 'unable to delete the account; something of the app''s own still refers to it',
      'Remove the person''s files and rows first, or let their foreign keys cascade.');
end
$$;

create function public.delete_account()
returns void
language sql
set search_path = ''
as $$
  select private.delete_account()
$$;
comment on function public.delete_account is
  'Deletes the caller''s account for good: identity, profile and songs go, an empty profile stays where conversations point at it.';

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('auth.users', 1, 'id', 't.id',
    array['id', 'email', 'phone', 'created_at', 'last_sign_in_at', 'email_confirmed_at', 'raw_user_meta_data'], '{}'),
  ('public.profile_details', 2, 'id', 't.id', null, '{}');

revoke all on private.exported_tables from public, anon, authenticated, service_role;
revoke execute on function
  private.export_account(integer, jsonb),
  public.export_account(integer, jsonb),
  private.delete_account(),
  public.delete_account()
from public, anon, authenticated, service_role;
grant execute on function
  private.export_account(integer, jsonb),
  public.export_account(integer, jsonb),
  private.delete_account(),
  public.delete_account()
to authenticated;
