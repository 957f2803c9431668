-- Reactions: one of each emoji a person, at most twenty emojis a message.
--
-- Roll back: drop table public.message_reactions cascade; drop the functions below.

begin;
set local lock_timeout = '10s';

create table public.message_reactions (
  message_id uuid not null references public.messages (id) on delete cascade,
  emoji text not null,
  user_id uuid not null references public.profiles (id),
  revision bigint not null,
  created_at timestamptz not null default now(),
  primary key (message_id, emoji, user_id),
  constraint message_reactions_emoji_check check (char_length(emoji) between 1 and 16)
);
comment on table public.message_reactions is 'Who reacted to which message with which emoji.';
comment on column public.message_reactions.revision is 'The conversation''s change number at that moment; reactions are shown in its order.';

create index message_reactions_user_id_idx on public.message_reactions (user_id);

create function private.reactions_json(message_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return coalesce((
    select jsonb_agg(jsonb_build_object('emoji', e.emoji, 'user_ids', e.user_ids) order by e.first)
    from (
      select r.emoji, jsonb_agg(r.user_id order by r.revision) as user_ids, min(r.revision) as first
      from public.message_reactions r
      where r.message_id = reactions_json.message_id
      group by r.emoji
    ) e
  ), '[]');
end
$$;
comment on function private.reactions_json is 'The reactions to a message in order of first use.';

create function private.react(message_id uuid, emoji text, present boolean)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  message public.messages;
  next bigint;
  changed jsonb;
begin
  -- Keycaps hold a digit, flags are letters of their own: what is left out is words.
  if emoji is null or char_length(emoji) not between 1 and 16 or emoji !~ '[^\u0001-\u00a8]' or emoji ~ '[A-Za-z\s[:cntrl:]]' then
    perform private.raise_error('invalid_input', 'unable to react; that is not an emoji', 'Pass one emoji.', '{"field": "emoji"}');
  end if;
  if present is null then
    perform private.raise_error('invalid_input', 'unable to react; present is true or false', 'Pass one of them.', '{"field": "present"}');
  end if;
  perform private.take_token(caller, 'change');
  message := private.lock_message(message_id, 'react to');
  if present = exists (
    select
    from public.message_reactions r
    where r.message_id = react.message_id and r.emoji = react.emoji and r.user_id = caller
  ) then
    return private.message_json(message);
  end if;

  next := private.next_revision(message, false);
  if present then
    perform private.require_undisturbed((select c.direct_key from public.conversations c where c.id = message.conversation_id), caller);
    insert into public.message_reactions (message_id, emoji, user_id, revision) values (message_id, emoji, caller, next);
    if (select count(distinct r.emoji) from public.message_reactions r where r.message_id = react.message_id) > 20 then
      perform private.raise_error('too_many_reactions', 'unable to react; a message has at most 20 different emojis',
        'Choose one that is there already.', '{"field": "emoji"}');
    end if;
  else
    delete from public.message_reactions r
    where r.message_id = react.message_id and r.emoji = react.emoji and r.user_id = caller;
  end if;

  update public.messages m set revision = next where m.id = message_id returning m.* into message;
  changed := private.message_json(message);
  perform private.deliver(message.conversation_id, 'message', changed);
  return changed;
end
$$;

create function private.can_see_message(message_id uuid)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return exists (select from public.messages m where m.id = message_id and private.is_participant(m.conversation_id));
end
$$;
comment on function private.can_see_message is 'Whether the caller takes part now in the conversation of a message.';

create function public.react(message_id uuid, emoji text, present boolean default true)
returns jsonb
language sql
set search_path = ''
as $$
  select private.react(message_id, emoji, present)
$$;
comment on function public.react is 'Sets or takes back one''s reaction to a message; again, it changes nothing.';

alter table public.message_reactions enable row level security;

create policy "Participants see the reactions"
on public.message_reactions
for select
to authenticated
using (private.can_see_message(message_id));

revoke all on public.message_reactions from public, anon, authenticated, service_role;
grant select on public.message_reactions to service_role;

revoke execute on function
  private.reactions_json(uuid),
  private.react(uuid, text, boolean),
  private.can_see_message(uuid),
  public.react(uuid, text, boolean)
from public, anon, authenticated, service_role;
grant execute on function
  private.react(uuid, text, boolean),
  private.can_see_message(uuid),
  public.react(uuid, text, boolean)
to authenticated;

commit;
