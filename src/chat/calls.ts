import { bind } from '../core/bind.ts'
import type { Context } from '../core/context.ts'
import { attachmentUrl, removeAttachment, uploadAttachment } from './attachments.ts'
import { blockUser, listBlocks, unblockUser } from './blocks.ts'
import type { FileCalls } from './calls/files.ts'
import type { GroupCalls } from './calls/groups.ts'
import type { InboxCalls } from './calls/inbox.ts'
import type { SafetyCalls } from './calls/safety.ts'
import type { SearchCalls } from './calls/search.ts'
import type { ServiceCalls } from './calls/service.ts'
import {
  addParticipants,
  createGroup,
  leaveGroup,
  removeParticipant,
  setRole,
  updateGroup,
} from './groups.ts'
import { listInbox, setFlags } from './inbox.ts'
import { listReports, reportMessage, resolveReport } from './reports.ts'
import { searchMessages } from './search-messages.ts'
import { emptyDeletedAccounts, listUndelivered } from './service.ts'

/** Calls that answer once, without anything held open. */
export interface ChatCalls
  extends GroupCalls,
    InboxCalls,
    SafetyCalls,
    SearchCalls,
    FileCalls,
    ServiceCalls {}

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
