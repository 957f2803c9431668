import type { NewMessage } from '../../chat/messages/new-message.ts'
import { toColumns } from '../../core/shape.ts'
import type { ProfileChanges } from '../../profiles/profile/changes.ts'
import { songColumnNames } from '../../songs/schema.ts'
import type { NewSong } from '../../songs/songs/fields.ts'
import { addAccount } from './auth.ts'
import { newChat, newMember } from './chats.ts'
import { groupCalls } from './groups.ts'
import { inboxCalls } from './inbox.ts'
import { messageCalls } from './messages.ts'
import { profileCalls } from './profiles.ts'
import { Refusal, refuse } from './refusal.ts'
import type { Args } from './rows.ts'
import { shareCalls } from './shares.ts'
import { createSong } from './songs.ts'
import type { Account, Call, World } from './world.ts'

/** A user. Other fixtures name the user by the handle. */
export interface UserFixture extends ProfileChanges {
  handle: string
  /** A UUID; by default `fixtureId` of the handle. */
  id?: string | undefined
  /** By default the handle, at example.com. */
  email?: string | undefined
  /** Default `password`. */
  password?: string | undefined
  /** Handles of users whom the user follows. */
  follows?: string[] | undefined
}

/** A message in the order of a conversation. */
export interface MessageFixture extends NewMessage {
  /** The sender's handle. */
  from: string
  /** Handles by emoji. */
  reactions?: Record<string, string[]> | undefined
}

/** A direct conversation of two users, or with a subject, or more users, a group whose owner is the first. */
export interface ConversationFixture {
  /** A UUID; by default `fixtureId` of the subject, or of the handles with a space between them. */
  id?: string | undefined
  /** Makes a group. */
  subject?: string | undefined
  /** Handles. */
  between: string[]
  /** In the order in which they were sent. */
  messages?: MessageFixture[] | undefined
}

/** A song. */
export interface SongFixture extends NewSong {
  /** The owner's handle. */
  owner: string
  /** Handles of users whose favorite it is. */
  favoriteOf?: string[] | undefined
  /** Users who have accepted a share, by handle. */
  sharedWith?: Record<string, 'view' | 'edit' | 'admin'> | undefined
}

/** What a fake backend begins with. */
export interface Fixtures {
  /** Everybody whom the others name. */
  users?: UserFixture[] | undefined
  /** Direct conversations and groups. */
  conversations?: ConversationFixture[] | undefined
  /** Songs, with shares and favorites. */
  songs?: SongFixture[] | undefined
}

/**
 * Makes a UUID of a name: always the same one for the same name.
 *
 * @param name - Any text.
 * @returns A UUID.
 * @example
 * ```ts
 * const song = { id: fixtureId('bamba'), owner: 'ana', content: '[C]Para bailar' }
 * const found = await tertulia.songs.get(fixtureId('bamba'))
 * ```
 */
export function fixtureId(name: string): string {
  let state = 0x811c9dc5
  const digits = Array.from({ length: 32 }, (_, at) => {
    for (const unit of `${at}${name}`) state = Math.imul(state ^ (unit.codePointAt(0) ?? 0), 0x01000193)
    state = Math.imul(state ^ (state >>> 15), 0x85ebca6b)
    return ((state >>> 13) & 15).toString(16)
  }).join('')
  return digits.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5')
}

/**
 * Fixtures to begin with: the users ana, ben and cora, a direct conversation, a group and three songs. Every password is `password`.
 *
 * @example
 * ```ts
 * const backend = createFakeBackend(fixtures)
 * await supabase.auth.signInWithPassword({ email: 'ana@example.com', password: 'password' })
 * ```
 */
export const fixtures: Fixtures = {
  users: [
    {
      handle: 'ana',
      displayName: 'Ana',
      bio: 'Plays the requinto.',
      tags: ['son jarocho'],
      follows: ['ben'],
    },
    {
      handle: 'ben',
      displayName: 'Ben',
      professionalTypes: ['Producer'],
      software: ['Ardour'],
      openToWork: true,
    },
    { handle: 'cora', displayName: 'Cora' },
  ],
  conversations: [
    {
      between: ['ana', 'ben'],
      messages: [
        { from: 'ana', content: 'Do you know La bamba?', reactions: { '👍': ['ben'] } },
        { from: 'ben', content: 'In C or in G?' },
      ],
    },
    {
      subject: 'Fandango',
      between: ['ana', 'ben', 'cora'],
      messages: [{ from: 'cora', content: 'At eight.' }],
    },
  ],
  songs: [
    {
      id: fixtureId('bamba'),
      owner: 'ana',
      visibility: 'public',
      genre: 'Son jarocho',
      favoriteOf: ['ben'],
      content: '{title: La bamba}\n{artist: Traditional}\n{key: C}\n[C]Para bai[F]lar la [G7]bamba',
    },
    {
      id: fixtureId('cielito'),
      owner: 'ben',
      sharedWith: { ana: 'edit' },
      content:
        '{title: Cielito lindo}\n{artist: Quirino Mendoza}\n{key: G}\n[G]Ay, ay, [D7]ay, ay, [G]canta y no llores',
    },
    { id: fixtureId('draft'), owner: 'cora', content: '{title: A draft}\n[Am]La la [E7]la' },
  ],
}

/** Puts fixtures into a world, by the same calls as users make. */
export function load(world: World, { users = [], conversations = [], songs = [] }: Fixtures): void {
  const named = (handle: string): Account =>
    [...world.accounts.values()].find(({ profile }) => profile.handle === handle) ??
    refuse('invalid_input', `unable to load the fixtures; there is no user ${handle}`, 'users')
  const act = (calls: Record<string, Call>, name: string, by: Account, args: Args): Args =>
    Object(calls[name]?.(world, by, args))

  for (const { id, email, password = 'password', follows: _, ...profile } of users) {
    const { handle, displayName = handle } = profile
    const about = {
      id: (id ?? fixtureId(handle)).toLowerCase(),
      email: email ?? `${handle}@example.com`,
      password,
    }
    const account = addAccount(world, about, displayName)
    act(profileCalls, 'update_profile', account, { changes: toColumns(given(profile)) })
  }
  for (const { handle, follows = [] } of users) {
    for (const other of follows) act(profileCalls, 'follow_user', named(handle), { user_id: named(other).id })
  }
  for (const { owner, favoriteOf = [], sharedWith = {}, ...fields } of songs) {
    const { id } = createSong(world, named(owner), toColumns(given(fields), songColumnNames))
    for (const [handle, role] of Object.entries(sharedWith)) {
      const offer = { target_id: id, role, user_id: named(handle).id }
      const { id: share_id } = act(shareCalls, 'offer_share', named(owner), offer)
      act(shareCalls, 'accept_share', named(handle), { share_id })
    }
    for (const handle of favoriteOf) named(handle).favorites.set(id, world.now())
  }
  for (const { id, subject, between, messages = [] } of conversations) {
    const members = between.map(named)
    const [first, ...others] = members
    if (!first) refuse('invalid_input', 'unable to load the fixtures; a conversation has no users', 'between')
    const chatId = (id ?? fixtureId(subject ?? between.join(' '))).toLowerCase()
    if (subject !== undefined || members.length > 2) {
      const group = { group_id: chatId, subject: subject ?? null, member_ids: others.map((one) => one.id) }
      act(groupCalls, 'create_group', first, group)
    } else {
      const now = world.now()
      const seats = members.map((one) => newMember(one.id, 'member', now))
      newChat(world, { id: chatId, kind: 'direct', created_at: now, members: seats })
      act(inboxCalls, 'sync_inbox', first, {})
    }
    for (const {
      from,
      reactions = {},
      id: messageId = crypto.randomUUID(),
      content,
      metadata,
      ...extras
    } of messages) {
      const sent = {
        conversation_id: chatId,
        message_id: messageId,
        content,
        metadata,
        extras: toColumns(given(extras)),
      }
      act(messageCalls, 'send_message', named(from), sent)
      for (const [emoji, handles] of Object.entries(reactions)) {
        for (const handle of handles)
          act(messageCalls, 'react', named(handle), { message_id: messageId, emoji })
      }
    }
  }
  for (const account of world.accounts.values()) account.notices.length = 0
}

/** Without what is undefined, as JSON has it. */
const given = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T

/** An error of fixtures as an ordinary one: there is no call that it belongs to. */
export function readable(error: unknown): unknown {
  if (!(error instanceof Refusal)) return error
  return new Error(`${error.message}${error.fields.field ? ` (${error.fields.field})` : ''}`)
}
