-- Reviews of users, each by a user who converted. Who may write one is in sharing/45_reviews.sql, behind the conversations.

create table public.profile_reviews (
  id uuid primary key default gen_random_uuid(),
  conversation_id uuid not null unique,
  profile_id uuid not null references public.profiles (id) on delete cascade,
  reviewer_id uuid references public.profiles (id) on delete set null,
  rating integer not null,
  content text not null default '',
  created_at timestamptz not null default clock_timestamp(),
  answer text,
  answered_at timestamptz,
  hidden_at timestamptz,
  constraint profile_reviews_rating_check check (rating between 1 and 5),
  constraint profile_reviews_content_check check (content = '' or private.text_fault('lines', content, 2000) is null),
  constraint profile_reviews_answer_check check (private.text_fault('lines', answer, 2000) is null),
  constraint profile_reviews_people_check check (reviewer_id <> profile_id)
);
comment on table public.profile_reviews is 'What users say of a user after a conversion, once each. Averages and counts are read from the rows.';
comment on column public.profile_reviews.conversation_id is 'The conversion that it is about: a conversation counts once.';
comment on column public.profile_reviews.reviewer_id is 'Null once the account is deleted; the rating stays, without the words.';
comment on column public.profile_reviews.hidden_at is 'When a moderator took it out of lists, averages and counts.';

create index profile_reviews_profile_id_created_at_idx on public.profile_reviews (profile_id, created_at desc, id desc);
create index profile_reviews_reviewer_id_idx on public.profile_reviews (reviewer_id);

create function private.end_reviews_of_deleted()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Sorted: two accounts that reviewed each other may be deleted at once.
  perform from public.profile_reviews r where r.profile_id = new.id or r.reviewer_id = new.id order by r.id for update;
  delete from public.profile_reviews r where r.profile_id = new.id;
  update public.profile_reviews r set reviewer_id = null, content = '' where r.reviewer_id = new.id;
  return null;
end
$$;
comment on function private.end_reviews_of_deleted is
  'Trigger: reviews of a deleted user go; of those that the user wrote, the rating stays without an author and a text.';

create trigger profiles_end_reviews
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.end_reviews_of_deleted();

alter table public.profile_reviews enable row level security;

create policy "People see the reviews that they wrote or got"
on public.profile_reviews
for select
to authenticated
using (profile_id = (select auth.uid()) or reviewer_id = (select auth.uid()));

revoke all on public.profile_reviews from public, anon, authenticated, service_role;
grant select, update (hidden_at), delete on public.profile_reviews to service_role;
revoke execute on function private.end_reviews_of_deleted() from public, anon, authenticated, service_role;
