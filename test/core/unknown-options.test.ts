import { createClient } from '@supabase/supabase-js'
import { createTertulia } from 'tertulia'
import * as chatEntry from 'tertulia/chat'
import { createContacts, createContext } from 'tertulia/contacts'
import { beforeEach, describe, expect, test } from 'vitest'

const requests: string[] = []
const bodies: string[] = []
beforeEach(() => {
  requests.length = 0
})

// Nobody is signed in: a check of the input that came after one of the person would show as `not_signed_in`.
const connect = () =>
  createClient('https://project.example.com', 'sb_publishable_x', {
    auth: { persistSession: false, autoRefreshToken: false },
    global: {
      async fetch(input, init) {
        requests.push(String(input))
        bodies.push(String(init?.body))
        throw new TypeError('nothing may be sent')
      },
    },
  })
const supabase = connect()
const tertulia = createTertulia(supabase)
const id = '0b9c2a53-5a0f-4f0a-9a3c-0d2a60d6b001'
const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a]).buffer

interface Call {
  /** Arguments that are right; options come after them. */
  args: unknown[]
  /** Arguments with a field that does not exist, and what the error calls it. In place of that, a misspelt `signal`. */
  misspelt?: [field: string, ...args: unknown[]]
  /** It takes no options. */
  noOptions?: true
  /** It throws at once. */
  throws?: true
}

const calls: Record<string, Call> = {
  'profiles.get': { args: [id] },
  'profiles.update': { args: [{ bio: '' }], misspelt: ['displayname', { displayname: 'Ana' }] },
  'profiles.follow': { args: [id] },
  'profiles.unfollow': { args: [id] },
  'profiles.getFollows': { args: [id] },
  'profiles.listFollowers': { args: [id], misspelt: ['Limit', id, { Limit: 2 }] },
  'profiles.listFollowing': { args: [id], misspelt: ['Limit', id, { Limit: 2 }] },
  'profiles.list': { args: [], misspelt: ['Limit', { Limit: 2 }] },
  'profiles.search': { args: ['ana'], misspelt: ['filters.country', 'ana', { filters: { country: 'CL' } }] },
  'profiles.suggestSoftware': { args: ['pr'], misspelt: ['kind', 'pr', { kind: 'profession' }] },
  'profiles.suggestTags': { args: ['pr'], misspelt: ['query', 'pr', { query: 'ps' }] },
  'profiles.setAvatar': { args: [png] },
  'profiles.removeAvatar': { args: [] },
  'profiles.exportAccount': { args: [], misspelt: ['pageSize', { pageSize: 2 }] },
  'profiles.deleteAccount': { args: [] },

  'chat.openDirect': { args: [id] },
  'chat.getDirect': { args: [id] },
  'chat.createGroup': { args: [{ memberIds: [] }], misspelt: ['members', { memberIds: [], members: [] }] },
  'chat.updateGroup': { args: [id, { subject: 'x' }], misspelt: ['title', id, { title: 'x' }] },
  'chat.addParticipants': { args: [id, [id]] },
  'chat.removeParticipant': { args: [id, id] },
  'chat.leave': { args: [id] },
  'chat.setRole': { args: [id, id, 'admin'] },
  'chat.ban': { args: [id, id] },
  'chat.unban': { args: [id, id] },
  'chat.listBans': { args: [id], misspelt: ['order', id, { order: 'x' }] },
  'chat.inbox': { args: [], misspelt: ['archive', { archive: true }] },
  'chat.setFlags': { args: [id, { muted: true }], misspelt: ['mute', id, { mute: true }] },
  'chat.clearHistory': { args: [id, 1] },
  'chat.setDraft': { args: [id, { content: 'x' }] },
  'chat.markActive': { args: [true] },
  'chat.listLastSeen': { args: [[id]] },
  'chat.block': { args: [id] },
  'chat.unblock': { args: [id] },
  'chat.listBlocks': { args: [] },
  'chat.report': {
    args: [id, { reason: 'spam' }],
    misspelt: ['notes', id, { reason: 'spam', notes: 'x' }],
  },
  'chat.listReports': { args: [], misspelt: ['resolve', { resolve: true }] },
  'chat.resolveReport': { args: [id], misspelt: ['notes', id, { notes: 'x' }] },
  'chat.searchMessages': {
    args: ['la'],
    misspelt: ['filters.conversation', 'la', { filters: { conversation: id } }],
  },
  'chat.uploadAttachment': { args: [id, png], misspelt: ['mimeType', id, png, { mimeType: 'image/png' }] },
  'chat.attachmentUrl': { args: ['a/b'], misspelt: ['expires', 'a/b', { expires: 60 }] },
  'chat.removeAttachment': { args: ['a/b'] },
  'chat.listUndelivered': { args: [], misspelt: ['cursor', { cursor: 'x' }] },
  'chat.emptyDeletedAccounts': { args: [], misspelt: ['limit', { limit: 1 }] },
  'chat.send': {
    args: [id, { content: 'x' }],
    misspelt: [
      'attachments.0.mimeType',
      id,
      { content: 'x', attachments: [{ path: 'a', name: 'b', mimeType: 'c' }] },
    ],
  },
  'chat.editMessage': { args: [id, 'x'] },
  'chat.deleteMessage': { args: [id] },
  'chat.react': { args: [id, '🎸', true] },
  'chat.pinMessage': { args: [id, true] },
  'chat.listPinned': { args: [id] },
  'chat.listReplies': { args: [id], misspelt: ['messageId', id, { messageId: id }] },
  'chat.markRead': { args: [id, 1] },
  'chat.listUnsent': { args: [], misspelt: ['conversation', { conversation: id }] },
  'chat.discardUnsent': { args: [], misspelt: ['all', { all: true }] },
  'chat.listMessages': { args: [id], misspelt: ['conversationId', id, { conversationId: id }] },

  'contacts.getContactRules': { args: [] },
  'contacts.setContactRules': { args: [{ write: 'known' }], misspelt: ['read', { read: 'known' }] },
  'contacts.requestContact': { args: [id] },
  'contacts.listRequests': { args: [], misspelt: ['received', { received: true }] },
  'contacts.answerRequest': { args: [id, true] },

  'songs.create': { args: [{ content: 'la' }], misspelt: ['titel', { content: 'la', titel: 'x' }] },
  'songs.get': { args: [id] },
  'songs.update': { args: [id, {}], misspelt: ['expectedversion', id, {}, { expectedversion: 9 }] },
  'songs.listVersions': { args: [id], misspelt: ['songId', id, { songId: id }] },
  'songs.getVersion': { args: [id, 1] },
  'songs.restoreVersion': { args: [id, 1] },
  'songs.delete': { args: [id] },
  'songs.list': { args: [], misspelt: ['ownerId', { ownerId: id }] },
  'songs.search': { args: ['la'], misspelt: ['filters.genres', 'la', { filters: { genres: ['x'] } }] },
  'songs.facets': { args: ['la'], misspelt: ['limit', 'la', { limit: 1 }] },
  'songs.suggest': { args: ['la'], misspelt: ['prefix', 'la', { prefix: 'le' }] },
  'songs.import': {
    args: [[{ content: 'la' }]],
    misspelt: ['1.titel', [{ content: 'la' }, { content: 'la', titel: 'x' }]],
  },
  'songs.listTrash': { args: [] },
  'songs.restore': { args: [id] },
  'songs.purge': { args: [id] },
  'songs.favorite': { args: [id] },
  'songs.unfavorite': { args: [id] },
  'songs.listFavorites': { args: [] },
  'songs.tag': { args: [id, ['x']], misspelt: ['kind', id, ['x'], { kind: 'mood' }] },
  'songs.untag': { args: [id, ['x']], misspelt: ['category', id, ['x'], { category: 'mood' }] },
  'songs.listTags': { args: [id] },
  'songs.listTagCategories': { args: [] },
  'songs.suggestTags': { args: ['x'], misspelt: ['categories', 'x', { categories: ['mood'] }] },
  'songs.similar': { args: [id], misspelt: ['cursor', id, { cursor: 'x' }] },
  'songs.recommend': { args: [], misspelt: ['max', { max: 3 }] },

  'sharing.share': {
    args: [id, { userId: id, role: 'view' }],
    misspelt: ['expires', id, { userId: id, role: 'view', expires: new Date() }],
  },
  'sharing.accept': { args: [id] },
  'sharing.decline': { args: [id] },
  'sharing.revoke': { args: [id] },
  'sharing.getRole': { args: [id] },
  'sharing.listShares': { args: [id] },
  'sharing.listReceived': { args: [] },
  'sharing.listSent': { args: [] },
  'sharing.createLink': { args: [id, {}], misspelt: ['uses', id, { uses: 1 }] },
  'sharing.openLink': { args: ['token'] },
  'sharing.listLinks': { args: [id] },
  'sharing.revokeLink': { args: [id] },
  'sharing.offerTransfer': { args: [id, id], misspelt: ['note', id, id, { note: 'x' }] },
  'sharing.acceptTransfer': { args: [id] },
  'sharing.endTransfer': { args: [id] },
  'sharing.listTransfers': { args: [] },
  'sharing.listNotices': { args: [], misspelt: ['onlyUnread', { onlyUnread: true }] },
  'sharing.markRead': { args: [[id]] },
  'notices.markRead': { args: [[id]] },

  'analytics.song': { args: [id], misspelt: ['fromDay', id, { fromDay: '2026-11-01' }] },
  'analytics.profile': { args: [id], misspelt: ['timezone', id, { timezone: 'UTC' }] },
  'analytics.funnel': { args: [id], misspelt: ['until', id, { until: '2026-11-01' }] },
  'analytics.series': { args: ['song_view', id], misspelt: ['steps', 'song_view', id, { steps: 'day' }] },
  'analytics.topSongs': { args: [], misspelt: ['metric', { metric: 'views' }] },
  'analytics.recordConversion': { args: [id] },
  'analytics.track': {
    args: [],
    misspelt: ['songid', { kind: 'song_view', songId: id, songid: id }],
    noOptions: true,
    throws: true,
  },

  'conversation.send': { args: [], misspelt: ['text', { content: 'x', text: 'y' }], noOptions: true },
  'conversation.loadOlder': { args: [], misspelt: ['count', { count: 3 }] },
  'conversation.loadNewer': { args: [], misspelt: ['count', { count: 3 }] },
  'conversation.jumpTo': { args: [id], misspelt: ['around', id, { around: 3 }] },
}

/** They take ids, numbers, texts or callbacks alone. */
const plain = [
  ...[
    'chat.openConversation',
    'chat.watchInbox',
    'chat.onUserChange',
    'songs.onUserChange',
    'sharing.onUserChange',
    'profiles.onUserChange',
    'analytics.onUserChange',
    'songs.watch',
    'sharing.watchNotices',
    'contacts.watchRequests',
  ],
  ...['analytics.flush', 'analytics.optIn', 'analytics.optOut', 'analytics.close'],
  ...['retry', 'discard', 'edit', 'delete', 'react', 'markRead', 'jumpToNewest', 'setTyping'].map(
    (name) => `conversation.${name}`,
  ),
  ...['conversation', 'inbox', 'song', 'notices'].flatMap((handle) =>
    ['getSnapshot', 'subscribe', 'close'].map((name) => `${handle}.${name}`),
  ),
]

const contacts = createContacts(createContext(supabase))
const conversation = tertulia.chat.openConversation(id)
const handles = {
  conversation,
  inbox: tertulia.chat.watchInbox(),
  song: tertulia.songs.watch(id),
  notices: tertulia.sharing.watchNotices(),
}

type Method = (...args: unknown[]) => unknown
const methods: [string, Method][] = Object.entries({ ...tertulia, contacts, ...handles }).flatMap(
  ([owner, all]) =>
    Object.entries(all)
      .filter((entry): entry is [string, Method] => typeof entry[1] === 'function')
      .map(([name, method]): [string, Method] => [`${owner}.${name}`, method]),
)

/** How the entry calls what has another name in {@link Chat}. */
const names: Record<string, string> = {
  leaveGroup: 'leave',
  listInbox: 'inbox',
  banUser: 'ban',
  unbanUser: 'unban',
  blockUser: 'block',
  unblockUser: 'unblock',
  reportMessage: 'report',
  sendMessage: 'send',
}
const operations = Object.entries(chatEntry).filter(
  ([name]) => !/^(create(Chat|Context)|isTertuliaError|TertuliaError)$/.test(name),
)
const exported: [string, Method][] = operations.map(([name, operation]) => [
  `chat.${names[name] ?? name}`,
  (...args) => (operation as Method)(chatEntry.createContext(supabase), ...args),
])

async function expectRefusal(method: Method, { throws }: Call, field: string, args: unknown[]) {
  const message = expect.stringMatching(/^unable to [a-z ]+; /)
  const refusal = expect.objectContaining({ code: 'invalid_input', field, message })
  if (throws) expect(() => method(...args)).toThrow(refusal)
  else await expect(method(...args)).rejects.toEqual(refusal)
  expect(requests).toEqual([])
}

test('every method is in the table', () => {
  const known = [...Object.keys(calls), ...plain].sort()
  expect(methods.map(([name]) => name).sort()).toEqual(known)
  for (const [name] of exported) expect(known).toContain(name)
})

describe.each([
  ['a method', methods],
  ['an operation by itself', exported],
])('%s refuses, before anything is sent,', (_kind, all) => {
  for (const [name, method] of all) {
    const call = calls[name]
    if (!call) continue
    if (!call.noOptions) {
      test(`an option that does not exist: ${name}`, () =>
        expectRefusal(method, call, 'nonsense', [...call.args, { nonsense: 1 }]))
    }
    if (!call.noOptions) {
      test(`a signal that is none: ${name}`, () =>
        expectRefusal(method, call, 'signal', [...call.args, { signal: {} }]))
    }
    const [field, ...args] = call.misspelt ?? ['Signal', ...call.args, { Signal: null }]
    test(`a misspelt name: ${name}`, () => expectRefusal(method, call, field, args))
  }
})

test('a list rejects when it is walked, too', async () => {
  const list = tertulia.songs.list({ createdby: id } as never)
  const walk = async () => {
    for await (const song of list) expect(song).toBeUndefined()
  }
  await expect(walk()).rejects.toMatchObject({ code: 'invalid_input', field: 'createdby' })
  expect(requests).toEqual([])
})

test('what this package says to itself is no option of a caller', async () => {
  for (const field of ['attempt', 'timeoutMs', 'columns', 'get', 'prepare']) {
    const options = { [field]: undefined }
    await expect(tertulia.songs.get(id, options as never)).rejects.toMatchObject({ field })
  }
})

test('the client refuses an option that does not exist, and says which do', () => {
  expect(() => createTertulia(supabase, { timeout: 5 } as never)).toThrow(
    expect.objectContaining({
      code: 'invalid_input',
      field: 'timeout',
      message: expect.stringContaining('timeoutMs'),
    }),
  )
  expect(() => createTertulia(supabase, null as never)).toThrow(
    expect.objectContaining({ code: 'invalid_input' }),
  )
})

test('an argument is named as the caller names it', async () => {
  await expect(tertulia.chat.getDirect('x')).rejects.toMatchObject({ code: 'invalid_input', field: 'userId' })
  await expect(tertulia.songs.tag('x', [])).rejects.toMatchObject({ code: 'invalid_input', field: 'songId' })
  await expect(tertulia.songs.tag(id, [1 as never])).rejects.toMatchObject({ field: 'tags.0' })
})

test('a signal is no part of what is sent', async () => {
  bodies.length = 0
  const aborter = new AbortController()
  const { signal } = aborter
  const all = Promise.allSettled(
    methods.map(async ([name, method]) => {
      const call = calls[name]
      if (call && !call.noOptions) await method(...call.args, { signal })
    }),
  )
  await expect.poll(() => bodies.length).toBeGreaterThan(20)
  // Nothing is tried again.
  aborter.abort()
  await all
  expect(bodies.filter((body) => body.includes('"signal"'))).toEqual([])
})

test('no options are none', async () => {
  await expect(tertulia.songs.get(id, null as never)).rejects.toMatchObject({ code: 'unreachable' })
  await expect(tertulia.songs.list(undefined)).rejects.toMatchObject({ code: 'unreachable' })
})
