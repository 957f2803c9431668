import type { Mutants } from './mutant.ts'

const offers = '50_sharing/20_offers.sql'
const links = '50_sharing/30_links.sql'
const transfers = '50_sharing/40_transfers.sql'
const shareTests = 'test/sharing/shares.test.ts'
const linkTests = 'test/sharing/links.test.ts'
const races = 'test/sharing/races.test.ts'
const outsiders = 'test/sharing/outsiders.test.ts'

export const sharing: Mutants = {
  'an offer goes to an address that was not confirmed': {
    file: '50_sharing/15_addresses.sql',
    find: 'and u.email_confirmed_at is not null',
    replace: '',
    tests: ['test/sharing/offers-by-address.test.ts'],
  },
  'an offer is claimed where Auth confirms by itself': {
    file: '50_sharing/15_addresses.sql',
    find: 's.id and s.claims_by_address and',
    replace: 's.id and',
    tests: ['test/sharing/offers-by-address.test.ts'],
  },
  'an offer is claimed by an account of an SSO provider': {
    file: '50_sharing/15_addresses.sql',
    find: '\n      and u.is_sso_user is not true',
    replace: '',
    tests: ['test/sharing/offers-by-address.test.ts'],
  },
  'an offer finds an account that did not confirm its address': {
    file: '50_sharing/15_addresses.sql',
    find: 'where u.email = address and private.confirmed_address(u.id) = address',
    replace: 'where u.email = address',
    tests: ['test/sharing/offers-by-address.test.ts'],
  },
  'an offer is listed at an address that was not confirmed': {
    file: '50_sharing/22_list_shares.sql',
    find: "and (h.kind <> 'email' or h.accepted_at is not null or h.invited_email = private.confirmed_address(caller))",
    replace: '',
    tests: ['test/sharing/offers-by-address.test.ts'],
  },
  'a changed address keeps the offers to the old one': {
    file: '50_sharing/15_addresses.sql',
    find: 'and h.invited_email is distinct from lower(new.email)',
    replace: 'and false',
    tests: ['test/sharing/offers-by-address.test.ts'],
  },
  'an address is claimed after a block': {
    file: offers,
    find: 'and not private.are_blocked(u.id, array[h.shared_by])',
    replace: '',
    tests: [shareTests, 'test/sharing/blocks.test.ts'],
  },
  'an address finds an account after a block': {
    file: '50_sharing/15_addresses.sql',
    find: 'and not private.are_blocked(sender, array[found_id])',
    replace: '',
    tests: [shareTests, 'test/sharing/blocks.test.ts'],
  },
  'a share goes to a blocked user': {
    file: '50_sharing/21_share.sql',
    find: "perform private.require_unblocked(caller, array[user_id], format('unable to %s; one of you blocked the other', what));",
    replace: '',
    tests: [shareTests],
  },
  'an offer outlives a block': {
    file: offers,
    find: '\n    and not private.are_blocked(share.shared_by, array[share.shared_with]);',
    replace: ';',
    tests: [shareTests, 'test/sharing/blocks.test.ts'],
  },
  'an offer outlives the role of its sender': {
    file: offers,
    find: 'and coalesce(private.role_rank(share.role) < private.role_rank(private.role_of(share.target_kind, share.target_id, share.shared_by)), false)',
    replace: '',
    tests: [shareTests],
  },
  'an admin makes admins': {
    file: offers,
    find: 'if private.role_rank(role) >= private.role_rank(mine) then',
    replace: 'if private.role_rank(role) > private.role_rank(mine) then',
    tests: [shareTests, 'test/sharing/matrix.test.ts'],
  },
  'the sender learns who has an address': {
    file: offers,
    find: "case when share.kind <> 'email' or share.accepted_at is not null or not is_giver then",
    replace: 'case when true then',
    tests: [shareTests],
  },
  'an offer tells the id of the song': {
    file: offers,
    find: "private.target_json(share.target_kind, case when is_giver or state = 'accepted' then share.target_id end)",
    replace: 'private.target_json(share.target_kind, share.target_id)',
    tests: [shareTests],
  },
  'everybody accepts an offer': {
    file: offers,
    find: 'where h.id = share_id and h.shared_with = caller and (h.kind',
    replace: 'where h.id = share_id and (h.kind',
    tests: [shareTests, outsiders],
  },
  'an expired offer is accepted': {
    file: offers,
    find: 'or share.ended_at is not null or share.expires_at <= clock_timestamp() then',
    replace: 'or share.ended_at is not null then',
    tests: [shareTests, 'test/sharing/blocks.test.ts'],
  },
  'an editor lists the shares': {
    file: '50_sharing/22_list_shares.sql',
    find: 'if coalesce(private.role_rank(mine), 0) < 3 then',
    replace: 'if coalesce(private.role_rank(mine), 0) < 2 then',
    tests: ['test/sharing/matrix.test.ts'],
  },
  'an editor revokes': {
    file: '50_sharing/21_share.sql',
    find: "target := private.lock_target(share.target_kind, share.target_id, 'revoke a share of', '{admin,owner}');",
    sql: `create or replace function private.revoke_share(share_id uuid) returns text language plpgsql security definer set search_path = '' as $$
begin
  if not exists (select from public.shares h where h.id = share_id and private.may_edit_song(h.song_id)) then
    perform private.raise_share_not_found();
  end if;
  update public.shares h set ended_at = clock_timestamp(), ended_by = auth.uid(), end_reason = 'revoked' where h.id = share_id and h.ended_at is null;
  return null;
end $$;`,
    tests: ['test/sharing/matrix.test.ts'],
  },
  'a revoked share keeps the watch': {
    file: '50_sharing/21_share.sql',
    find: "end_reason = 'revoked' where h.id = share.id;\n    perform private.end_lost_watches(target.kind, target.id);",
    replace: "end_reason = 'revoked' where h.id = share.id;",
    tests: ['test/sharing/live.test.ts'],
  },
  'two shares of one user at once': {
    file: '20_access/20_shares.sql',
    find: "create unique index shares_person_key on public.shares (target_kind, target_id, recipient_kind, recipient_id) where kind in ('person', 'circle') and ended_at is null;",
    sql: `drop index public.shares_person_key;
create or replace function private.shares_to_change(target_kind text, target_id uuid, sender uuid, user_id uuid, address text) returns uuid[] language sql as $$ select '{}'::uuid[] $$;`,
    tests: [races, shareTests],
  },
  'blocks are ignored in link opening': {
    file: links,
    find: '\n    or private.are_blocked(caller, array[target.created_by, link.created_by])',
    replace: '',
    tests: [linkTests, 'test/sharing/blocks.test.ts'],
  },
  'a revoked link opens': {
    file: links,
    find: 'and l.revoked_at is null\n    and (l.expires_at',
    replace: 'and (l.expires_at',
    tests: [linkTests],
  },
  'an expired link opens': {
    file: links,
    find: 'and l.revoked_at is null\n    and (l.expires_at is null or l.expires_at > clock_timestamp())\n    and target.visibility',
    replace: 'and l.revoked_at is null\n    and target.visibility',
    tests: [linkTests],
  },
  'a link opens a private song': {
    file: links,
    find: "\n    and target.visibility <> 'private'",
    replace: '',
    tests: [linkTests],
  },
  'a link opens a deleted song': {
    file: links,
    find: 'target := private.hold_target(link.target_kind, link.target_id);',
    replace:
      'select t.* into target from private.targets t where t.kind = link.target_kind and t.id = link.target_id;',
    also: [
      [
        'or private.role_rank(link.role) >= coalesce(private.role_rank(private.role_of(target.kind, target.id, link.created_by)), 0)',
        '',
      ],
    ],
    tests: [linkTests],
  },
  'a link gives what its maker has lost': {
    file: links,
    find: 'or private.role_rank(link.role) >= coalesce(private.role_rank(private.role_of(target.kind, target.id, link.created_by)), 0)',
    replace: '',
    tests: [linkTests, shareTests, 'test/sharing/blocks.test.ts'],
  },
  'whoever was put out comes back by the link': {
    file: links,
    find: "before.end_reason = 'revoked' or (before.id is null",
    replace: '(before.id is null',
    tests: [linkTests],
  },
  'a link is opened by more than it may': {
    file: links,
    find: '(before.id is null and link.use_count >= link.max_uses)',
    replace: 'false',
    tests: [linkTests],
  },
  'the uses of a link are counted without its lock': {
    file: links,
    find: 'target := private.hold_target(link.target_kind, link.target_id);',
    sql: `create or replace function private.open_link(token text) returns jsonb language plpgsql security definer set search_path = '' as $$
declare
  caller uuid := private.require_user();
  link private.share_links;
  song public.songs;
begin
  perform private.take_token(caller, 'open_link');
  perform private.get_own_profile();
  select l.* into link from private.share_links l
  where l.token_hash = sha256(convert_to(token, 'UTF8')) and l.revoked_at is null and (l.max_uses is null or l.use_count < l.max_uses);
  select s.* into song from public.songs s where s.id = link.song_id and s.visibility <> 'private' and s.deleted_at is null;
  if song.id is null then return null; end if;
  perform pg_sleep(0.05);
  insert into public.shares (target_kind, target_id, kind, shared_by, recipient_id, link_id, role, target_created_at, accepted_at)
  values ('song', song.id, 'link', link.created_by, caller, link.id, link.role, song.created_at, clock_timestamp());
  update private.share_links l set use_count = l.use_count + 1 where l.id = link.id;
  return jsonb_build_object('song_id', song.id, 'role', link.role);
end $$;`,
    tests: [races, linkTests],
  },
  'the token of a link is kept': {
    file: links,
    find: "values (target.kind, target.id, caller, sha256(convert_to(token, 'UTF8')), role, max_uses, expires_at)",
    replace: "values (target.kind, target.id, caller, convert_to(token, 'UTF8'), role, max_uses, expires_at)",
    tests: ['test/sharing/token.test.ts', linkTests],
  },
  'an editor makes links': {
    file: links,
    find: "target := private.lock_target(target_kind, target_id, 'make a link to', '{admin,owner}');",
    replace: "target := private.lock_target(target_kind, target_id, 'make a link to', '{edit,admin,owner}');",
    tests: ['test/sharing/matrix.test.ts'],
  },
  'everybody revokes every link': {
    file: links,
    find: "perform private.raise_error('link_not_found', 'unable to revoke the link; there is none with that id', 'Check the id.');",
    sql: `create or replace function private.revoke_link(link_id uuid) returns void language sql security definer set search_path = '' as $$
update private.share_links l set revoked_at = clock_timestamp() where l.id = link_id $$;`,
    tests: [outsiders, linkTests, 'test/sharing/matrix.test.ts'],
  },
  'an admin hands the song over': {
    file: transfers,
    find: "target := private.lock_target(target_kind, target_id, 'hand over', '{owner}');",
    replace: "target := private.lock_target(target_kind, target_id, 'hand over', '{admin,owner}');",
    tests: ['test/sharing/matrix.test.ts'],
  },
  'a song is handed to a blocked user': {
    file: transfers,
    find: "perform private.require_unblocked(caller, array[user_id], format('unable to %s; one of you blocked the other', what));",
    replace: '',
    tests: [shareTests, 'test/sharing/blocks.test.ts'],
  },
  'everybody accepts a transfer': {
    file: transfers,
    find: 'if transfer.to_id <> caller or private.are_blocked(caller, array[transfer.from_id])',
    replace: 'if private.are_blocked(caller, array[transfer.from_id])',
    tests: [shareTests, outsiders],
  },
  'a transfer outlives a block': {
    file: transfers,
    find: 'if transfer.to_id <> caller or private.are_blocked(caller, array[transfer.from_id])',
    replace: 'if transfer.to_id <> caller',
    tests: ['test/sharing/blocks.test.ts'],
  },
  'notices of others are read': {
    file: '50_sharing/10_notices.sql',
    find: 'where n.user_id = caller\n      and (n.created_at',
    replace: 'where true\n      and (n.created_at',
    tests: [shareTests],
  },
  'notices of others are marked': {
    file: '50_sharing/10_notices.sql',
    find: 'where n.user_id = caller and n.read_at is null and',
    replace: 'where n.read_at is null and',
    tests: [shareTests, outsiders],
  },
  'shares outlive an account': {
    file: '50_sharing/60_accounts.sql',
    find: "set ended_at = clock_timestamp(), end_reason = 'account_deleted'\n  where h.ended_at is null and (h.shared_with = new.id or (h.shared_by = new.id and h.accepted_at is null));",
    replace: "set ended_at = clock_timestamp(), end_reason = 'account_deleted'\n  where false;",
    tests: ['test/sharing/accounts.test.ts', shareTests],
  },
  'addresses outlive an account': {
    file: '50_sharing/60_accounts.sql',
    find: 'update public.shares h set invited_email = null, message = null where h.shared_by = new.id;',
    replace: '',
    tests: ['test/sharing/accounts.test.ts', shareTests, 'test/profiles/deletion.test.ts'],
  },
}
