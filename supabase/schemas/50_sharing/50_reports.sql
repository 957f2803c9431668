-- Reports of profiles, songs and messages of shares, with a copy of what was reported.

create table private.content_reports (
  id uuid primary key default gen_random_uuid(),
  kind text not null,
  subject_id uuid not null,
  owner_id uuid not null references public.profiles (id),
  reporter_id uuid not null references public.profiles (id),
  reason text not null,
  note text not null default '',
  reported jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  resolved_at timestamptz,
  resolved_by uuid references public.profiles (id),
  resolution text,
  constraint content_reports_kind_check check (kind in ('profile', 'song', 'share', 'review', 'comment')),
  constraint content_reports_reason_check check (char_length(reason) between 1 and 100),
  constraint content_reports_note_check check (char_length(note) <= 2000),
  constraint content_reports_resolution_check check (char_length(resolution) <= 2000)
);
comment on table private.content_reports is 'Profiles, songs, reviews, comments and messages of shares that users reported; moderators read them.';
comment on column private.content_reports.owner_id is 'Whose profile or song it is, or who wrote the message.';
comment on column private.content_reports.reported is
  'What was reported, as it was then: a change or a deletion does not hide it. Emptied when its owner''s account is deleted.';

-- Of a user one open report of a thing: what changes after a decision can be reported again.
create unique index content_reports_open_key on private.content_reports (kind, subject_id, reporter_id) where resolved_at is null;
create index content_reports_owner_id_idx on private.content_reports (owner_id);
create index content_reports_reporter_id_idx on private.content_reports (reporter_id);
create index content_reports_resolved_by_idx on private.content_reports (resolved_by);
create index content_reports_created_at_id_idx on private.content_reports (created_at desc, id desc);

create function private.lost_song_at(song_id uuid, person uuid)
returns timestamptz
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select max(least(h.ended_at, h.expires_at))
    from public.shares h
    where h.song_id = lost_song_at.song_id and h.shared_with = person and h.accepted_at is not null
      and (h.ended_at > now() - interval '7 days' or h.expires_at between now() - interval '7 days' and now())
  );
end
$$;
comment on function private.lost_song_at is
  'When a user was removed from a song, or left it, in the last week: long enough to report what was seen. Null for everyone else.';

create function private.seen_song_json(song_id uuid, until timestamptz)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object('id', song_id) || coalesce((
    select private.song_version_json(v) - '{change_type,change_summary,changed_fields,changed_by,created_at}'::text[]
      || jsonb_build_object('created_by', v.created_by)
    from public.song_history v
    where v.song_id = seen_song_json.song_id and v.created_at <= until
    order by v.version_number desc
    limit 1
  ), '{}');
end
$$;
comment on function private.seen_song_json is 'A song as its history has it at a moment; what was written later is not in it.';

create function private.reportable(kind text, subject_id uuid, person uuid, out owner_id uuid, out reported jsonb)
language plpgsql
stable
set search_path = ''
as $$
begin
  case kind
    when 'profile' then
      select d.id, jsonb_build_object('id', d.id, 'handle', d.handle, 'display_name', d.display_name, 'bio', d.bio, 'country', d.country,
        'experience', d.experience, 'avatar_path', d.avatar_path, 'links', to_jsonb(d) -> 'links', 'tags', to_jsonb(d) -> 'tags',
        'software', to_jsonb(d) -> 'software', 'professional_types', to_jsonb(d) -> 'professional_types', 'metadata', d.metadata,
        'portfolio', (
          select coalesce(jsonb_agg(jsonb_build_object('title', i.title, 'url', i.url, 'file_path', i.file_path) order by i.position), '[]')
          from public.portfolio_items i
          where i.profile_id = d.id
        ))
      into owner_id, reported
      from public.profile_details d
      where d.id = subject_id and d.handle is not null and private.can_see_profile(d.id);
    when 'song' then
      select s.created_by, case
        when private.can_see_song(s.id) then private.song_json(s) - '{lyrics,chords,chordpro_metadata}'::text[]
          || jsonb_build_object('tags', (select coalesce(jsonb_agg(t.label order by t.tag_name), '[]') from public.song_tags t where t.song_id = s.id))
        else private.seen_song_json(s.id, private.lost_song_at(s.id, person))
      end
      into owner_id, reported
      from public.songs s
      where s.id = subject_id and s.deleted_at is null and (private.can_see_song(s.id) or private.lost_song_at(s.id, person) is not null);
    when 'share' then
      select h.shared_by, jsonb_build_object('id', h.id, 'song_id', h.song_id, 'setlist_id', h.setlist_id,
        'title', case when h.over_at is null then t.title else private.seen_song_json(h.song_id, h.over_at) ->> 'title' end, 'message', h.message, 'role', h.role,
        'created_at', h.created_at)
      into owner_id, reported
      from (
        select o.*, least(o.ended_at, case when o.expires_at <= now() then o.expires_at end) as over_at from public.shares o where o.id = subject_id
      ) as h
      join private.targets t on t.kind = h.target_kind and t.id = h.target_id
      where h.shared_with = person and (h.over_at is null or h.over_at > now() - interval '7 days')
        and (h.kind <> 'email' or h.accepted_at is not null or h.invited_email = private.confirmed_address(person));
    when 'review' then
      -- Who wrote the review reports the answer; every other user the review.
      select case when r.reviewer_id = person and r.answer is not null then r.profile_id else r.reviewer_id end,
        jsonb_build_object('id', r.id, 'profile_id', r.profile_id)
        || case when r.reviewer_id = person then jsonb_build_object('answer', r.answer)
          else jsonb_build_object('rating', r.rating, 'content', r.content) end
      into owner_id, reported
      from public.profile_reviews r
      where r.id = subject_id and (r.hidden_at is null or r.reviewer_id = person);
    when 'comment' then
      select c.author_id, jsonb_build_object('id', c.id, 'song_id', c.song_id, 'content', c.content, 'line', c.line, 'created_at', c.created_at,
        'edited_at', c.edited_at)
      into owner_id, reported
      from private.song_comments c
      where c.id = subject_id and c.deleted_at is null
        and (private.can_see_song(c.song_id) or greatest(c.created_at, c.edited_at) <= private.lost_song_at(c.song_id, person));
  end case;
end
$$;
comment on function private.reportable is 'What a user sees, as it is now, or what they saw until they were removed in the last week, as it was then; nulls for everything else.';

create function private.report_content(kind text, subject_id uuid, reason text, note text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  caller uuid := private.require_user();
  seen record;
begin
  if kind is null or kind not in ('profile', 'song', 'share', 'review', 'comment') then
    perform private.raise_error('invalid_input', 'unable to report; it takes a profile, a song, a share, a review or a comment', 'Choose one of them.', '{"field": "kind"}');
  end if;
  reason := private.check_text('name', reason, 100, 'report', 'reason');
  if note <> '' then
    perform private.check_text('lines', note, 2000, 'report', 'note');
  end if;
  perform private.take_token(caller, 'report');
  perform private.hold_account();
  select * into seen from private.reportable(kind, subject_id, caller);
  if seen.owner_id <> caller then
    -- An account that is being deleted takes the copies of its words along, so none is made after it.
    perform from public.profiles p where p.id = seen.owner_id and p.user_id is not null for share;
    select * into seen from private.reportable(kind, subject_id, caller);
  end if;
  if seen.owner_id = caller then
    perform private.raise_error('invalid_input', 'unable to report; that is your own', 'Report what another user made.', '{"field": "subject_id"}');
  elsif seen.owner_id is null then
    -- A user may have reported it before losing access: reporting again does nothing.
    if not exists (select from private.content_reports r where r.kind = report_content.kind and r.subject_id = report_content.subject_id
      and r.reporter_id = caller)
    then
      perform private.raise_error(kind || '_not_found', format('unable to report the %s; there is none with that id that you see', kind), 'Check the id.');
    end if;
    return;
  end if;
  insert into private.content_reports (kind, subject_id, owner_id, reporter_id, reason, note, reported)
  values (kind, subject_id, seen.owner_id, caller, reason, coalesce(note, ''), seen.reported)
  on conflict (kind, subject_id, reporter_id) where resolved_at is null do nothing;
end
$$;

create function public.report_content(kind text, subject_id uuid, reason text, note text default '')
returns void
language sql
set search_path = ''
as $$
  select private.report_content(kind, subject_id, reason, note)
$$;
comment on function public.report_content is
  'Reports a profile, a song or a share to the moderators, once a user until it is resolved, with a copy of it; also for a week after the caller was removed.';

create function private.list_content_reports(page_size integer, before_at timestamptz, before_id uuid, resolved boolean)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.require_account();
  perform private.require_moderator();
  perform private.check_page_size('list reports', page_size, 200, 1);
  return query
    select to_jsonb(r) || jsonb_build_object('owner', private.person_json(r.owner_id), 'reporter', private.person_json(r.reporter_id))
    from private.content_reports r
    where (r.resolved_at is not null) = coalesce(resolved, false)
      and (before_at is null or (r.created_at, r.id) < (before_at, before_id))
    order by r.created_at desc, r.id desc
    limit page_size;
end
$$;

create function public.list_content_reports(
  page_size integer default 50, before_at timestamptz default null, before_id uuid default null, resolved boolean default false
)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_content_reports(page_size, before_at, before_id, resolved)
$$;
comment on function public.list_content_reports is 'Reports of profiles, songs and shares, newest first, as they were. For moderators.';

create function private.resolve_content_report(report_id uuid, note text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.hold_account();
begin
  perform private.require_moderator();
  if note <> '' then
    perform private.check_text('lines', note, 2000, 'resolve the report', 'note');
  end if;
  -- When two moderators resolve it at once, the first note stays.
  update private.content_reports r
  set resolved_at = clock_timestamp(), resolved_by = caller, resolution = coalesce(note, '')
  where r.id = report_id and r.resolved_at is null;
  if not found and not exists (select from private.content_reports r where r.id = report_id) then
    perform private.raise_error('report_not_found', 'unable to resolve the report; there is none', 'Check the id.', '{"field": "id"}');
  end if;
end
$$;

create function public.resolve_content_report(report_id uuid, note text default '')
returns void
language sql
set search_path = ''
as $$
  select private.resolve_content_report(report_id, note)
$$;
comment on function public.resolve_content_report is 'Marks a report of a profile, a song or a share as dealt with. For moderators.';

create function private.empty_reports_of_deleted_profile()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  update private.content_reports r set reported = '{}' where r.owner_id = new.id;
  update private.content_reports r set note = '' where r.reporter_id = new.id and r.note <> '';
  return null;
end
$$;
comment on function private.empty_reports_of_deleted_profile is 'Trigger: that something was reported stays; what a user wrote goes with the account.';

create trigger profiles_empty_reports
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.empty_reports_of_deleted_profile();

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  -- The copy holds another user's words.
  ('private.content_reports', 33, 'reporter_id', 't.id', array['id', 'kind', 'subject_id', 'reason', 'note', 'created_at'], '{}');

revoke all on private.content_reports from public, anon, authenticated, service_role;
revoke execute on function
  private.lost_song_at(uuid, uuid),
  private.seen_song_json(uuid, timestamptz),
  private.reportable(text, uuid, uuid),
  private.report_content(text, uuid, text, text),
  public.report_content(text, uuid, text, text),
  private.list_content_reports(integer, timestamptz, uuid, boolean),
  public.list_content_reports(integer, timestamptz, uuid, boolean),
  private.resolve_content_report(uuid, text),
  public.resolve_content_report(uuid, text),
  private.empty_reports_of_deleted_profile()
from public, anon, authenticated, service_role;
grant execute on function
  private.report_content(text, uuid, text, text),
  public.report_content(text, uuid, text, text),
  private.list_content_reports(integer, timestamptz, uuid, boolean),
  public.list_content_reports(integer, timestamptz, uuid, boolean),
  private.resolve_content_report(uuid, text),
  public.resolve_content_report(uuid, text)
to authenticated;
