import type { Mutants } from './mutant.ts'

const calls = 'test/songs/comments.test.ts'
const live = 'test/songs/comments-live.test.ts'
const adding = '50_sharing/47_add_comment.sql'
const changing = '50_sharing/48_change_comments.sql'
const watching = '50_sharing/49_watch_comments.sql'

/** Comments on songs. */
export const comments: Mutants = {
  'a comment is added to a song that its author does not see': {
    file: adding,
    find: 'if not private.can_see_song(song_id) then',
    replace: 'if target.id is null then',
    tests: [calls],
  },
  'a blocked user comments': {
    file: adding,
    find: 'perform private.require_unblocked(caller, array[target.created_by],',
    replace: 'perform private.require_unblocked(caller, array[caller],',
    tests: [calls],
  },
  'a reply is to a deleted comment': {
    file: adding,
    find: 'where c.id = reply_to and c.song_id = song_id and c.deleted_at is null;',
    replace: 'where c.id = reply_to and c.song_id = song_id;',
    tests: [calls],
  },
  'a reply to a reply makes a thread of its own': {
    file: adding,
    find: 'coalesce(first_one.reply_to, first_one.id)',
    replace: 'first_one.id',
    tests: [calls],
  },
  'a song has comments without end': {
    file: adding,
    find: "if head.comment_count > private.at_most('song_comments') then",
    replace: 'if false then',
    tests: [live],
  },
  'comments are not limited': {
    file: adding,
    find: "perform private.take_token(caller, 'comment');",
    replace: 'null;',
    tests: ['test/database/limits.test.ts'],
  },
  'a repeated comment is another user’s': {
    file: adding,
    find: 'if (added.song_id, added.author_id) is distinct from (song_id, caller) then',
    replace: 'if false then',
    also: [['elsif added.deleted_at is not null then', 'elsif added.deleted_at is not null and false then']],
    tests: [calls],
  },
  'another user edits a comment': {
    file: changing,
    find: 'if edited.author_id <> caller then',
    replace: 'if false then',
    tests: [calls],
  },
  'a comment is changed by who has lost the song': {
    file: changing,
    find: 'not (private.can_see_song(of_song) or (with_lost and found_comment.author_id = auth.uid()))',
    replace: 'not (private.can_see_song(of_song) or found_comment.author_id = auth.uid())',
    tests: [calls],
  },
  'anybody who sees the song resolves': {
    file: changing,
    find: 'elsif thread.author_id <> caller and not private.may_edit_song(thread.song_id) then',
    replace: 'elsif false then',
    tests: [calls],
  },
  'editors delete comments': {
    file: changing,
    find: "private.role_in('song', gone.song_id) is distinct from 'owner' and private.role_in('song', gone.song_id) is distinct from 'admin'",
    replace: 'not private.may_edit_song(gone.song_id)',
    tests: [calls],
  },
  'whoever lost a song lists its comments': {
    file: changing,
    find: 'if not private.can_see_song(song_id) then',
    replace: 'if false then',
    tests: [calls],
  },
  'whoever lost a song watches its comments': {
    file: watching,
    find: "private.can_see_song(song_id) then\n    perform private.raise_error('song_not_found', 'unable to watch the comments; there is no song with that id that you see', 'Check the id.');\n  end if;\n  insert",
    replace: 'private.can_see_song(song_id) and false then\n    null;\n  end if;\n  insert',
    also: [
      [
        '-- Again, for this may have waited behind what took the song away.\n  if not',
        '-- Again.\n  if false and not',
      ],
    ],
    tests: [live],
  },
  'comments are broadcast to those who lost the song': {
    file: '50_sharing/46_comments.sql',
    find: '\n    and private.user_sees_song(w.song_id, w.user_id)',
    replace: '',
    tests: [live],
  },
  'an unlisted author is named to strangers': {
    file: '50_sharing/46_comments.sql',
    find: 'where p.id = comment.author_id and (has_role or private.can_see_profile(p.id))',
    replace: 'where p.id = comment.author_id',
    tests: [calls],
  },
  'a notice of a comment crosses a block': {
    file: '50_sharing/46_comments.sql',
    find: ' and not private.are_blocked(person, array[comment.author_id])',
    replace: '',
    tests: [calls],
  },
  'a deleted account leaves its comments': {
    file: watching,
    find: 'where c.author_id = new.id and c.deleted_at is null order by',
    replace: 'where false order by',
    tests: [calls],
  },
  'a reader of a public song is not told that it is private': {
    file: watching,
    find: 'where w.song_id = old.id and w.watches_until > clock_timestamp()',
    replace: 'where false',
    tests: [live],
  },
  'pruned comments stay on screens': {
    file: watching,
    find: '(known < coalesce(head.pruned_revision, 0) and not reads_all) or ',
    replace: '',
    tests: [live],
  },
  'a comment is reported that was never seen': {
    file: '50_sharing/50_reports.sql',
    find: 'and (private.can_see_song(c.song_id) or greatest(c.created_at, c.edited_at) <= private.lost_song_at(c.song_id, person));',
    replace: 'and (private.can_see_song(c.song_id) or private.lost_song_at(c.song_id, person) is not null);',
    tests: [calls],
  },
}
