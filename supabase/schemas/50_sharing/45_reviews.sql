-- Conversions, and who writes, answers, removes and hides reviews.
--
-- Lock order: rate limit, people (profiles), the review.

create table private.conversions (
  conversation_id uuid primary key references public.conversations (id) on delete cascade,
  profile_id uuid references public.profiles (id) on delete set null,
  converted_by uuid references public.profiles (id) on delete set null,
  by_service boolean not null default false,
  created_at timestamptz not null default clock_timestamp()
);
comment on table private.conversions is 'Conversations that led to what they were for, each once.';
comment on column private.conversions.profile_id is 'For whom it counts; null once that account is deleted.';
comment on column private.conversions.converted_by is 'The other of the two, who may review; null once that account is deleted.';
comment on column private.conversions.by_service is 'Whether the service recorded it.';

create index conversions_profile_id_idx on private.conversions (profile_id);
create index conversions_converted_by_idx on private.conversions (converted_by);

create view private.review_answers as
select r.id, r.profile_id, r.answer, r.answered_at from public.profile_reviews r where r.answer is not null;
comment on view private.review_answers is 'Answers to reviews, for the export of who wrote them.';

create function private.forget_converted()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform from private.conversions c where new.id in (c.profile_id, c.converted_by) order by c.conversation_id for update;
  update private.conversions c set profile_id = null where c.profile_id = new.id;
  update private.conversions c set converted_by = null where c.converted_by = new.id;
  return null;
end
$$;
comment on function private.forget_converted is 'Trigger: of a deleted user no conversion says that it was theirs.';

create function private.review_json(review public.profile_reviews)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object('id', review.id, 'user_id', review.profile_id, 'rating', review.rating, 'content', review.content,
    'created_at', review.created_at, 'answer', review.answer, 'answered_at', review.answered_at, 'hidden_at', review.hidden_at);
end
$$;
comment on function private.review_json is 'A review, without who wrote it.';

create function private.review_user(conversation_id uuid, rating integer, content text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  reviewed uuid;
  found_review public.profile_reviews;
begin
  if rating is null or rating not between 1 and 5 then
    perform private.raise_error('invalid_input', 'unable to review the user; rating is 1 to 5', 'Correct the named field.', '{"field": "rating"}');
  end if;
  if content ~ E'[^\\s]' then
    content := private.check_text('lines', content, 2000, 'review the user', 'content');
  else
    content := '';
  end if;
  perform private.take_token(caller, 'review');
  select c.profile_id into reviewed
  from private.conversions c
  cross join private.settings s
  where c.conversation_id = conversation_id and c.converted_by = caller and (c.by_service or not s.reviews_need_service);
  if reviewed is null then
    perform private.raise_error('conversion_not_found', 'unable to review the user; you have not converted in that conversation',
      'Record the conversion first.', '{"field": "conversationId"}');
  end if;
  -- A block does not prevent it: otherwise a user could block a reviewer before the review.
  perform private.hold_people(array[caller, reviewed], 'conversationId');
  insert into public.profile_reviews (conversation_id, profile_id, reviewer_id, rating, content)
  values (conversation_id, reviewed, caller, rating, content)
  on conflict on constraint profile_reviews_conversation_id_key do nothing;
  select * into found_review from public.profile_reviews r where r.conversation_id = conversation_id;
  -- A retry is answered as the first call was.
  if (found_review.reviewer_id, found_review.rating, found_review.content) is distinct from (caller, rating, content) then
    perform private.raise_error('review_exists', 'unable to review the user; you have reviewed this conversion', 'Remove that review first.');
  end if;
  return private.review_json(found_review);
end
$$;

create function private.answer_review(review_id uuid, answer text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  kept text := private.check_text('lines', answer, 2000, 'answer the review', 'answer');
  answered text;
begin
  perform private.take_token(caller, 'review');
  perform private.hold_account();
  update public.profile_reviews r
  set answer = coalesce(r.answer, kept), answered_at = coalesce(r.answered_at, clock_timestamp())
  where r.id = review_id and r.profile_id = caller
  returning r.answer into answered;
  if answered is null then
    perform private.raise_error('review_not_found', 'unable to answer the review; no review about you has that id', 'Check the id.',
      '{"field": "reviewId"}');
  elsif answered <> kept then
    perform private.raise_error('review_answered', 'unable to answer the review; it has an answer', 'List the reviews again.');
  end if;
end
$$;

create function private.remove_review(review_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  delete from public.profile_reviews r where r.id = review_id and r.reviewer_id = caller and r.hidden_at is null;
end
$$;

create function private.hide_review(review_id uuid, hidden boolean)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
begin
  perform private.hold_account();
  perform private.require_moderator();
  update public.profile_reviews r
  set hidden_at = case when coalesce(hidden, true) then coalesce(r.hidden_at, clock_timestamp()) end
  where r.id = review_id;
  if not found then
    perform private.raise_error('review_not_found', 'unable to hide the review; no review has that id', 'Check the id.',
      '{"field": "reviewId"}');
  end if;
end
$$;

create function public.review_user(conversation_id uuid, rating integer, content text default '')
returns jsonb
language sql
set search_path = ''
as $$
  select private.review_user(conversation_id, rating, content)
$$;
comment on function public.review_user is 'Reviews the other person of a conversation in which the caller converted, once.';

create function public.answer_review(review_id uuid, answer text)
returns void
language sql
set search_path = ''
as $$
  select private.answer_review(review_id, answer)
$$;
comment on function public.answer_review is 'Answers a review of the caller, once.';

create function public.remove_review(review_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.remove_review(review_id)
$$;
comment on function public.remove_review is 'Removes a review that the caller wrote, with its answer; one that a moderator hid stays hidden.';

create function public.hide_review(review_id uuid, hidden boolean default true)
returns void
language sql
set search_path = ''
as $$
  select private.hide_review(review_id, hidden)
$$;
comment on function public.hide_review is 'Takes a review out of lists, averages and counts, or brings it back. For moderators.';

create trigger profiles_forget_converted
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.forget_converted();

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('public.profile_reviews', 13, 'reviewer_id', 't.id', array['id', 'profile_id', 'rating', 'content', 'created_at'], '{}'),
  ('private.review_answers', 14, 'profile_id', 't.id', null, '{}');

revoke all on private.conversions, private.review_answers from public, anon, authenticated, service_role;
revoke execute on function
  private.forget_converted(),
  private.review_json(public.profile_reviews),
  private.review_user(uuid, integer, text),
  private.answer_review(uuid, text),
  private.remove_review(uuid),
  private.hide_review(uuid, boolean),
  public.review_user(uuid, integer, text),
  public.answer_review(uuid, text),
  public.remove_review(uuid),
  public.hide_review(uuid, boolean)
from public, anon, authenticated, service_role;
grant execute on function
  private.review_user(uuid, integer, text),
  private.answer_review(uuid, text),
  private.remove_review(uuid),
  private.hide_review(uuid, boolean),
  public.review_user(uuid, integer, text),
  public.answer_review(uuid, text),
  public.remove_review(uuid),
  public.hide_review(uuid, boolean)
to authenticated;
