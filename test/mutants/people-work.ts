import type { Mutants } from './mutant.ts'

const follows = 'test/profiles/follows.test.ts'
const listed = 'test/profiles/listed.test.ts'
const portfolio = 'test/people/portfolio.test.ts'
const reviews = 'test/people/reviews.test.ts'

/** Follows, unlisted profiles, the verified mark, portfolios and reviews. */
export const peopleWork: Mutants = {
  'a follow passes a block at the same moment': {
    file: '50_sharing/61_follow.sql',
    find: '  perform private.lock_pair(caller, user_id);\n',
    replace: '',
    tests: [follows],
  },
  'a block leaves the follows': {
    file: '10_people/81_follows.sql',
    find: '  perform private.end_follows(new.blocker_id, new.blocked_id);\n',
    replace: '',
    tests: [follows],
  },
  'the followed count has no end': {
    file: '50_sharing/61_follow.sql',
    find: "where f.follower_id = caller) >= private.at_most('following') then",
    replace: 'where f.follower_id = caller) < 0 then',
    tests: [follows],
  },
  'an unlisted profile is in the list': {
    file: '10_people/43_profile.sql',
    find: 'where d.handle is not null and d.is_listed and d.id > list_profiles.after_id',
    replace: 'where d.handle is not null and d.id > list_profiles.after_id',
    tests: [listed],
  },
  'an unlisted profile is in the search': {
    file: '10_people/50_directory_index.sql',
    find: 'where p.id = any (ids) and p.handle is not null and p.is_listed;',
    replace: 'where p.id = any (ids) and p.handle is not null;',
    tests: [listed],
  },
  'an unlisted profile is read by its id': {
    file: '50_sharing/60_visible_profiles.sql',
    find: 'and (d.is_listed or private.can_see_profile(d.id))',
    replace: '',
    tests: [listed],
  },
  'an unlisted profile is counted in the catalogues': {
    file: '10_people/40_profile_parts.sql',
    find: '      where coalesce(p.is_listed, true)\n',
    replace: '',
    tests: [listed],
  },
  'an unlisted follower is counted': {
    file: '50_sharing/60_visible_profiles.sql',
    find: 'where f.followed_id = person and p.is_listed',
    replace: 'where f.followed_id = person',
    tests: [listed],
  },
  'the verified mark stays with another name': {
    file: '10_people/44_listed.sql',
    find: '  new.verified_at := null;',
    replace: '  new.verified_at := old.verified_at;',
    tests: [listed],
  },
  'the service verifies what the user has changed': {
    file: '10_people/44_listed.sql',
    find: 'where p.id = user_id and p.handle = verify_profile.handle and p.display_name = verify_profile.display_name;',
    replace: 'where p.id = user_id;',
    tests: [listed],
  },
  'two moves at once do not wait for each other': {
    file: '10_people/75_portfolio.sql',
    find: "  perform from public.profiles p where p.id = caller and p.user_id is not null for no key update;\n  if not found then\n    perform private.raise_error('account_not_found', format('unable to %s",
    replace:
      "  perform from public.profiles p where p.id = caller and p.user_id is not null;\n  if not found then\n    perform private.raise_error('account_not_found', format('unable to %s",
    tests: [portfolio],
  },
  'an item shows a file of another user': {
    file: '10_people/75_portfolio.sql',
    find: "o.name = value #>> '{}' and o.name like caller || '/%'",
    replace: "o.name = value #>> '{}'",
    tests: [portfolio],
  },
  'a file is removed that an item shows': {
    file: '10_people/76_portfolio_files.sql',
    find: '  and not private.is_shown_in_portfolio(name)\n',
    replace: '',
    tests: [portfolio],
  },
  'a user reviews without a conversion of their own': {
    file: '50_sharing/45_reviews.sql',
    find: 'where c.conversation_id = conversation_id and c.converted_by = caller and',
    replace: 'where c.conversation_id = conversation_id and',
    tests: [reviews],
  },
  'a review is answered again': {
    file: '50_sharing/45_reviews.sql',
    find: 'set answer = coalesce(r.answer, kept),',
    replace: 'set answer = kept,',
    tests: [reviews],
  },
  'a hidden review counts': {
    file: '10_people/40_profile_parts.sql',
    find: '    where r.profile_id = p.id and r.hidden_at is null\n',
    replace: '    where r.profile_id = p.id\n',
    tests: [reviews],
  },
  'the words of a review stay without their author': {
    file: '10_people/35_reviews.sql',
    find: "set reviewer_id = null, content = ''",
    replace: 'set reviewer_id = null',
    tests: [reviews],
  },
}
