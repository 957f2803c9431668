-- What a service reads to send push notifications: each message once, with the participants who have not read it.
--
-- A position is a transaction number. Numbers are given in another order than transactions commit, so only positions are shown
-- before
-- which no transaction is open. A late commit is never missed.

create table private.undelivered_messages (
  position bigint not null default (pg_current_xact_id()::text)::bigint,
  message_id uuid not null references public.messages (id) on delete cascade,
  sent_at timestamptz not null default now(),
  primary key (position, message_id)
);
comment on table private.undelivered_messages is 'Messages of the last three days for the push feed, by the transaction that sent them.';

create index undelivered_messages_message_id_idx on private.undelivered_messages (message_id);

create function private.queue_push(message_id uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into private.undelivered_messages (message_id) values (queue_push.message_id);
end
$$;
comment on function private.queue_push is 'Puts a new message into the push feed.';

create function private.list_undelivered(after_id bigint, page_size integer)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  items jsonb;
  reached bigint;
begin
  perform private.check_page_size('list undelivered messages', page_size, 1000);
  delete from private.undelivered_messages u
  where u.position < coalesce(after_id, 0) and u.sent_at < now() - interval '3 days';
  with page as (
    select u.position, u.message_id
    from private.undelivered_messages u
    where u.position > coalesce(after_id, 0) and u.position < (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint
    order by u.position
    fetch first page_size rows with ties
  ),
  told as (
    select page.position, m.seq, jsonb_build_object(
      'id', page.position,
      'message', case when r.some_see_no_reply then private.without_reply(private.message_json(m)) else private.message_json(m) end,
      'conversation', jsonb_build_object('id', c.id, 'kind', c.kind, 'subject', c.subject),
      'sender', jsonb_build_object('user_id', f.id, 'handle', f.handle, 'display_name', f.display_name),
      'recipients', r.recipients
    ) as item
    from page
    join public.messages m on m.id = page.message_id and m.deleted_at is null
    join public.conversations c on c.id = m.conversation_id
    join public.profiles f on f.id = m.sender_id
    cross join lateral (
      select jsonb_agg(p.user_id order by p.user_id) as recipients,
        bool_or(p.visible_from_seq > (select o.seq from public.messages o where o.id = m.reply_to)) as some_see_no_reply
      from public.conversation_participants p
      where p.conversation_id = m.conversation_id and p.left_at is null and p.user_id <> m.sender_id and not p.muted
        and p.last_read_seq < m.seq and p.visible_from_seq <= m.seq
        and not exists (select from public.user_blocks b where b.blocker_id = p.user_id and b.blocked_id = m.sender_id)
    ) r
    where r.recipients is not null
  )
  select coalesce((select jsonb_agg(told.item order by told.position, told.seq) from told), '[]'), (select max(page.position) from page)
  into items, reached;
  return jsonb_build_object('items', items, 'next_id', coalesce(reached, after_id, 0));
end
$$;

create function public.list_undelivered(after_id bigint default 0, page_size integer default 100)
returns jsonb
language sql
set search_path = ''
as $$
  select private.list_undelivered(after_id, page_size)
$$;
comment on function public.list_undelivered is
  'Messages after a position, each with the people who should be pushed: in it, not the sender, not muted, not read. For the service.';

revoke all on private.undelivered_messages from public, anon, authenticated, service_role;
revoke execute on function
  private.queue_push(uuid),
  private.list_undelivered(bigint, integer),
  public.list_undelivered(bigint, integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.list_undelivered(bigint, integer),
  public.list_undelivered(bigint, integer)
to service_role;
