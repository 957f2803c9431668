import { expect, test } from 'vitest'
import { taskOf } from '../../src/core/task.ts'

test.each([
  ['chat.send', 'send the message'],
  ['chat.setRole', 'set the role'],
  ['chat.leave', 'leave the group'],
  ['chat.getDirect', 'open the conversation'],
  ['chat.searchMessages', 'search the messages'],
  ['songs.get', 'get the song'],
  ['songs.list', 'list songs'],
  ['songs.search', 'search songs'],
  ['songs.listTagCategories', 'list the tag categories'],
  ['profiles.search', 'search profiles'],
  ['profiles.update', 'update the profile'],
  ['sharing.share', 'offer the share'],
  ['chat.ban', 'ban the user'],
  ['chat.unblock', 'unblock the user'],
  ['chat.listUnsent', 'list unsent messages'],
  ['people.review', 'review the user'],
  ['people.savePortfolioItem', 'save the portfolio item'],
  ['profiles.follow', 'follow the user'],
  ['moderation.report', 'report the content'],
  ['setlists.remove', 'remove the entry'],
  ['setlists.create', 'create the setlist'],
  ['sharing.accept', 'accept the share'],
  ['analytics.song', 'read figures'],
  ['createTertulia', 'create the client'],
])('an error of %s says "unable to %s"', (operation, task) => expect(taskOf(operation)).toBe(task))
