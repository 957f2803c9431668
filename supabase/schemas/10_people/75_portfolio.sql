-- Portfolios: works that a profile shows, each a link or a file in Storage, in the order of their user.
--
-- Lock order: rate limit, profile, its items.

create table public.portfolio_items (
  id uuid primary key,
  profile_id uuid not null references public.profiles (id) on delete cascade,
  position integer not null,
  title text not null,
  url text,
  file_path text,
  created_at timestamptz not null default clock_timestamp(),
  constraint portfolio_items_title_check check (private.text_fault('name', title, 120) is null),
  constraint portfolio_items_url_check check (private.is_web_address(url)),
  constraint portfolio_items_target_check check (num_nonnulls(url, file_path) = 1),
  -- A move of one item renumbers other items in the same statement.
  constraint portfolio_items_position_key unique (profile_id, position) deferrable
);
comment on table public.portfolio_items is 'Works that a profile shows: a title with a link or a file, in the order of their user.';
comment on column public.portfolio_items.position is 'From 0, without gaps.';
comment on column public.portfolio_items.file_path is 'In bucket tertulia-portfolio; a file of the user''s own.';

create unique index portfolio_items_file_path_key on public.portfolio_items (file_path);

create function private.may_upload_portfolio_file()
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  -- As for pictures, uploads at the same moment can pass the limit, and upkeep removes what no item shows.
  perform from public.profiles p where p.id = caller and p.user_id is not null for no key update;
  return found and (
    select coalesce(count(*) < private.at_most('portfolio_files'), true)
    from storage.objects o
    where o.bucket_id = 'tertulia-portfolio' and o.name like caller || '/%'
  );
end
$$;
comment on function private.may_upload_portfolio_file is 'Whether the caller has an account and fewer files than the limit.';

create function private.is_shown_in_portfolio(path text)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Held until the removal is through: no item can take the file meanwhile.
  perform from public.profiles p where p.id = auth.uid() for share;
  return exists (select from public.portfolio_items i where i.file_path = path);
end
$$;
comment on function private.is_shown_in_portfolio is 'Whether an item shows a file. Until the transaction ends, no other item can take the file.';

create function private.read_portfolio_item(caller uuid, item jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  strange text;
begin
  if jsonb_typeof(item) is distinct from 'object' then
    perform private.raise_error('invalid_input', 'unable to save the portfolio item; it is not an object', 'Pass an object of fields.', '{"field": "item"}');
  end if;
  select key into strange
  from jsonb_each(item)
  where key not in ('title', 'url', 'file_path', 'position')
    or (key = 'title' and jsonb_typeof(value) <> 'string')
    or (key = 'url' and value <> 'null' and not coalesce(jsonb_typeof(value) = 'string' and private.is_web_address(value #>> '{}'), false))
    or (key = 'file_path' and value <> 'null' and (jsonb_typeof(value) <> 'string' or not exists (
      select from storage.objects o
      where o.bucket_id = 'tertulia-portfolio' and o.name = value #>> '{}' and o.name like caller || '/%'
    )))
    or (key = 'position' and (jsonb_typeof(value) <> 'number' or value::text !~ '^[0-9]{1,6}$'))
  limit 1;
  if strange is not null then
    perform private.raise_error('invalid_input', format('unable to save the portfolio item; %s is not valid', strange), 'Correct the named field.',
      jsonb_build_object('field', case strange when 'file_path' then 'file' else strange end));
  end if;
  if item ? 'title' then
    item := item || jsonb_build_object('title', private.check_text('name', item ->> 'title', 120, 'save the portfolio item', 'title'));
  end if;
  return item;
end
$$;
comment on function private.read_portfolio_item is 'Fields of an item, checked; a file is one of the caller''s own that is there.';

create function private.portfolio_item_json(item public.portfolio_items)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_build_object('id', item.id, 'position', item.position, 'title', item.title, 'url', item.url, 'file_path', item.file_path,
    'created_at', item.created_at);
end
$$;

create function private.hold_portfolio(operation text, caller uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.take_token(caller, 'portfolio');
  perform private.get_own_profile();
  -- Of two changes at once the second waits here and then changes what the first has left.
  perform from public.profiles p where p.id = caller and p.user_id is not null for no key update;
  if not found then
    perform private.raise_error('account_not_found', format('unable to %s the portfolio item; the account was deleted', operation), 'Sign in again.');
  end if;
end
$$;
comment on function private.hold_portfolio is 'Counts a change of the caller''s portfolio and keeps others out until the end of the transaction.';

create function private.place_portfolio_item(owner uuid, item_id uuid, place integer)
returns void
language plpgsql
set search_path = ''
as $$
begin
  set constraints public.portfolio_items_position_key deferred;
  with placed as (
    select i.id, row_number() over (
      order by case
        when i.id = item_id then least(place, (select count(*) from public.portfolio_items a where a.profile_id = owner) - 1)
        else i.rank + (i.rank >= place)::integer
      end
    ) - 1 as position
    from (
      select o.id, row_number() over (order by o.id = item_id, o.position) - 1 as rank
      from public.portfolio_items o
      where o.profile_id = owner
    ) i
  )
  update public.portfolio_items i
  set position = p.position
  from placed p
  where i.id = p.id and i.position <> p.position;
  set constraints public.portfolio_items_position_key immediate;
end
$$;
comment on function private.place_portfolio_item is 'Numbers the items of a user from 0 with one of them at a place, or, without one, closes gaps.';

create function private.save_portfolio_item(item_id uuid, item jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  before public.portfolio_items;
  -- A link in place of a file, and the other way round.
  drops_url boolean := item ->> 'file_path' is not null and not item ? 'url';
  drops_file boolean := item ->> 'url' is not null and not item ? 'file_path';
begin
  perform private.hold_portfolio('save', caller);
  item := private.read_portfolio_item(caller, item);
  select * into before from public.portfolio_items i where i.id = item_id and i.profile_id = caller;
  if found then
    update public.portfolio_items i
    set
      title = coalesce(item ->> 'title', i.title),
      url = case when drops_url then null when item ? 'url' then item ->> 'url' else i.url end,
      file_path = case when drops_file then null when item ? 'file_path' then item ->> 'file_path' else i.file_path end
    where i.id = item_id;
  else
    if (select count(*) from public.portfolio_items i where i.profile_id = caller) >= private.at_most('portfolio_items') then
      perform private.raise_error('invalid_input', format('unable to save the portfolio item; a portfolio has at most %s items', private.at_most('portfolio_items')),
        'Remove another item first.', '{"field": "item"}');
    end if;
    insert into public.portfolio_items (id, profile_id, position, title, url, file_path)
    values (item_id, caller, (select coalesce(max(i.position), -1) + 1 from public.portfolio_items i where i.profile_id = caller), item ->> 'title', item ->> 'url',
      item ->> 'file_path');
  end if;
  if item ? 'position' then
    perform private.place_portfolio_item(caller, item_id, (item ->> 'position')::integer);
  end if;
  return (
    select private.portfolio_item_json(i) || jsonb_build_object('replaced', nullif(before.file_path, i.file_path))
    from public.portfolio_items i
    where i.id = item_id
  );
exception
  when not_null_violation then
    perform private.raise_error('invalid_input', 'unable to save the portfolio item; a new item needs an id and a title', 'Correct the named field.',
      '{"field": "title"}');
  when check_violation then
    perform private.raise_error('invalid_input', 'unable to save the portfolio item; it needs either a link or a file', 'Correct the named field.',
      '{"field": "url"}');
  when unique_violation then
    perform private.raise_error('invalid_input', 'unable to save the portfolio item; its id or its file belongs to another item', 'Use a new id or another file.',
      '{"field": "id"}');
end
$$;

create function private.remove_portfolio_item(item_id uuid)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  removed text;
begin
  perform private.hold_portfolio('remove', caller);
  delete from public.portfolio_items i where i.id = item_id and i.profile_id = caller returning i.file_path into removed;
  if found then
    perform private.place_portfolio_item(caller, null, 0);
  end if;
  return removed;
end
$$;
