-- How far a participant has read. A mark takes no revision: it has an event of its own, written in the mark's transaction.

create function private.told_mark(mine jsonb)
returns jsonb
language sql
immutable
set search_path = ''
as $$
  select jsonb_build_object('last_read_seq', mine -> 'last_read_seq', 'unread', mine -> 'unread')
$$;
comment on function private.told_mark is 'What mark_read answers of the user''s own side.';

create function private.mark_read(conversation_id uuid, seq bigint)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  known record;
  shows boolean;
begin
  perform private.require_participant(conversation_id);
  if seq is null or seq < 0 then
    perform private.raise_error('invalid_input', 'unable to mark as read; a position is not negative', 'Pass the position of a message.',
      '{"field": "seq"}');
  end if;
  select c.direct_key, p.last_read_seq, p.marked_seq, least(mark_read.seq, c.last_seq) as wanted into known
  from public.conversations c
  join public.conversation_participants p on p.conversation_id = c.id and p.user_id = caller
  where c.id = conversation_id;
  if known.wanted > known.last_read_seq then
    shows := private.try_token(caller, 'receipt');
    -- While one of two users blocks the other, neither sees how far the other reads.
    if known.direct_key is not null and private.are_blocked(split_part(known.direct_key, ':', 1)::uuid,
      array[split_part(known.direct_key, ':', 2)::uuid]) then
      shows := null;
    end if;
    -- Only the user's own row is locked: reading does not hold up those who write.
    update public.conversation_participants p
    set
      last_read_seq = known.wanted,
      receipt_seq = case when shows is null then p.receipt_seq else known.wanted end,
      receipt_xid = case when shows is null then p.receipt_xid else pg_current_xact_id()::text::bigint end,
      own_revision = p.own_revision + 1
    where p.conversation_id = mark_read.conversation_id and p.user_id = caller and p.left_at is null and known.wanted > p.last_read_seq;
    if not found then
      -- Another device was further, or the user was removed.
      perform private.require_participant(conversation_id);
      known.wanted := 0;
    end if;
  end if;
  if known.wanted > known.last_read_seq then
    if shows then
      perform private.deliver_receipt(conversation_id, caller, known.last_read_seq, known.wanted);
    end if;
    return private.told_mark(private.deliver_mine(conversation_id, caller));
  end if;
  if known.wanted >= known.marked_seq and known.marked_seq >= known.last_read_seq then
    -- Reading takes back that the user marked it as unread, also when there is nothing new to read.
    update public.conversation_participants p
    set marked_seq = -1, own_revision = p.own_revision + 1
    where p.conversation_id = mark_read.conversation_id and p.user_id = caller and p.left_at is null and p.marked_seq = p.last_read_seq;
    if found then
      return private.told_mark(private.deliver_mine(conversation_id, caller));
    end if;
  end if;
  return (
    select jsonb_build_object('last_read_seq', p.last_read_seq,
      'unread', c.last_seq - p.last_read_seq - jsonb_array_length(private.deleted_after(c.id, p.last_read_seq)))
    from public.conversation_participants p
    join public.conversations c on c.id = p.conversation_id
    where p.conversation_id = mark_read.conversation_id and p.user_id = caller
  );
end
$$;

create function public.mark_read(conversation_id uuid, seq bigint)
returns jsonb
language sql
set search_path = ''
as $$
  select private.mark_read(conversation_id, seq)
$$;
comment on function public.mark_read is 'Moves one''s read position forward, never back and never past the newest message.';

revoke execute on function
  private.told_mark(jsonb),
  private.mark_read(uuid, bigint),
  public.mark_read(uuid, bigint)
from public, anon, authenticated, service_role;
grant execute on function
  private.mark_read(uuid, bigint),
  public.mark_read(uuid, bigint)
to authenticated;
