/** The rows of the fake backend, in the shape of the database's answers. */

/** The arguments of a call, as PostgREST takes them. */
// biome-ignore lint/suspicious/noExplicitAny: each call checks what it reads
export type Args = Record<string, any>

/** A row of profiles. */
export interface Profile {
  id: string
  handle: string
  display_name: string
  bio: string
  country: string | null
  experience_years: number | null
  experience: string
  avatar_path: string | null
  shows_payment_methods: boolean
  is_listed: boolean
  open_to_work: boolean
  available_from: string | null
  verified_at: string | null
  metadata: object
  created_at: string
  updated_at: string
  professional_types: string[]
  software: string[]
  tags: { name: string; kind: string }[]
  rates: Record<string, { amount: number; currency: string; unit: string }>
  payment_methods: string[]
  languages: string[]
  links: { label: string; url: string }[]
  reviews: { count: number; average: number | null }
}

export interface Member {
  user_id: string
  role: 'owner' | 'admin' | 'member'
  joined_at: string
  left_at: string | null
  last_read_seq: number
  /** How far the others see that the user has read. */
  receipt_seq: number
  /** Number of the change in which the user joined, left or got another role. */
  revision: number
  muted: boolean
  pinned: boolean
  archived: boolean
  visible_from_seq: number
  cleared_seq: number
  hidden_seq: number
  marked_seq: number
  own_revision: number
  draft: object | null
}

export interface SystemEvent {
  type: 'created' | 'joined' | 'left' | 'removed' | 'renamed' | 'writers' | 'history'
  user_ids: string[]
  value: string | null
}

/** A row of messages. */
export interface Message {
  id: string
  conversation_id: string
  sender_id: string
  seq: number
  revision: number
  content: string
  metadata: object
  created_at: string
  edited_at: string | null
  deleted_at: string | null
  pinned_at: string | null
  reply_to: string | null
  mentions: string[]
  attachments: object[]
  song: object | null
  /** What a system message tells of a group; null for a message of a user. */
  system: SystemEvent | null
  reactions: { emoji: string; user_ids: string[] }[]
}

export interface Chat {
  id: string
  kind: 'direct' | 'group'
  subject: string | null
  metadata: object
  created_at: string
  writers: 'everyone' | 'admins'
  history: 'all' | 'joined'
  created_by: string | null
  /** When a user last sent a message. */
  last_message_at: string | null
  last_revision: number
  live_key: string
  members: Member[]
  /** In order of `seq`. */
  messages: Message[]
}

/** A row of songs. */
interface SongRow {
  id: string
  title: string
  artist: string | null
  album: string | null
  content: string
  lyrics: string
  chords: { name: string; root: string; quality: string; bass: string | null; uses: number }[]
  key: string | null
  tempo: number | null
  time_signature: string | null
  capo_fret: number | null
  genre: string | null
  style: string | null
  language: string | null
  year: number | null
  duration_seconds: number | null
  difficulty_level: number | null
  source_url: string | null
  source_type: string
  visibility: 'private' | 'shared' | 'public'
  created_by: string
  chordpro_metadata: Record<string, string[]>
  metadata: object
  version: number
  created_at: string
  updated_at: string
}

export interface StoredSong extends SongRow {
  /** What its writers gave; the rest follows the text. */
  given: Args
  deleted_at: string | null
  live_key: string
  tags: { tag_name: string; label: string; tag_category: string | null; tag_type: string }[]
  versions: Args[]
}

export interface Share {
  id: string
  kind: 'person' | 'email' | 'link'
  role: string
  song_id: string
  message: string | null
  shared_by: string
  shared_with: string | null
  email: string | null
  link_id: string | null
  created_at: string
  accepted_at: string | null
  expires_at: string | null
  ended_at: string | null
  end_reason: string | null
}

export interface StoredLink {
  id: string
  token: string
  song_id: string
  role: string
  created_by: string
  max_uses: number | null
  use_count: number
  created_at: string
  expires_at: string | null
  revoked_at: string | null
}

export interface Transfer {
  id: string
  song_id: string
  from: string
  to: string
  message: string | null
  outcome: string | null
  created_at: string
  expires_at: string
}

export interface Notice {
  id: string
  kind: string
  target_kind: 'song'
  song_id: string | null
  setlist_id: null
  circle_id: null
  actor: object | null
  title: string
  role: string | null
  subject_id: string
  created_at: string
  read_at: string | null
}
