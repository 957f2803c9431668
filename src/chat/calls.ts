import { bind } from '../core/bind.ts'
import type { Context } from '../core/context.ts'
import { attachmentUrl, removeAttachment, uploadAttachment } from './attachments/attachments.ts'
import type { FileCalls } from './attachments/calls.ts'
import { banUser, listBans, unbanUser } from './groups/bans.ts'
import type { GroupCalls } from './groups/calls.ts'
import {
  addParticipants,
  createGroup,
  leaveGroup,
  removeParticipant,
  setRole,
  updateGroup,
} from './groups/groups.ts'
import type { InboxCalls } from './inbox/calls.ts'
import { listInbox, setFlags } from './inbox/inbox.ts'
import { listLastSeen, markActive } from './inbox/last-seen.ts'
import type { OwnCalls } from './inbox/own-calls.ts'
import { clearHistory, setDraft } from './inbox/own-side.ts'
import type { SearchCalls } from './messages/search-calls.ts'
import { searchMessages } from './messages/search-messages.ts'
import { blockUser, listBlocks, unblockUser } from './moderation/blocks.ts'
import type { SafetyCalls } from './moderation/calls.ts'
import { listReports, reportMessage, resolveReport } from './moderation/reports.ts'
import type { ServiceCalls } from './service/calls.ts'
import { emptyDeletedAccounts, listUndelivered } from './service/service.ts'

/** Calls that answer once, without anything held open. */
export interface ChatCalls
  extends GroupCalls,
    InboxCalls,
    OwnCalls,
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
    ban: banUser,
    unban: unbanUser,
    listBans,
    inbox: listInbox,
    setFlags,
    clearHistory,
    setDraft,
    markActive,
    listLastSeen,
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
