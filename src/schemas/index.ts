export { period } from './analytics.ts'
export {
  groupChanges,
  messageChanges,
  messageFilters,
  newGroup,
  newMessage,
  reportReason,
} from './chat.ts'
export { newCircle, newCircleInvitation } from './circles.ts'
export { fieldsOf } from './field-of.ts'
export { entryChanges, newComment, newSetlist, setlistChanges, wayChanges } from './library.ts'
export { profileChanges, profileFilters } from './profiles.ts'
export { id } from './scalars.ts'
export { pageOptions, query } from './search.ts'
export { newLink, newShare } from './sharing.ts'
export { newSong, songChanges, songFilters, songTags } from './songs.ts'
