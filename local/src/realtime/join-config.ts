import { isRecord } from './frames.ts'

/** What a client asks for when it joins. */
export interface JoinConfig {
  isPrivate: boolean
  self: boolean
  ack: boolean
  replicationReady: boolean
  /** Present, valid or not, when the client asked for a replay. */
  replay: { asked: boolean; since: number | undefined; limit: number | undefined }
  presence: { key: string; enabled: boolean }
  /** What `.on('postgres_changes', …)` asked for. */
  postgresChanges: Record<string, unknown>[]
  accessToken: string | undefined
}

export function readJoinConfig(payload: Record<string, unknown>): JoinConfig {
  const config = record(payload.config)
  const broadcast = record(config.broadcast)
  const presence = record(config.presence)
  const replay = record(broadcast.replay)
  return {
    isPrivate: flag(config.private),
    self: flag(broadcast.self),
    ack: flag(broadcast.ack),
    replicationReady: flag(broadcast.replication_ready),
    replay: {
      asked: broadcast.replay !== undefined && broadcast.replay !== null,
      since: integer(replay.since),
      limit: replay.limit === undefined ? 25 : integer(replay.limit),
    },
    presence: {
      key: typeof presence.key === 'string' && presence.key !== '' ? presence.key : crypto.randomUUID(),
      enabled: flag(presence.enabled),
    },
    postgresChanges: Array.isArray(config.postgres_changes) ? config.postgres_changes.filter(isRecord) : [],
    accessToken: text(payload.access_token) ?? text(payload.user_token),
  }
}

const record = (value: unknown) => (isRecord(value) ? value : {})

/** Clients in other languages send booleans as text. What is neither is as good as nothing. */
const flag = (value: unknown) =>
  value === true || (typeof value === 'string' && value.toLowerCase() === 'true')

const text = (value: unknown) => (typeof value === 'string' ? value : undefined)

const integer = (value: unknown) =>
  typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined
