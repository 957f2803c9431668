-- A participant's own settings (muted, pinned, archived), and all conversations in one request. None of it takes a revision.

create function private.inbox_item(conversation public.conversations, place public.conversation_participants)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  shown jsonb := private.conversation_json(conversation.id);
begin
  return jsonb_build_object(
    'conversation', shown,
    'live_key', conversation.live_key,
    'last_message', (
      select private.shown_message(m)
      from public.messages m
      where m.conversation_id = conversation.id and m.seq = conversation.last_seq and m.seq >= place.visible_from_seq
    ),
    'unread', conversation.last_seq - place.last_read_seq - jsonb_array_length(shown -> 'deleted_unread')
  ) || private.own_side(place);
end
$$;
comment on function private.inbox_item is 'A conversation as its participant''s inbox shows it.';

create function private.set_conversation_flags(conversation_id uuid, flags jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  strange text;
begin
  perform private.require_participant(conversation_id);
  if jsonb_typeof(flags) is distinct from 'object' then
    strange := 'flags';
  else
    select f.key into strange
    from jsonb_each(flags) as f
    where case f.key
      -- Of a client without a network: the newest message that it knew when the user hid the conversation.
      when 'hidden_seq' then not private.is_whole_within(f.value, 0, 9223372036854775807)
      else f.key not in ('muted', 'pinned', 'archived', 'hidden', 'marked_unread') or jsonb_typeof(f.value) <> 'boolean'
    end
    limit 1;
  end if;
  if strange is not null then
    perform private.raise_error('invalid_input', format('unable to set the flags; %s cannot be set to that', strange),
      'Set muted, pinned, archived, hidden or marked_unread to true or false.', jsonb_build_object('field', strange));
  end if;
  update public.conversation_participants p
  set
    muted = coalesce((flags ->> 'muted')::boolean, p.muted),
    pinned = coalesce((flags ->> 'pinned')::boolean, p.pinned),
    archived = coalesce((flags ->> 'archived')::boolean, p.archived),
    hidden_seq = case (flags ->> 'hidden')::boolean when true then case
      -- System messages bring back nothing that is hidden.
      when exists (
        select
        from public.messages m
        where m.conversation_id = c.id and m.seq > (flags ->> 'hidden_seq')::numeric::bigint and m.system is null
      ) then (flags ->> 'hidden_seq')::numeric::bigint else c.last_seq end when false then -1 else p.hidden_seq end,
    marked_seq = case (flags ->> 'marked_unread')::boolean when true then p.last_read_seq when false then -1 else p.marked_seq end,
    own_revision = p.own_revision + 1
  from public.conversations c
  where c.id = p.conversation_id and p.conversation_id = set_conversation_flags.conversation_id and p.user_id = caller and p.left_at is null
    and (p.muted, p.pinned, p.archived, p.hidden_seq >= c.last_seq, p.marked_seq = p.last_read_seq) is distinct from (
      coalesce((flags ->> 'muted')::boolean, p.muted), coalesce((flags ->> 'pinned')::boolean, p.pinned),
      coalesce((flags ->> 'archived')::boolean, p.archived), coalesce((flags ->> 'hidden')::boolean, p.hidden_seq >= c.last_seq),
      coalesce((flags ->> 'marked_unread')::boolean, p.marked_seq = p.last_read_seq));
  if found then
    perform private.deliver_mine(conversation_id, caller);
  else
    -- Nothing changes, or the user was removed meanwhile.
    perform private.require_participant(conversation_id);
  end if;
  return (
    select private.inbox_item(c, p)
    from public.conversations c
    join public.conversation_participants p on p.conversation_id = c.id
    where c.id = set_conversation_flags.conversation_id and p.user_id = caller
  );
end
$$;

create function private.get_inbox(
  page_size integer, before_pinned boolean, before_at timestamptz, before_id uuid, archived boolean, unread boolean
)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  items jsonb;
  following jsonb;
begin
  perform private.check_page_size('read the inbox', page_size, 1000);
  if num_nulls(before_pinned, before_at, before_id) not in (0, 3) then
    perform private.raise_error('invalid_cursor', 'unable to list the inbox; the cursor is not whole', 'Pass next back unchanged.');
  end if;
  with page as (
    select c, p, p.pinned, coalesce(c.last_message_at, c.created_at) as at, c.id
    from public.conversation_participants p
    join public.conversations c on c.id = p.conversation_id
    where p.user_id = caller and p.left_at is null and p.archived = coalesce(get_inbox.archived, false) and p.hidden_seq < c.last_seq
      -- As the count has it, from which at most 1,000 deleted and system messages are taken.
      and (not coalesce(unread, false) or p.marked_seq = p.last_read_seq or c.last_seq > p.last_read_seq + 1000 or (c.last_seq > p.last_read_seq and exists (
        select from public.messages m where m.conversation_id = c.id and m.seq > p.last_read_seq and m.deleted_at is null and m.system is null
      )))
      and (before_id is null or (p.pinned, coalesce(c.last_message_at, c.created_at), c.id) < (before_pinned, before_at, before_id))
    order by p.pinned desc, at desc, c.id desc
    limit page_size
  )
  select
    coalesce(jsonb_agg(private.inbox_item(page.c, page.p) order by page.pinned desc, page.at desc, page.id desc), '[]'),
    case when count(*) = page_size then
      (array_agg(jsonb_build_object('before_pinned', page.pinned, 'before_at', page.at, 'before_id', page.id)
        order by page.pinned, page.at, page.id))[1]
    end
  into items, following
  from page;
  return jsonb_build_object('items', items, 'next', following);
end
$$;

create function private.sync_inbox(since bigint)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  -- Stable: these and all that is read below belong to one snapshot. A row carries the number of the transaction that wrote it; what
  -- the oldest open one writes is not seen yet, so from its number on everything is looked at again the next time. Rows carry the
  -- lower half of the number: one that was written four thousand million transactions ago may be answered in vain.
  following bigint := pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
  reached bigint := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
  anew boolean;
  total bigint;
  changed bigint;
  items jsonb := '[]';
  removed jsonb := '[]';
  marks jsonb;
begin
  select
    count(*) filter (where p.left_at is null),
    count(*) filter (where least((following - p.xmin::text::bigint) & 4294967295,
          -- Of a conversation that the caller has left, only the leaving is news.
          case when p.left_at is null then (following - c.xmin::text::bigint) & 4294967295 end)
      <= following - since)
  into total, changed
  from public.conversation_participants p
  join public.conversations c on c.id = p.conversation_id
  where p.user_id = caller;
  anew := since is null or since > following or changed > 1000;
  if anew or changed > 0 then
    select
      coalesce(jsonb_agg(private.inbox_item(page.c, page.p)) filter (where page.here), '[]'),
      coalesce(jsonb_agg(page.id) filter (where not page.here), '[]')
    into items, removed
    from (
      select c, p, c.id, p.left_at is null as here
      from public.conversation_participants p
      join public.conversations c on c.id = p.conversation_id
      where p.user_id = caller and case
        when anew then p.left_at is null
        else least((following - p.xmin::text::bigint) & 4294967295,
          -- Of a conversation that the caller has left, only the leaving is news.
          case when p.left_at is null then (following - c.xmin::text::bigint) & 4294967295 end) <= following - since
      end
      order by p.pinned desc, coalesce(c.last_message_at, c.created_at) desc, c.id desc
      limit 1000
    ) page;
  end if;
  if not anew then
    -- Not by the row's own transaction number, which changes with what each user keeps to themselves.
    select jsonb_object_agg(m.conversation_id, m.marks) into marks
    from (
      select o.conversation_id, jsonb_object_agg(o.user_id, o.receipt_seq) as marks
      from public.conversation_participants p
      join public.conversation_participants o on o.conversation_id = p.conversation_id and o.user_id <> caller and o.left_at is null
      where p.user_id = caller and p.left_at is null and o.receipt_xid >= since
      group by o.conversation_id
    ) m;
  end if;
  return jsonb_build_object('anew', anew, 'position', reached, 'total', total, 'items', items, 'removed', removed)
    || case when marks is null then '{}' else jsonb_build_object('marks', marks) end;
end
$$;

create function public.set_conversation_flags(conversation_id uuid, flags jsonb)
returns jsonb
language sql
set search_path = ''
as $$
  select private.set_conversation_flags(conversation_id, flags)
$$;
comment on function public.set_conversation_flags is 'Sets muted, pinned, archived, hidden and marked_unread of a conversation for the caller.';

create function public.get_inbox(
  page_size integer default 50,
  before_pinned boolean default null,
  before_at timestamptz default null,
  before_id uuid default null,
  archived boolean default false,
  unread boolean default false
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.get_inbox(page_size, before_pinned, before_at, before_id, archived, unread)
$$;
comment on function public.get_inbox is
  'One''s conversations with their newest message and what is unread: pinned ones first, then by last activity; up to 1,000 at once.';

create function public.sync_inbox(since bigint default null)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.sync_inbox(since)
$$;
comment on function public.sync_inbox is
  'What changed among one''s conversations since a position that it answered before; the first 1,000 of them without one, or far behind.';

revoke execute on function
  private.inbox_item(public.conversations, public.conversation_participants),
  private.set_conversation_flags(uuid, jsonb),
  private.get_inbox(integer, boolean, timestamptz, uuid, boolean, boolean),
  private.sync_inbox(bigint),
  public.set_conversation_flags(uuid, jsonb),
  public.get_inbox(integer, boolean, timestamptz, uuid, boolean, boolean),
  public.sync_inbox(bigint)
from public, anon, authenticated, service_role;
grant execute on function
  private.set_conversation_flags(uuid, jsonb),
  private.get_inbox(integer, boolean, timestamptz, uuid, boolean, boolean),
  private.sync_inbox(bigint),
  public.set_conversation_flags(uuid, jsonb),
  public.get_inbox(integer, boolean, timestamptz, uuid, boolean, boolean),
  public.sync_inbox(bigint)
to authenticated;
