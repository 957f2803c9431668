import { bind } from '../core/bind.ts'
import type { Context } from '../core/context.ts'
import { onUserChange } from '../core/identity.ts'
import type { Paged, PageOptions } from '../core/page.ts'
import type { CallOptions } from '../core/run.ts'
import { type ChatCalls, createCalls } from './calls.ts'
import { deleteMessage, editMessage, react } from './change-message.ts'
import type { OpenConversation } from './conversation.ts'
import { getDirect } from './get-direct.ts'
import { listMessages } from './list-messages.ts'
import { markRead, type ReadMark } from './mark-read.ts'
import { openConversation } from './open-conversation.ts'
import type { Conversation, Message, MessageChanges, NewMessage, PendingMessage } from './schema.ts'
import { sendMessage } from './send.ts'
import { sharedOf } from './shared.ts'
import { type DiscardUnsentOptions, discardUnsent, type ListUnsentOptions, listUnsent } from './unsent.ts'
import { type LiveInbox, watchInbox } from './watch-inbox.ts'

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
export type { CallOptions } from '../core/run.ts'
export type { KeyValueStorage } from '../core/storage.ts'
export type { CloseReason, LiveHandle, LiveState, LiveStatus } from '../live/types.ts'
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
export type { ListReportsOptions, Report, ReportReason } from './reports.ts'
export { listReports, reportMessage, resolveReport } from './reports.ts'
export type {
  Conversation,
  Message,
  MessageChanges,
  NewAttachment,
  NewMessage,
  Participant,
  PendingMessage,
} from './schema.ts'
export type { SearchMessagesOptions } from './search-messages.ts'
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

/** Conversations: live ones for people, plain calls for servers and scripts. */
export interface Chat extends ChatCalls {
  /** Opens the conversation with another person, making it at the first call. See {@link getDirect}. */
  openDirect(userId: string, options?: CallOptions): Promise<OpenConversation>
  /** Opens a conversation. See {@link openConversation}. */
  openConversation(conversationId: string): OpenConversation
  /** Holds one's inbox live. See {@link watchInbox}. */
  watchInbox(): LiveInbox
  /**
   * Calls `listener` with the id of the signed-in user: soon after this call, and whenever a user signs in or out. Null is nobody. A
   * session whose token cannot be refreshed now is reported once it can. Clients with third-party tokens report nothing.
   *
   * @returns What ends it.
   * @example
   * ```ts
   * const stop = tertulia.chat.onUserChange((userId) => showSignIn(userId === null))
   * ```
   */
  onUserChange(listener: (userId: string | null) => void): () => void
  /** The user's unsent messages on this device. See {@link listUnsent}. */
  listUnsent(options?: ListUnsentOptions): Promise<PendingMessage[]>
  /** Removes unsent messages from this device. See {@link discardUnsent}. */
  discardUnsent(options?: DiscardUnsentOptions): Promise<number>
  /** The conversation with another person, without opening it. See {@link getDirect}. */
  getDirect(userId: string, options?: CallOptions): Promise<Conversation>
  /** Sends a message. See {@link sendMessage}. */
  send(conversationId: string, message: NewMessage, options?: CallOptions): Promise<Message>
  /** Changes text, mentions, attachments or metadata of your own message. See {@link editMessage}. */
  editMessage(messageId: string, changes: string | MessageChanges, options?: CallOptions): Promise<Message>
  /** Deletes a message for everyone. See {@link deleteMessage}. */
  deleteMessage(messageId: string, options?: CallOptions): Promise<Message>
  /** Reacts to a message, or takes a reaction back. See {@link react}. */
  react(messageId: string, emoji: string, present?: boolean, options?: CallOptions): Promise<Message>
  /** Marks a conversation as read, up to a position or whole. See {@link markRead}. */
  markRead(conversationId: string, seq?: number, options?: CallOptions): Promise<ReadMark>
  /** The messages of a conversation, newest first. See {@link listMessages}. */
  listMessages(conversationId: string, options?: PageOptions & CallOptions): Paged<Message>
}

/**
 * The chat domain alone.
 *
 * @example
 * ```ts
 * const chat = createChat(createContext(supabase))
 * const conversation = await chat.openDirect(userId)
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
