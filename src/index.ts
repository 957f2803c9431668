// The public names, one by one. What only a domain needs is exported by its own entry as well.

export type {
  AttachmentFile,
  AttachmentUrlOptions,
  BlockedPerson,
  Chat,
  CloseReason,
  Conversation,
  ConversationFlags,
  ConversationSnapshot,
  ConversationStatus,
  GroupChanges,
  InboxItem,
  InboxOptions,
  InboxSnapshot,
  ListReportsOptions,
  ListUndeliveredOptions,
  LiveInbox,
  LoadOptions,
  Message,
  NewAttachment,
  NewGroup,
  NewMessage,
  OpenConversation,
  Participant,
  PendingMessage,
  ReadMark,
  Report,
  ReportReason,
  SearchMessagesOptions,
  Undelivered,
  UploadOptions,
} from './chat/index.ts'
export { createTertulia, type Tertulia } from './client.ts'
export type { Clock } from './core/clock.ts'
export type { AnySupabaseClient, GapReport, OperationReport, TertuliaOptions } from './core/context.ts'
export { isTertuliaError, TertuliaError } from './core/error.ts'
export { type ErrorCode, errorCodes } from './core/error-codes.ts'
export { browserLifecycle, type Lifecycle } from './core/lifecycle.ts'
export type { Page, Paged, PageOptions } from './core/page.ts'
export type { CallOptions } from './core/run.ts'
export type { KeyValueStorage } from './core/storage.ts'
export type { Database } from './database.types.ts'
export type {
  AvatarFile,
  ExportedRow,
  FacetCount,
  Profile,
  ProfileChanges,
  ProfileFacets,
  ProfileFilters,
  ProfileLink,
  ProfilePage,
  ProfileSort,
  Profiles,
  ProfileTag,
  Rate,
  RateTier,
  RateUnit,
  SearchProfilesOptions,
  SoftwareSuggestion,
  SuggestOptions,
  SuggestTagsOptions,
  TagSuggestion,
} from './profiles/index.ts'
export type {
  DeletedSong,
  ImportedSong,
  ListSongsOptions,
  NewSong,
  Range,
  Recommendation,
  SearchSongsOptions,
  SimilarSong,
  Song,
  SongChanges,
  SongChord,
  SongFacet,
  SongFacets,
  SongFields,
  SongFilters,
  SongHit,
  SongSuggestion,
  SongSummary,
  Songs,
  SongTag,
  SongTagSuggestion,
  SongVisibility,
  Span,
  SuggestSongTagsOptions,
} from './songs/index.ts'
