-- Whose an address is, for offers by e-mail.
--
-- Where Auth confirms addresses by itself, email_confirmed_at tells nothing, and an identity provider that anybody can set up may say any
-- address. So an address counts only where private.settings.claims_by_address says that Auth sends mails to confirm; else an offer
-- waits for a link that was sent to the address.

create function private.confirmed_address(account uuid)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return (
    select lower(u.email)
    from auth.users u
    cross join private.settings s
    where u.id = account and s.id and s.claims_by_address and u.deleted_at is null and u.email_confirmed_at is not null
      and u.is_sso_user is not true
  );
end
$$;
comment on function private.confirmed_address is 'The address of an account, if it is known to be that user''s; else null.';

create function private.lapse_offers()
returns trigger
language plpgsql
security definer
set search_path = ''
set lock_timeout = '1s'
as $$
begin
  with lapsed as (
    update public.song_shares h
    set shared_with = null
    where h.shared_with = new.id and h.kind = 'email' and h.accepted_at is null and h.ended_at is null
      and h.invited_email is distinct from lower(new.email)
    returning h.id
  )
  delete from public.song_notices n
  using lapsed l
  where n.user_id = new.id and n.kind = 'share_offered' and n.data ->> 'subject_id' = l.id::text;
  return null;
exception when others then
  -- A change of the address never fails for an offer; lists and acceptance compare the address themselves.
  raise warning 'unable to take back the offers of %; %', new.id, sqlerrm;
  return null;
end
$$;
comment on function private.lapse_offers is 'Trigger: offers to an address that is no longer the user''s wait again for the user who has it.';

create or replace trigger tertulia_offers_lapse
after update of email on auth.users
for each row
when (old.email is distinct from new.email)
execute function private.lapse_offers();

revoke execute on function
  private.confirmed_address(uuid),
  private.lapse_offers()
from public, anon, authenticated, service_role;
