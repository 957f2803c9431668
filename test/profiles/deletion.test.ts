import postgres from 'postgres'
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { takeFreshStack } from '../support/fresh-stack.ts'
import { connectAsService, type Person, signInAgain } from '../support/people.ts'
import { call, png, settle, whereabouts } from './everywhere.ts'

await takeFreshStack()

function database() {
  const sql = postgres(inject('stack').adminDbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(() => sql.end())
  return sql
}

/** What remains of somebody who is gone, table by table, and why. */
const remains: Record<string, { columns: string[]; because: string }> = {
  profiles: { columns: ['id'], because: 'the empty row, which conversations point at' },
  conversation_participants: { columns: ['user_id'], because: 'who took part' },
  conversations: {
    columns: ['created_by', 'direct_key', 'subject'],
    because: 'the others’ conversation, a group’s subject with it',
  },
  messages: {
    columns: ['mentions', 'sender_id', 'system'],
    because: 'emptied messages; that others spoke to the person; who came and went, by id',
  },
  message_reactions: {
    columns: ['user_id'],
    because: 'an emoji at somebody else’s message, of nobody by name',
  },
  message_reports: {
    columns: ['reported', 'reporter_id'],
    because: 'that somebody else’s message was reported; in its copy the id of whom it answered',
  },
  'private.group_bans': { columns: ['banned_by'], because: 'that a group has banned another user' },
  'private.file_removals': { columns: ['name'], because: 'files that wait for their removal by Storage' },
  'private.content_reports': {
    columns: ['owner_id', 'reporter_id', 'subject_id'],
    because: 'that something was reported, and by whom; the copy and the words are empty',
  },
  software: { columns: ['key', 'name'], because: 'the catalogue’s entries are nobody’s' },
  tags: { columns: ['key', 'name'], because: 'the catalogue’s entries are nobody’s' },
  shares: {
    columns: ['recipient_id', 'shared_with'],
    because: 'that somebody else’s song was shared, ended now',
  },
  song_history: { columns: ['changed_by'], because: 'versions of somebody else’s song' },
  'private.song_origins': {
    columns: ['owner_id'],
    because: 'where another user’s copy came from; the name is empty',
  },
  'private.song_comments': {
    columns: ['author_id'],
    because: 'that there was a comment on somebody else’s song, without its words',
  },
  'private.circle_exclusions': { columns: ['excluded_by'], because: 'that a circle has banned another user' },
  'private.circle_invitations': {
    columns: ['invited_by'],
    because: 'that she invited somebody into another user’s circle, without words and addresses',
  },
  setlist_entries: { columns: ['added_by'], because: 'songs in another user’s setlist' },
  setlist_history: {
    columns: ['changed_by', 'snapshot'],
    because: 'versions of another user’s setlist, with the ids of users who added songs',
  },
  notices: {
    columns: ['actor_id', 'data'],
    because: 'what others were told, with the title of a song that is gone',
  },
  'private.transfers': {
    columns: ['to_id'],
    because: 'that somebody else’s song was offered, ended now',
  },
  'private.song_lexicon': {
    columns: ['near', 'word'],
    because: 'single words of songs, which nobody can read',
  },
  'storage.objects': {
    columns: ['name', 'owner', 'owner_id', 'path_tokens'],
    because: 'attachments, which nobody can read, until the service removes the bytes',
  },
  'realtime.messages': { columns: ['payload', 'topic'], because: 'what was delivered, for up to 72 hours' },
}

/** Tables of ours that hold nothing of any one person. Every other one must hold something of Ana before she goes. */
const impersonal = [
  // Ids of circles, conversations and songs alone, and numbers.
  'private.circle_conversations',
  'private.comment_heads',
  'payment_methods',
  'private.exported_tables',
  'private.maintenance_log',
  'private.maintenance_steps',
  'private.limits',
  'private.reserved_words',
  'private.purged_songs',
  // A hash, and of a deleted account not whose it was.
  'private.released_handles',
  // Ids of shares alone; they go with the share.
  'private.offer_links',
  'private.settings',
  'private.search_stages',
  // What was searched for in vain, by nobody.
  'private.empty_searches',
  'private.empty_search_salt',
  'private.song_chord_sets',
  'popular_tags',
  'tag_categories',
  // Message and song ids alone; they go with the message and the song.
  'private.undelivered_messages',
  // Paths of files that wait for their removal; they go with the files.
  'private.file_removals',
  'song_chords',
  // Figures: of nobody by name, viewers as pseudonyms of a day. test/analytics holds what a deletion does to them.
  'private.analytics_agents',
  'private.analytics_allowances',
  'private.analytics_days',
  'private.analytics_marks',
  'private.analytics_quarters',
  'private.analytics_salt',
  'private.analytics_state',
  'private.analytics_unfed',
  // What the project lists and declares.
  'private.analytics_sources',
  'private.app_events',
  'private.live_keys',
  'song_analytics',
  // Filled only for those who wrote more than 2,000 messages: test/chat/sql holds what becomes of it.
  'private.chat_erasures',
]

async function expectRemains(sql: postgres.Sql, { id, email }: Person, mark: string) {
  const expected = Object.entries(remains).map(([name, { columns }]) => [name, columns])
  expect(await whereabouts(sql, [id, email, mark])).toEqual(Object.fromEntries(expected))
  // Her words themselves are nowhere but in what was delivered.
  const words = [
    'Draft',
    'Comment',
    'Work',
    'Review',
    'Answer',
    'from Ana',
    'Note',
    'Bio',
    'Name',
    'Details',
    'Share',
    'Take it',
  ]
  expect(
    Object.keys(
      await whereabouts(
        sql,
        words.map((word) => `${word} ${mark}`),
      ),
    ),
  ).toEqual(['realtime.messages'])
}

describe('what remains of an account', () => {
  test('every table of ours is known: filled here, or of nobody', async () => {
    const { ana, mark } = await settle()
    const sql = database()
    const tables = await sql<{ name: string }[]>`
      select c.oid::regclass::text as name
      from pg_class c
      where c.relkind in ('r', 'p') and not c.relispartition
        and c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
        and c.relname <> 'app_invoices'
      order by 1`
    const filled = Object.keys(await whereabouts(sql, [ana.id, mark]))
    const unknown = tables.map(({ name }) => name).filter((name) => !filled.includes(name))
    expect(unknown.filter((name) => !impersonal.includes(name))).toEqual([])
    // And every column that refers to a person is one that was found, so that none is filled by chance only.
    const referring = await sql<{ name: string }[]>`
      select distinct k.conrelid::regclass::text as name
      from pg_constraint k
      where k.contype = 'f' and k.confrelid in ('public.profiles'::regclass, 'auth.users'::regclass)
        and k.connamespace in ('public'::regnamespace, 'private'::regnamespace) and k.conrelid::regclass::text <> 'app_invoices'`
    expect(referring.map(({ name }) => name).filter((name) => !filled.includes(name))).toEqual([
      'private.chat_erasures',
    ])
  })

  test('is what is listed when the person deletes it, and the others’ conversations are whole', async () => {
    const { ana, ben, mark, conversation, group } = await settle()
    await ana.tertulia.profiles.deleteAccount()
    await expectRemains(database(), ana, mark)
    expect(await ben.tertulia.profiles.get(ana.id)).toMatchObject({
      handle: null,
      displayName: '',
      bio: '',
      experience: '',
      avatarUrl: null,
      links: [],
      rates: {},
      metadata: {},
    })
    const { items } = await ben.tertulia.chat.listMessages(conversation.id)
    expect(items.map(({ seq, senderId, content }) => [seq, senderId, content])).toEqual([
      [2, ben.id, 'from Ben'],
      [1, ana.id, ''],
    ])
    await ben.tertulia.chat.send(conversation.id, { content: 'still here' })
    await ben.tertulia.chat.send(group, { content: 'mine now' })
    await call(ben, 'update_group', { conversation_id: group, changes: { subject: 'Ours' } })
  })

  test('is the same when Auth only marks the account as deleted', async () => {
    const { ana, ben, mark, conversation, group } = await settle()
    const laptop = await signInAgain(ana)
    const path = (await ana.tertulia.profiles.get()).avatarUrl?.split('/').slice(-2).join('/')
    const { error } = await connectAsService().auth.admin.deleteUser(ana.id, true)
    expect(error).toBeNull()
    const sql = database()
    expect(await sql`select deleted_at is not null as gone from auth.users where id = ${ana.id}`).toEqual([
      { gone: true },
    ])
    expect((await connectAsService().rpc('list_abandoned_avatars')).data).toContain(path)
    await connectAsService()
      .storage.from('tertulia-avatars')
      .remove([path ?? ''])
    const left = await whereabouts(sql, [ana.id, ana.email, mark])
    expect(left['auth.users']).toEqual(['id'])
    delete left['auth.users']
    expect(left).toEqual(
      Object.fromEntries(Object.entries(remains).map(([name, { columns }]) => [name, columns])),
    )

    // Her token lives on for a while: it brings nothing back and deletes nothing more.
    for (const attempt of [
      () => laptop.tertulia.profiles.get(),
      () => laptop.tertulia.profiles.update({ bio: 'back' }),
      () => laptop.tertulia.profiles.setAvatar(png),
      () => laptop.tertulia.profiles.exportAccount(),
      () => laptop.tertulia.chat.getDirect(ben.id),
      () => laptop.tertulia.chat.send(conversation.id, { content: 'back' }),
    ])
      await expect(attempt()).rejects.toMatchObject({
        code: expect.stringMatching(/^(account_not_found|forbidden|conversation_not_found)$/),
      })
    expect((await laptop.supabase.rpc('delete_account')).error?.details).toContain('account_not_found')
    expect(await sql`select user_id, handle from public.profiles where id = ${ana.id}`).toEqual([
      { user_id: null, handle: null },
    ])
    await ben.tertulia.chat.send(group, { content: 'mine now' })
    // And the row can still go altogether.
    await connectAsService().auth.admin.deleteUser(ana.id)
    expect(await sql`select from auth.users where id = ${ana.id}`).toHaveLength(0)
  })
})

describe('the Edge Function supabase/functions/delete-account', () => {
  const { secretKey } = inject('stack')
  let served: (request: Request) => Promise<Response> = () => Promise.reject(new Error('not served'))

  async function serve(
    platform: Record<string, string> = { SUPABASE_SECRET_KEYS: JSON.stringify({ default: secretKey }) },
  ) {
    const env: Record<string, string> = { SUPABASE_URL: inject('stack').apiUrl, ...platform }
    vi.stubGlobal('Deno', {
      env: { get: (name: string) => env[name] },
      serve: (handler: typeof served) => {
        served = handler
      },
    })
    onTestFinished(() => void vi.unstubAllGlobals())
    vi.resetModules()
    await import('../../supabase/functions/delete-account/index.ts')
    return (token: string) =>
      served(
        new Request('http://functions', { method: 'POST', headers: { authorization: `Bearer ${token}` } }),
      )
  }

  test('deletes the caller’s account by Auth, and the bytes of their files', async () => {
    const { ana, mark } = await settle()
    const call = await serve()
    const { data } = await ana.supabase.auth.getSession()
    const answer = await call(data.session?.access_token ?? '')
    expect(await answer.json()).toMatchObject({
      avatars: expect.any(Number),
      attachments: expect.any(Number),
    })
    const left = await whereabouts(database(), [ana.id, ana.email, mark])
    expect(Object.keys(left)).toEqual(
      Object.keys(remains)
        .filter((name) => name !== 'storage.objects' && name !== 'private.file_removals')
        .sort(),
    )
    const service = connectAsService()
    expect((await service.auth.admin.getUserById(ana.id)).error?.status).toBe(404)
    expect((await ana.supabase.rpc('list_abandoned_attachments')).error?.code).toBe('42501')
  })

  test('cleans up with the secret key, leaves the files of others, and does nothing for anybody else', async () => {
    const { ana, ben, conversation } = await settle()
    const picture = await ben.tertulia.profiles.setAvatar(png)
    const chat = ben.supabase.storage.from('chat')
    const path = `${conversation.id}/${ben.id}/${crypto.randomUUID()}/mine.png`
    expect((await chat.upload(path, png, { contentType: 'image/png' })).error).toBeNull()
    const call = await serve()
    await connectAsService().auth.admin.deleteUser(ana.id)
    expect((await call('made-up')).status).toBe(401)
    expect((await connectAsService().rpc('list_abandoned_attachments')).data).toContainEqual(
      expect.stringContaining(ana.id),
    )
    expect((await call(inject('stack').secretKey)).status).toBe(200)
    const left: string[] = (await connectAsService().rpc('list_abandoned_attachments')).data
    expect(left.filter((name) => name.includes(ana.id))).toEqual([])
    expect((await ben.tertulia.profiles.get()).avatarUrl).toBe(picture)
    expect((await fetch(picture)).status).toBe(200)
    expect((await chat.download(path)).error).toBeNull()
  })

  test('answers a page of another origin, which asks before it calls', async () => {
    await serve()
    const asked = await served(
      new Request('http://functions', {
        method: 'OPTIONS',
        headers: {
          origin: 'https://app.example',
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'apikey,authorization,x-client-info',
        },
      }),
    )
    expect(asked.ok).toBe(true)
    expect(asked.headers.get('access-control-allow-origin')).toBe('*')
    expect(asked.headers.get('access-control-allow-headers')).toMatch(/apikey.*authorization.*x-client-info/)
    const refused = await served(new Request('http://functions', { method: 'POST' }))
    expect(refused.status).toBe(401)
    expect(refused.headers.get('access-control-allow-origin')).toBe('*')
    // Auth is out of reach.
    const said = vi.spyOn(console, 'error').mockImplementation(() => {})
    onTestFinished(() => said.mockRestore())
    const call = await serve({ SUPABASE_SECRET_KEYS: `["${secretKey}"]`, SUPABASE_URL: 'http://127.0.0.1:9' })
    const failed = await call('token')
    expect(failed.status).toBe(500)
    expect(failed.headers.get('access-control-allow-origin')).toBe('*')
    expect(said).toHaveBeenCalledOnce()
  })

  test.each([
    [
      'names several keys',
      { SUPABASE_SECRET_KEYS: JSON.stringify({ default: secretKey, cron: 'sb_secret_x' }) },
    ],
    [
      'has a key under another name alone',
      { SUPABASE_SECRET_KEYS: JSON.stringify({ automation: secretKey }) },
    ],
    ['has the service role’s key alone', { SUPABASE_SERVICE_ROLE_KEY: secretKey }],
  ])('runs where the platform %s, with the key in either header', async (_what, platform) => {
    await serve(platform)
    const ask = async (headers: HeadersInit) =>
      (await served(new Request('http://functions', { method: 'POST', headers }))).status
    expect(await ask({ apikey: secretKey })).toBe(200)
    expect(await ask({ authorization: `Bearer ${secretKey}` })).toBe(200)
    expect(await ask({})).toBe(401)
    expect(await ask({ apikey: '' })).toBe(401)
    expect(await ask({ authorization: 'Bearer ' })).toBe(401)
    expect(await ask({ apikey: 'sb_secret_wrong' })).toBe(401)
  })
})
