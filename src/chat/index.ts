import { bind } from '../core/bind.ts'
import type { Context } from '../core/context.ts'
import { onUserChange } from '../core/identity.ts'
import type { UserChanges } from '../live/types.ts'
import { type ChatCalls, createCalls } from './calls.ts'
import type { LiveCalls } from './conversation/calls.ts'
import { getDirect } from './conversation/get-direct.ts'
import { markRead } from './conversation/mark-read.ts'
import { openConversation } from './conversation/open-conversation.ts'
import { watchInbox } from './inbox/watch-inbox.ts'
import type { MessageCalls } from './messages/calls.ts'
import { deleteMessage, editMessage, react } from './messages/change-message.ts'
import { listMessages } from './messages/list-messages.ts'
import { listPinned, listReplies, pinMessage } from './messages/pins.ts'
import { sendMessage } from './messages/send.ts'
import { discardUnsent, listUnsent } from './outbox/unsent.ts'
import { sharedOf } from './shared.ts'

export type {
  AnySupabaseClient,
  Context,
  GapReport,
  OperationReport,
  TertuliaOptions,
} from '../core/context.ts'
export { createContext } from '../core/create-context.ts'
export { isTertuliaError, TertuliaError } from '../core/error.ts'
export type { ErrorCode } from '../core/error-codes.ts'
export type { Page, Paged, PageOptions } from '../core/page.ts'
export type { Person } from '../core/person.ts'
export type { CallOptions } from '../core/run.ts'
export type { KeyValueStorage } from '../core/storage.ts'
export type { CloseReason, LiveHandle, LiveState, LiveStatus, UserChanges } from '../live/types.ts'
export type { AttachmentFile, AttachmentUrlOptions, UploadOptions } from './attachments/attachments.ts'
// The operations by themselves, each with the context first: an app ships those that it imports.
export { attachmentUrl, removeAttachment, uploadAttachment } from './attachments/attachments.ts'
export type { ChatCalls } from './calls.ts'
export type { ConversationSnapshot, LoadOptions, OpenConversation } from './conversation/conversation.ts'
export { getDirect } from './conversation/get-direct.ts'
export type { ReadMark } from './conversation/mark-read.ts'
export type { BannedPerson } from './groups/bans.ts'
export { banUser, listBans, unbanUser } from './groups/bans.ts'
export type { GroupChanges, NewGroup } from './groups/groups.ts'
export {
  addParticipants,
  createGroup,
  leaveGroup,
  removeParticipant,
  setRole,
  updateGroup,
} from './groups/groups.ts'
export type { InboxOptions } from './inbox/inbox.ts'
export { listInbox, setFlags } from './inbox/inbox.ts'
export type { ConversationFlags, Draft, InboxItem } from './inbox/inbox-item.ts'
export type { LastSeen } from './inbox/last-seen.ts'
export { listLastSeen, markActive } from './inbox/last-seen.ts'
export type { NewDraft } from './inbox/own-side.ts'
export { clearHistory, setDraft } from './inbox/own-side.ts'
export type { InboxSnapshot, LiveInbox, UnsentCount, UnsentCounts } from './inbox/watch-inbox.ts'
export type {
  AttachmentDetails,
  MessageChanges,
  NewAttachment,
  NewMessage,
  PendingMessage,
} from './messages/new-message.ts'
export type { FoundMessage, MessageFilters, SearchMessagesOptions } from './messages/search-messages.ts'
export { searchMessages } from './messages/search-messages.ts'
export type { BlockedPerson } from './moderation/blocks.ts'
export { blockUser, listBlocks, unblockUser } from './moderation/blocks.ts'
export type { ListReportsOptions, Report, ReportReason } from './moderation/reports.ts'
export { listReports, reportMessage, resolveReport } from './moderation/reports.ts'
export type { DiscardUnsentOptions, ListUnsentOptions } from './outbox/unsent.ts'
export type { Attachment, Conversation, Message, Participant, SystemEvent } from './schema.ts'
export type { ListUndeliveredOptions, Undelivered } from './service/service.ts'
export { emptyDeletedAccounts, listUndelivered } from './service/service.ts'
export {
  deleteMessage,
  discardUnsent,
  editMessage,
  listMessages,
  listPinned,
  listReplies,
  listUnsent,
  markRead,
  openConversation,
  pinMessage,
  react,
  sendMessage,
  watchInbox,
}

/** Conversations: live handles for apps, plain calls for servers and scripts. */
export interface Chat extends UserChanges, LiveCalls, MessageCalls, ChatCalls {}

/**
 * Creates the chat domain alone, which is smaller in a bundle than the whole client.
 *
 * @param context - From `createContext`. Domains on one context share a connection.
 * @example
 * ```ts
 * const chat = createChat(createContext(supabase))
 * const conversation = await chat.openDirect(ben.id)
 * ```
 */
export function createChat(context: Context): Chat {
  // What an earlier start left unsent goes without anything open.
  sharedOf(context)
  return {
    async openDirect(userId, options) {
      const { id } = await getDirect(context, userId, options)
      return openConversation(context, id)
    },
    ...createCalls(context),
    ...bind(context, {
      openConversation,
      watchInbox,
      listUnsent,
      discardUnsent,
      getDirect,
      send: sendMessage,
      editMessage,
      deleteMessage,
      react,
      pinMessage,
      listPinned,
      listReplies,
      markRead,
      listMessages,
      onUserChange,
    }),
  }
}
