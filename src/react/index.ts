export type { UserChanges } from '../live/types.ts'
export { type Domains, TertuliaProvider, useTertulia } from './provider.ts'
export { type Answer, type AnswerOptions, useAnswer } from './use-answer.ts'
export { useCircle, useComments } from './use-circles.ts'
export { useConversation, useDirect, useMessages, usePresence, useTyping } from './use-conversation.ts'
export { useInbox, useUnread } from './use-inbox.ts'
export { type Live, useLive } from './use-live.ts'
export { type Pages, usePages } from './use-pages.ts'
export {
  useAttachmentUrl,
  useMe,
  useMessageSearch,
  usePeopleSearch,
  useProfile,
  useStats,
} from './use-people.ts'
export { useSelected } from './use-selected.ts'
export {
  type TypedSearchOptions,
  useFavorites,
  useNotices,
  useSetlist,
  useShares,
  useSong,
  useSongSearch,
} from './use-songs.ts'
