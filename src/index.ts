// The public names, one by one. What only a domain needs is exported by its own entry as well.

export type {
  Chat,
  CloseReason,
  Conversation,
  ConversationSnapshot,
  ConversationStatus,
  Message,
  NewMessage,
  OpenConversation,
  Participant,
  PendingMessage,
} from './chat/index.ts'
export { createTertulia, type Tertulia } from './client.ts'
export type { Clock } from './core/clock.ts'
export type { AnySupabaseClient, OperationReport, TertuliaOptions } from './core/context.ts'
export { isTertuliaError, TertuliaError } from './core/error.ts'
export { type ErrorCode, errorCodes } from './core/error-codes.ts'
export { browserLifecycle, type Lifecycle } from './core/lifecycle.ts'
export type { Page, Paged, PageOptions } from './core/page.ts'
export type { CallOptions } from './core/run.ts'
export type { KeyValueStorage } from './core/storage.ts'
export type { Database } from './database.types.ts'
export type { Profile, ProfileChanges, Profiles } from './profiles/index.ts'
export type {
  DeletedSong,
  ImportedSong,
  ListSongsOptions,
  NewSong,
  Recommendation,
  SimilarSong,
  Song,
  SongChanges,
  SongChord,
  SongFields,
  SongSummary,
  Songs,
  SongTag,
  SongVisibility,
  SuggestTagsOptions,
  TagSuggestion,
} from './songs/index.ts'
