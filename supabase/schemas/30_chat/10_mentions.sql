-- Who is mentioned where, so that an inbox counts a user's unread mentions without reading messages.

create table private.message_mentions (
  user_id uuid not null references public.profiles (id),
  conversation_id uuid not null,
  seq bigint not null,
  primary key (user_id, conversation_id, seq),
  constraint message_mentions_message_fkey foreign key (conversation_id, seq)
    references public.messages (conversation_id, seq) on delete cascade
);
comment on table private.message_mentions is 'The mentions of all messages, by the user who is mentioned. A trigger keeps it.';

create index message_mentions_message_idx on private.message_mentions (conversation_id, seq);

create function private.keep_mentions()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' then
    delete from private.message_mentions m
    where m.conversation_id = new.conversation_id and m.seq = new.seq and m.user_id <> all (new.mentions);
  end if;
  insert into private.message_mentions (user_id, conversation_id, seq)
  select p.id, new.conversation_id, new.seq from public.profiles p where p.id = any (new.mentions) order by p.id
  on conflict do nothing;
  return null;
end
$$;
comment on function private.keep_mentions is 'Trigger: keeps the mentions of a message that is sent, edited or deleted.';

create trigger messages_mention
after insert on public.messages
for each row
when (new.mentions <> '{}')
execute function private.keep_mentions();

create trigger messages_mention_others
after update of mentions on public.messages
for each row
when (new.mentions <> old.mentions)
execute function private.keep_mentions();

create function private.mentioned_after(conversation_id uuid, user_id uuid, seq bigint)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select jsonb_agg(m.seq order by m.seq)
    from (
      select n.seq
      from private.message_mentions n
      where n.user_id = mentioned_after.user_id and n.conversation_id = mentioned_after.conversation_id and n.seq > mentioned_after.seq
      order by n.seq desc
      limit 1000
    ) m
  );
end
$$;
comment on function private.mentioned_after is 'Positions of messages after a read mark that mention a user: the newest 1,000; null when there are none.';

revoke all on private.message_mentions from public, anon, authenticated, service_role;
revoke execute on function
  private.keep_mentions(),
  private.mentioned_after(uuid, uuid, bigint)
from public, anon, authenticated, service_role;
