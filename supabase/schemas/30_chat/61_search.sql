-- Searches the messages of the caller's conversations.
--
-- The conversation is a word in each message's vector. One index scan joins the words with the conversations that may be
-- searched,
-- and messages of other conversations are never read.

create function private.search_messages(query text, conversation_id uuid, page_size integer, before_at timestamptz, before_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  words tsquery;
  places tsquery;
  some_cleared boolean;
begin
  -- One more than a page tells that there is another.
  perform private.check_page_size('search messages', page_size, 200, 1);
  if query is null or char_length(query) > 200 then
    perform private.raise_error('invalid_input', 'unable to search; a query has at most 200 characters', 'Shorten it.', '{"field": "query"}');
  end if;
  if num_nulls(before_at, before_id) = 1 then
    perform private.raise_error('invalid_cursor', 'unable to search; the cursor is not whole', 'Pass it back unchanged.');
  end if;
  if conversation_id is not null then
    perform private.require_participant(conversation_id);
  end if;
  words := websearch_to_tsquery('pg_catalog.simple', private.split_query(query));
  if query ~ E'\\w$' then
    -- The last word may be the beginning of one.
    words := regexp_replace(words::text, '''$', ''':*')::tsquery;
  end if;
  select string_agg(quote_literal('c:' || p.conversation_id), '|')::tsquery, bool_or(p.visible_from_seq > 1) into places, some_cleared
  from public.conversation_participants p
  where p.user_id = caller and p.left_at is null and p.conversation_id = coalesce(search_messages.conversation_id, p.conversation_id);
  if places is null or numnode(words) = 0 then
    return '[]';
  end if;
  -- Highlights of whole pages of long messages would take longer than a request may.
  return coalesce((
    select jsonb_agg(private.shown_message(m) || jsonb_build_object('highlights', private.highlights(left(m.content, 200000 / page_size), words)) order by m.created_at desc, m.id desc)
    from (
      select *
      from public.messages
      where messages.search_vector @@ (places && words) and messages.deleted_at is null and messages.system is null
        and (not some_cleared or private.sees_message(messages.conversation_id, messages.seq))
        and (before_at is null or (messages.created_at, messages.id) < (before_at, before_id))
      order by messages.created_at desc, messages.id desc
      limit page_size
    ) m
  ), '[]');
end
$$;

create function public.search_messages(
  query text, conversation_id uuid default null, page_size integer default 50, before_at timestamptz default null, before_id uuid default null
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.search_messages(query, conversation_id, page_size, before_at, before_id)
$$;
comment on function public.search_messages is
  'Messages of one''s conversations with all the words and where those stand, newest first: "phrase", -without, or; the last word may be a beginning.';

revoke execute on function
  private.search_messages(text, uuid, integer, timestamptz, uuid),
  public.search_messages(text, uuid, integer, timestamptz, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.search_messages(text, uuid, integer, timestamptz, uuid),
  public.search_messages(text, uuid, integer, timestamptz, uuid)
to authenticated;
