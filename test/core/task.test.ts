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
  ['sharing.share', 'share the song'],
  ['sharing.accept', 'accept the share'],
  ['analytics.song', 'read figures'],
  ['createTertulia', 'create the tertulia'],
])('an error of %s says "unable to %s"', (operation, task) => expect(taskOf(operation)).toBe(task))
