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

create function private.account_of_address(address text, sender uuid)
returns uuid
language plpgsql
set search_path = ''
as $$
declare
  found_id uuid;
begin
  -- Who has the address is looked up and never shown. Without an account, or after a block, the invitation waits.
  select u.id into found_id
  from auth.users u
  where u.email = address and private.confirmed_address(u.id) = address
  order by u.created_at
  limit 1;
  perform from public.profiles p
  where p.id = found_id and p.user_id is not null and not private.are_blocked(sender, array[found_id])
  for share;
  return case when found then found_id end;
end
$$;
comment on function private.account_of_address is 'The account that a share to an address is for, held; null when the share has to wait.';

create function private.check_recipient(user_id uuid, address text, sender uuid, operation text)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  if (user_id is null) = (address is null) or user_id = sender then
    perform private.raise_error('invalid_input', format('unable to %s; it takes one other person, by id or by address', operation),
      'Name another user.', jsonb_build_object('field', case when address is null then 'user_id' else 'email' end));
  end if;
  if address is not null and (char_length(address) > 320 or address !~ E'^[^\\s@[:cntrl:]]+@[^\\s@[:cntrl:]]+\\.[^\\s@[:cntrl:]]+$')
    or address = (select lower(u.email) from auth.users u where u.id = sender)
  then
    perform private.raise_error('invalid_input', format('unable to %s; the address is your own', operation), 'Correct the address.',
      '{"field": "email"}');
  end if;
end
$$;

create function private.lapse_offers()
returns trigger
language plpgsql
security definer
set search_path = ''
set lock_timeout = '1s'
as $$
begin
  with lapsed as (
    update public.shares h
    set recipient_id = null
    where h.shared_with = new.id and h.kind = 'email' and h.accepted_at is null and h.ended_at is null
      and h.invited_email is distinct from lower(new.email)
    returning h.id
  )
  delete from public.notices n
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
  private.account_of_address(text, uuid),
  private.check_recipient(uuid, text, uuid, text),
  private.confirmed_address(uuid),
  private.lapse_offers()
from public, anon, authenticated, service_role;
