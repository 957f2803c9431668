import { avatarUrl } from '../../core/avatar.ts'
import { type ListOperation, listOperation, type Operation, operation } from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import type { PageOptions } from '../../core/page.ts'
import { id, timestamp } from '../../core/parse.ts'
import { type Person, personFields } from '../../core/person.ts'
import type { CallOptions } from '../../core/run.ts'
import { flag, nullable, object, oneOf, optional, type Reader, row, text } from '../../core/shape.ts'
import type { Json } from '../../database.types.ts'
import { type Conversation, conversation } from '../schema.ts'

/** Everyone, users you already talk to, or nobody without a request. */
export type Audience = 'everyone' | 'known' | 'nobody'

/** Who can reach you. */
export interface ContactRules {
  /** Who can open a direct conversation with you and write in it. With `nobody` also users you talked to before have to ask. */
  write: Audience
  /** Who can add you to groups. An addition by another user becomes an invitation. */
  groups: Audience
}

/** A request that waits for an answer. */
export interface ContactRequest {
  id: string
  /** `contact` asks to write to you, `group` invites you to a group. */
  kind: 'contact' | 'group'
  /** The user who asks; of a request that you sent, the user who is asked. */
  user: Person
  /** The group of an invitation. */
  group: { id: string; subject: string | null } | null
  createdAt: Date
}

const audience = oneOf('everyone', 'known', 'nobody')
const rules = row({ write: audience, groups: audience })
const avatar: Reader<string> = (value, path, context) => avatarUrl(context as Context, text()(value, path))

export const contactRequest: Reader<ContactRequest> = row({
  id,
  kind: oneOf('contact', 'group'),
  user: row({ ...personFields, avatarUrl: nullable(avatar) }, { id: 'user_id', avatarUrl: 'avatar_path' }),
  group: nullable(row({ id, subject: nullable(text()) })),
  createdAt: timestamp,
})

export const getContactRules: Operation<[], ContactRules> = operation(
  'contacts.getContactRules',
  'get_contact_rules',
  {},
  rules,
)

/** Changes of your rules. What you leave out stays. */
export interface ContactRuleChanges {
  /** Who can write to you. */
  write?: Audience | undefined
  /** Who can add you to groups. */
  groups?: Audience | undefined
}

export const setContactRules: Operation<[rules: ContactRuleChanges], ContactRules> = operation(
  'contacts.setContactRules',
  'set_contact_rules',
  { rules: object({ write: optional(audience), groups: optional(audience) }) as Reader<Json> },
  rules,
)

export const requestContact: Operation<[userId: string], 'open' | 'sent'> = operation(
  'contacts.requestContact',
  'request_contact',
  { userId: id },
  oneOf('open', 'sent'),
)

export const listRequests: ListOperation<
  [],
  ContactRequest,
  { sent?: boolean | undefined } & PageOptions & CallOptions
> = listOperation(
  'contacts.listRequests',
  'list_requests',
  {},
  contactRequest,
  [
    ['created_at', 'beforeAt', text()],
    ['id', 'beforeId', id],
  ],
  { sent: optional(flag) },
)

export const answerRequest: Operation<[requestId: string, accept: boolean], Conversation | null> = operation(
  'contacts.answerRequest',
  'answer_request',
  { requestId: id, accept: flag },
  nullable(conversation),
)
