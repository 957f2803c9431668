import type { Mutants } from './mutant.ts'

const groups = '30_chat/31_change_groups.sql'
const actions = '30_chat/51_change_messages.sql'
const tests = ['test/database/limits.test.ts']

export const limits: Mutants = {
  'a limit lets everything pass': {
    file: '10_people/20_limits.sql',
    find: ') - least(amount, coalesce(l.burst, rule.at_most)),\n      refilled_at',
    replace: '),\n      refilled_at',
    tests,
  },
  'a limit counts the first call of a user as none': {
    file: '10_people/20_limits.sql',
    find: 'rule.at_most - least(amount, rule.at_most), clock_timestamp()',
    replace: 'rule.at_most, clock_timestamp()',
    tests,
  },
  'all users share a limit': {
    file: '10_people/20_limits.sql',
    find: 'values (person, wanted, rule.at_most - least',
    replace: "values ('00000000-0000-0000-0000-000000000000', wanted, rule.at_most - least",
    tests,
  },
  'no limit on sends': {
    file: '30_chat/50_send.sql',
    find: "perform private.take_token(caller, 'send');",
    replace: 'null;',
    tests,
  },
  'no limit on edits': {
    file: actions,
    find: "  perform private.check_edit(changes);\n  perform private.take_token(caller, 'change');",
    replace: '  perform private.check_edit(changes);',
    tests,
  },
  'no limit on reactions': {
    file: actions,
    find: "  perform private.take_token(caller, 'change');\n  message := private.lock_message(message_id, 'react to');",
    replace: "  message := private.lock_message(message_id, 'react to');",
    tests,
  },
  'no limit on reports': {
    file: '30_chat/80_reports.sql',
    find: "perform private.take_token(caller, 'report');",
    replace: '',
    tests,
  },
  'no limit on links that are made': {
    file: '50_sharing/30_links.sql',
    find: "perform private.take_token(caller, 'invite');",
    replace: '',
    tests,
  },
  'no limit on links that are opened': {
    file: '50_sharing/30_links.sql',
    find: "perform private.take_token(caller, 'open_link');",
    replace: '',
    tests,
  },
  'no limit on shares': {
    file: '50_sharing/21_share.sql',
    find: "perform private.take_token(caller, 'invite');",
    replace: '',
    tests,
  },
  'no limit on transfers': {
    file: '50_sharing/40_transfers.sql',
    find: "perform private.take_token(caller, 'invite');",
    replace: '',
    tests,
  },
  'no limit on groups': {
    file: groups,
    find: "perform private.take_token(caller, 'group');",
    replace: '',
    tests,
  },
  'no limit on people in new groups': {
    file: groups,
    find: "perform private.take_token(caller, 'add_people', cardinality(member_ids));",
    replace: '',
    tests,
  },
  'no limit on people added': {
    file: groups,
    find: "perform private.take_token(caller, 'add_people', cardinality(missing));",
    replace: '',
    tests,
  },
  'no limit on changes of groups': {
    file: '30_chat/30_groups.sql',
    find: "perform private.take_token((select auth.uid()), 'group_change');",
    replace: '',
    tests,
  },
  'no limit on songs': {
    file: '40_songs/38_count.sql',
    find: "perform private.take_token(caller, 'song', songs);",
    replace: '',
    tests,
  },
  'no limit on the bytes of songs': {
    file: '40_songs/38_count.sql',
    find: "perform private.take_token(caller, 'song_bytes', bytes);",
    replace: '',
    tests,
  },
  'no limit on the bytes of changed songs': {
    file: '40_songs/38_count.sql',
    find: "perform private.take_token(caller, 'song_bytes', octet_length(content));",
    replace: '',
    tests,
  },
  'no limit on changes of songs': {
    file: '40_songs/38_count.sql',
    find: "perform private.take_token(caller, 'song_change');",
    replace: '',
    tests,
  },
  'no limit on new tags of songs': {
    file: '40_songs/20_tags.sql',
    find: "perform private.take_token(auth.uid(), 'catalogue_name', entered);",
    replace: '',
    tests,
  },
  'no limit on handles': {
    file: '10_people/43_profile.sql',
    find: "perform private.take_token(caller, 'handle');",
    replace: 'null;',
    tests,
  },
  'no limit on reading the directory': {
    file: '10_people/43_profile.sql',
    find: "perform private.take_token(private.require_account(), 'directory', greatest(profiles, 1));",
    replace: 'perform private.require_account();',
    tests,
  },
  'no limit on conversations opened': {
    file: '30_chat/40_direct.sql',
    find: "perform private.take_token(caller, 'open_direct');",
    replace: '',
    tests,
  },
  'no limit on blocks': {
    file: '30_chat/40_direct.sql',
    find: "perform private.take_token(caller, 'block');",
    replace: '',
    tests,
  },
}
