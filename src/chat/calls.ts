import { bind } from '../core/bind.ts'
import type { Context } from '../core/context.ts'
import type { Paged } from '../core/page.ts'
import type { CallOptions } from '../core/run.ts'
import {
  type AttachmentFile,
  type AttachmentUrlOptions,
  attachmentUrl,
  removeAttachment,
  type UploadOptions,
  uploadAttachment,
} from './attachments.ts'
import { type BlockedPerson, blockUser, listBlocks, unblockUser } from './blocks.ts'
import {
  addParticipants,
  createGroup,
  type GroupChanges,
  leaveGroup,
  type NewGroup,
  removeParticipant,
  setRole,
  updateGroup,
} from './groups.ts'
import { type InboxOptions, listInbox, setFlags } from './inbox.ts'
import type { ConversationFlags, InboxItem } from './inbox-item.ts'
import {
  type ListReportsOptions,
  listReports,
  type Report,
  type ReportReason,
  reportMessage,
  resolveReport,
} from './reports.ts'
import type { Conversation, Message, Participant } from './schema.ts'
import { type SearchMessagesOptions, searchMessages } from './search-messages.ts'
import {
  emptyDeletedAccounts,
  type ListUndeliveredOptions,
  listUndelivered,
  type Undelivered,
} from './service.ts'

/** Calls that answer once, without anything held open. */
export interface ChatCalls {
  /** Makes a group. See {@link createGroup}. */
  createGroup(group: NewGroup, options?: CallOptions): Promise<Conversation>
  /** Changes subject or metadata of a group. See {@link updateGroup}. */
  updateGroup(conversationId: string, changes: GroupChanges, options?: CallOptions): Promise<Conversation>
  /** Adds people to a group. See {@link addParticipants}. */
  addParticipants(conversationId: string, userIds: string[], options?: CallOptions): Promise<Conversation>
  /** Takes a person out of a group. See {@link removeParticipant}. */
  removeParticipant(conversationId: string, userId: string, options?: CallOptions): Promise<Conversation>
  /** Leaves a group. See {@link leaveGroup}. */
  leave(conversationId: string, options?: CallOptions): Promise<void>
  /** Makes a person of a group owner, admin or member. See {@link setRole}. */
  setRole(
    conversationId: string,
    userId: string,
    role: Participant['role'],
    options?: CallOptions,
  ): Promise<Conversation>
  /** One's conversations in one request. See {@link listInbox}. */
  inbox(options?: InboxOptions & CallOptions): Paged<InboxItem>
  /** Mutes, pins or archives a conversation for oneself. See {@link setFlags}. */
  setFlags(
    conversationId: string,
    flags: Partial<ConversationFlags>,
    options?: CallOptions,
  ): Promise<InboxItem>
  /** Blocks a person. See {@link blockUser}. */
  block(userId: string, options?: CallOptions): Promise<void>
  /** Takes a block back. See {@link unblockUser}. */
  unblock(userId: string, options?: CallOptions): Promise<void>
  /** Whom one blocked. See {@link listBlocks}. */
  listBlocks(options?: CallOptions): Promise<BlockedPerson[]>
  /** Reports a message to the moderators. See {@link reportMessage}. */
  report(messageId: string, reason: ReportReason, options?: CallOptions): Promise<void>
  /** Reports, for moderators. See {@link listReports}. */
  listReports(options?: ListReportsOptions & CallOptions): Paged<Report>
  /** Marks a report as dealt with. See {@link resolveReport}. */
  resolveReport(reportId: string, options?: CallOptions & { note?: string }): Promise<void>
  /** Messages with these words. See {@link searchMessages}. */
  searchMessages(query: string, options?: SearchMessagesOptions & CallOptions): Paged<Message>
  /** Uploads a file for a message. See {@link uploadAttachment}. */
  uploadAttachment(
    conversationId: string,
    file: AttachmentFile,
    options?: UploadOptions & CallOptions,
  ): Promise<{ path: string; name: string }>
  /** A URL that opens a message's file for a while. See {@link attachmentUrl}. */
  attachmentUrl(path: string, options?: AttachmentUrlOptions & CallOptions): Promise<string>
  /** Removes a file of one's own. See {@link removeAttachment}. */
  removeAttachment(path: string, options?: CallOptions): Promise<void>
  /** The feed for push notifications, for the service. See {@link listUndelivered}. */
  listUndelivered(
    options?: ListUndeliveredOptions & CallOptions,
  ): Promise<{ items: Undelivered[]; nextId: number }>
  /** Empties what deleted accounts left behind, for the service. See {@link emptyDeletedAccounts}. */
  emptyDeletedAccounts(
    options?: CallOptions & { batch?: number },
  ): Promise<{ emptied: number; remaining: number }>
}

export const createCalls = (context: Context): ChatCalls =>
  bind(context, {
    createGroup,
    updateGroup,
    addParticipants,
    removeParticipant,
    leave: leaveGroup,
    setRole,
    inbox: listInbox,
    setFlags,
    block: blockUser,
    unblock: unblockUser,
    listBlocks,
    report: reportMessage,
    listReports,
    resolveReport,
    searchMessages,
    uploadAttachment,
    attachmentUrl,
    removeAttachment,
    listUndelivered,
    emptyDeletedAccounts,
  })
