import { bind } from '../core/bind.ts'
import type { Context } from '../core/context.ts'
import { onUserChange } from '../core/identity.ts'
import type { UserChanges } from '../live/types.ts'
import type { LiveCalls } from './calls/live.ts'
import type { MessageCalls } from './calls/messages.ts'
import { type ChatCalls, createCalls } from './calls.ts'
import { deleteMessage, editMessage, react } from './change-message.ts'
import { getDirect } from './get-direct.ts'
import { listMessages } from './list-messages.ts'
import { markRead } from './mark-read.ts'
import { openConversation } from './open-conversation.ts'
import { sendMessage } from './send.ts'
import { sharedOf } from './shared.ts'
import { discardUnsent, listUnsent } from './unsent.ts'
import { watchInbox } from './watch-inbox.ts'

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
export type { AttachmentFile, AttachmentUrlOptions, UploadOptions } from './attachments.ts'
// The operations by themselves, each with the context first: an app ships those that it imports.
export { attachmentUrl, removeAttachment, uploadAttachment } from './attachments.ts'
export type { BlockedPerson } from './blocks.ts'
export { blockUser, listBlocks, unblockUser } from './blocks.ts'
export type { ChatCalls } from './calls.ts'
export type { ConversationSnapshot, LoadOptions, OpenConversation } from './conversation.ts'
export { getDirect } from './get-direct.ts'
export type { GroupChanges, NewGroup } from './groups.ts'
export {
  addParticipants,
  createGroup,
  leaveGroup,
  removeParticipant,
  setRole,
  updateGroup,
} from './groups.ts'
export type { InboxOptions } from './inbox.ts'
export { listInbox, setFlags } from './inbox.ts'
export type { ConversationFlags, InboxItem } from './inbox-item.ts'
export type { ReadMark } from './mark-read.ts'
export type { MessageChanges, NewAttachment, NewMessage, PendingMessage } from './new-message.ts'
export type { ListReportsOptions, Report, ReportReason } from './reports.ts'
export { listReports, reportMessage, resolveReport } from './reports.ts'
export type { Conversation, Message, Participant } from './schema.ts'
export type { MessageFilters, SearchMessagesOptions } from './search-messages.ts'
export { searchMessages } from './search-messages.ts'
export type { ListUndeliveredOptions, Undelivered } from './service.ts'
export { emptyDeletedAccounts, listUndelivered } from './service.ts'
export type { DiscardUnsentOptions, ListUnsentOptions } from './unsent.ts'
export type { InboxSnapshot, LiveInbox, UnsentCount, UnsentCounts } from './watch-inbox.ts'
export {
  deleteMessage,
  discardUnsent,
  editMessage,
  listMessages,
  listUnsent,
  markRead,
  openConversation,
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
      markRead,
      listMessages,
      onUserChange,
    }),
  }
}
