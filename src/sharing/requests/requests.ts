import { type ListOperation, listOperation, nothing, type Operation, operation } from '../../core/call.ts'
import { id, timestamp } from '../../core/parse.ts'
import { type Person, person } from '../../core/person.ts'
import { nullable, object, oneOf, optional, type Reader, row, text, withDefault } from '../../core/shape.ts'
import { byTime, type Share, type ShareTarget, share, target, targetIds } from '../schema.ts'

/** A request for access to a song or setlist of yours. */
export interface AccessRequest {
  id: string
  /** What the user asks for. */
  targetKind: 'song' | 'setlist'
  /** Null for a setlist. */
  songId: string | null
  /** Null for a song. */
  setlistId: string | null
  title: string
  /** The user who asks. */
  requestedBy: Person
  message: string | null
  createdAt: Date
}

/** A request for access that you made. It says nothing about what it is for, not even whether that exists. */
export interface SentAccessRequest {
  id: string
  /** What you asked for. */
  targetKind: 'song' | 'setlist'
  /** Null for a setlist. */
  songId: string | null
  /** Null for a song. */
  setlistId: string | null
  /** A declined request stays `pending` until it expires after 30 days. */
  state: 'pending' | 'granted' | 'withdrawn' | 'expired'
  message: string | null
  createdAt: Date
}

const word = text() as Reader<never>
const of = { ...targetIds, id, targetKind: word, message: nullable(text()), createdAt: timestamp }
const request: Reader<AccessRequest> = row({ ...of, title: text(), requestedBy: person })
const sentRequest: Reader<SentAccessRequest> = row({ ...of, state: word })
const one = { requestId: id }

export const requestAccess: Operation<[target: ShareTarget, words?: { message?: string | undefined }], void> =
  operation(
    'requests.askOwner',
    'request_access',
    { songId: target, words: withDefault(object({ message: optional(text()) }), {}) },
    nothing,
    {},
    { toArguments: ({ songId, words }) => ({ ...songId, ...words }) },
  )

export const listRequests: ListOperation<[], AccessRequest> = listOperation(
  'requests.list',
  'list_access_requests',
  {},
  request,
  byTime,
)

export const listSentRequests: ListOperation<[], SentAccessRequest> = listOperation(
  'requests.listSentRequests',
  'list_access_requests_sent',
  {},
  sentRequest,
  byTime,
)

export const grantRequest: Operation<[requestId: string, role: Share['role']], Share> = operation(
  'requests.grant',
  'grant_access_request',
  { ...one, role: oneOf<Share['role']>('view', 'edit', 'admin') },
  share,
)

export const declineRequest: Operation<[requestId: string], void> = operation(
  'requests.decline',
  'decline_access_request',
  one,
  nothing,
)

export const withdrawRequest: Operation<[requestId: string], void> = operation(
  'requests.withdraw',
  'withdraw_access_request',
  one,
  nothing,
)
