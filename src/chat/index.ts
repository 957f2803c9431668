import { bind } from '../core/bind.ts'
import type { Context } from '../core/context.ts'
import type { Paged, PageOptions } from '../core/page.ts'
import type { CallOptions } from '../core/run.ts'
import { type ChatCalls, createCalls } from './calls.ts'
import { deleteMessage, editMessage, react } from './change-message.ts'
import type { OpenConversation } from './conversation.ts'
import { getDirect } from './get-direct.ts'
import { createHeadCheck } from './head-check.ts'
import { listMessages } from './list-messages.ts'
import { markRead, type ReadMark } from './mark-read.ts'
import { openConversation, type Shared } from './open-conversation.ts'
import { createOutbox, type Outbox } from './outbox.ts'
import type { Conversation, Message, NewMessage } from './schema.ts'
import { sendMessage } from './send.ts'
import { type LiveInbox, watchInbox } from './watch-inbox.ts'

export {
  type AnySupabaseClient,
  type Context,
  createContext,
  type GapReport,
  type OperationReport,
  type TertuliaOptions,
} from '../core/context.ts'
export { isTertuliaError, TertuliaError } from '../core/error.ts'
export type { ErrorCode } from '../core/error-codes.ts'
export type { Page, Paged, PageOptions } from '../core/page.ts'
export type { CallOptions } from '../core/run.ts'
export type { KeyValueStorage } from '../core/storage.ts'
export type { CloseReason } from '../core/user-channel.ts'
export type { AttachmentFile, AttachmentUrlOptions, UploadOptions } from './attachments.ts'
export type { BlockedPerson } from './blocks.ts'
export type { ChatCalls } from './calls.ts'
export type {
  ConversationSnapshot,
  ConversationStatus,
  LoadOptions,
  OpenConversation,
} from './conversation.ts'
export type { GroupChanges, NewGroup } from './groups.ts'
export type { InboxOptions } from './inbox.ts'
export type { ConversationFlags, InboxItem } from './inbox-item.ts'
export type { ReadMark } from './mark-read.ts'
export type { ListReportsOptions, Report, ReportReason } from './reports.ts'
export type {
  Conversation,
  Message,
  NewAttachment,
  NewMessage,
  Participant,
  PendingMessage,
} from './schema.ts'
export type { SearchMessagesOptions } from './search-messages.ts'
export type { ListUndeliveredOptions, Undelivered } from './service.ts'
export type { InboxSnapshot, LiveInbox } from './watch-inbox.ts'

/** Conversations: live ones for people, plain calls for servers and scripts. */
export interface Chat extends ChatCalls {
  /** Opens the conversation with another person, making it at the first call. See {@link getDirect}. */
  openDirect(userId: string, options?: CallOptions): Promise<OpenConversation>
  /** Opens a conversation. See {@link openConversation}. */
  openConversation(conversationId: string): OpenConversation
  /** Holds one's inbox live. See {@link watchInbox}. */
  watchInbox(): LiveInbox
  /** The conversation with another person, without opening it. See {@link getDirect}. */
  getDirect(userId: string, options?: CallOptions): Promise<Conversation>
  /** Sends a message. See {@link sendMessage}. */
  send(conversationId: string, message: NewMessage, options?: CallOptions): Promise<Message>
  /** Changes the text of one's own message. See {@link editMessage}. */
  editMessage(messageId: string, content: string, options?: CallOptions): Promise<Message>
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
  let outbox: Outbox | null = null
  const headCheck = createHeadCheck(context)
  const shared: Shared = {
    checkHead: headCheck.conversation,
    outboxOf(userId) {
      if (outbox?.userId !== userId) outbox = createOutbox(context, userId)
      return outbox
    },
  }
  const open = (conversationId: string) => openConversation(context, shared, conversationId)
  return {
    openConversation: open,
    async openDirect(userId, options) {
      const { id } = await getDirect(context, userId, options)
      return open(id)
    },
    watchInbox: () => watchInbox(context, headCheck.inbox),
    ...createCalls(context),
    ...bind(context, {
      getDirect,
      send: sendMessage,
      editMessage,
      deleteMessage,
      react,
      markRead,
      listMessages,
    }),
  }
}
