import { call } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import { findIdentity } from '../core/identity.ts'
import { type Queue, without } from '../core/queue.ts'
import type { RunOptions } from '../core/run.ts'
import { integer, list, row, text } from '../core/shape.ts'
import type { Json } from '../database.types.ts'
import { toBatch, type WaitingEvent } from './events.ts'

export const operation = 'analytics.track'
/** The owner of events when no user is signed in. */
export const anonymous = 'anonymous'
/** Browsers let a page that goes send 64 KiB in all: a user's and a visitor's events. */
const most = 30_000

const answer = row({ accepted: integer(), refused: list(row({ place: integer(), field: text() })) })

/** Events that were refused for their time, because the device's clock is wrong. */
const mistimed = (events: readonly WaitingEvent[], refused: { place: number; field: string }[]) =>
  refused.flatMap(({ place, field }) => (field === 'at' && events[place]) || [])

/** The address of the project's API and its key, as the socket's public address tells them. */
function readApi(context: Context): { url: string; key: string } {
  const socket = new URL(context.supabase.realtime.endpointURL())
  const path = socket.pathname.replace(/realtime\/v1\/.*$/, 'rest/v1/rpc/track_events')
  return {
    url: `${socket.protocol.replace('ws', 'http')}//${socket.host}${path}`,
    key: socket.searchParams.get('apikey') ?? '',
  }
}

/** Sends one batch as that owner; false when another user is signed in now. */
export async function sendBatch(
  context: Context,
  owner: string,
  events: readonly WaitingEvent[],
  options: RunOptions,
): Promise<boolean> {
  // A visitor's events carry the key alone, also when a user has signed in since.
  let token = readApi(context).key
  if (owner !== anonymous) {
    const identity = await findIdentity(context, operation)
    if (identity?.userId !== owner) return false
    token = identity.token
  }
  const prepare = async () => token
  const send = (batch: Json[]) =>
    call(context, operation, { ...options, prepare }, 'track_events', { batch }, answer)
  const { refused } = await send(toBatch(events))
  if (refused.some(({ field }) => field !== 'at'))
    context.report({ operation, durationMs: 0, attempt: 1, code: 'invalid_input' })
  const again = mistimed(events, refused)
  // Without a time they count as now.
  if (again.length > 0) await send(toBatch(again).map((event) => ({ ...event, at: undefined })))
  return true
}

/**
 * Sends what fits in a request that outlives its page. Events of a user that are not confirmed stay in the queue and are sent
 * again: the same event counts once. A visitor is another one on the next day and at the next address, so theirs leave the queue before.
 *
 * @param underWay - Ids that such a request carries already: a page is first hidden and then left.
 * @param failed - Some did not arrive or had a wrong time, and the page is still there to send them again.
 */
export function sendAtLast(
  context: Context,
  token: string | null,
  queue: Queue<WaitingEvent>,
  underWay: Set<string>,
  failed: () => void,
): void {
  const { url, key } = readApi(context)
  let room = most
  const batch = queue.list().filter((waiting) => {
    if (!underWay.has(waiting.id)) room -= new Blob([JSON.stringify(toBatch([waiting]))]).size
    return room > 0 && !underWay.has(waiting.id)
  })
  if (batch.length === 0) return
  const ids = new Set(batch.map(({ id }) => id))
  for (const id of ids) underWay.add(id)
  if (!token) void queue.change(ids, without(ids))
  const back = async (events: readonly WaitingEvent[]) => {
    await queue.change(ids, (list) => [...without(ids)(list), ...events])
    if (events.length > 0) failed()
  }
  const body = JSON.stringify({ batch: toBatch(batch) })
  const headers = {
    apikey: key,
    authorization: `Bearer ${token ?? key}`,
    'content-type': 'application/json',
    'content-profile': 'public',
  }
  fetch(url, { method: 'POST', headers, body, keepalive: true })
    .then(async (response) => {
      if (!response.ok) throw response
      const { refused } = await response.json().catch(() => ({ refused: [] }))
      await back(mistimed(batch, refused))
    })
    .catch(() => {
      if (!token) return back(batch)
    })
    .finally(() => {
      for (const id of ids) underWay.delete(id)
    })
}
