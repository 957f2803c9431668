import type { SupabaseClient } from '@supabase/supabase-js'
import { expect, test } from 'vitest'
import { connect, connectAsService, type Person, signUp } from '../../support/people.ts'

const rpc = async <T>(client: SupabaseClient, name: string, named: object = {}): Promise<T> => {
  const { data, error } = await client.rpc(name, named)
  if (error) throw error
  return data as T
}

/** A group of Ana and Ben from which Fred was removed, with an attachment, a reaction and a report in it. */
async function scene() {
  const [ana, ben, fred, eve] = await Promise.all(['Ana', 'Ben', 'Fred', 'Eve'].map((name) => signUp(name)))
  if (!ana || !ben || !fred || !eve) throw new Error('nobody signed up')
  const id = crypto.randomUUID()
  const message = crypto.randomUUID()
  const path = `${id}/${ana.id}/${crypto.randomUUID()}/score.pdf`
  await rpc(ana.supabase, 'create_group', { group_id: id, subject: 'Trio', member_ids: [ben.id, fred.id] })
  const uploaded = await ana.supabase.storage
    .from('chat')
    .upload(path, new Blob(['%PDF'], { type: 'application/pdf' }))
  if (uploaded.error) throw uploaded.error
  await rpc(ana.supabase, 'send_message', {
    conversation_id: id,
    message_id: message,
    content: 'secret words',
    extras: { attachments: [{ path, name: 'partitura ñ.pdf' }] },
  })
  await rpc(ben.supabase, 'react', { message_id: message, emoji: '🎻' })
  await rpc(ben.supabase, 'report_message', { message_id: message, reason: 'spam' })
  const { live_key: formerKey } = await rpc<{ live_key: string }>(fred.supabase, 'sync_conversation', {
    conversation_id: id,
  })
  await rpc(ana.supabase, 'remove_participant', { conversation_id: id, user_id: fred.id })
  const { live_key: key } = await rpc<{ live_key: string }>(ana.supabase, 'sync_conversation', {
    conversation_id: id,
  })
  return { ana, ben, fred, eve, id, message, path, formerKey, key }
}

/** Every function with the arguments that would do most, and what an outsider is told. */
function attempts({
  ana,
  id,
  message,
}: {
  ana: Person
  id: string
  message: string
}): [string, object, string | null][] {
  const conversation = { conversation_id: id }
  return [
    [
      'send_message',
      { ...conversation, message_id: crypto.randomUUID(), content: 'x' },
      'conversation_not_found',
    ],
    ['send_message', { ...conversation, message_id: message, content: 'x' }, 'conversation_not_found'],
    ['edit_message', { message_id: message, content: 'x' }, 'message_not_found'],
    ['delete_message', { message_id: message }, 'message_not_found'],
    ['react', { message_id: message, emoji: '👍', present: true }, 'message_not_found'],
    ['list_messages', conversation, 'conversation_not_found'],
    ['list_messages_around', { ...conversation, seq: 1 }, 'conversation_not_found'],
    ['sync_conversation', { ...conversation, since_revision: 0 }, 'conversation_not_found'],
    ['mark_read', { ...conversation, seq: 1 }, 'conversation_not_found'],
    ['set_conversation_flags', { ...conversation, flags: { muted: true } }, 'conversation_not_found'],
    ['update_group', { ...conversation, changes: { subject: 'x' } }, 'conversation_not_found'],
    ['add_participants', { ...conversation, user_ids: [ana.id] }, 'conversation_not_found'],
    ['remove_participant', { ...conversation, user_id: ana.id }, 'conversation_not_found'],
    ['set_role', { ...conversation, user_id: ana.id, role: 'member' }, 'conversation_not_found'],
    ['search_messages', { query: 'secret', ...conversation }, 'conversation_not_found'],
    ['report_message', { message_id: message, reason: 'spam' }, 'message_not_found'],
    ['list_reports', {}, 'forbidden'],
    ['resolve_report', { report_id: crypto.randomUUID() }, 'forbidden'],
    ['create_group', { group_id: id, subject: 'x', member_ids: [] }, 'group_id_taken'],
    ['list_undelivered', {}, null],
    ['empty_deleted_accounts', {}, null],
  ]
}

/** What an outsider might ask for of each table. */
const tables = {
  conversations: 'id, subject',
  conversation_participants: 'user_id, role',
  messages: 'id, content',
  message_reactions: 'emoji, user_id',
  message_reports: 'id, reported',
}

/** How a private channel answers who wants in. */
function join(person: { supabase: SupabaseClient }, topic: string): Promise<string> {
  return new Promise((resolve) => {
    person.supabase.realtime
      .setAuth()
      .then(() =>
        person.supabase.channel(topic, { config: { private: true } }).subscribe((status) => resolve(status)),
      )
  })
}

test('who is not in a conversation, or not any more, gets nothing over HTTP', async () => {
  const stage = await scene()
  for (const outsider of [stage.eve, stage.fred]) {
    for (const [name, named, code] of attempts(stage)) {
      const { data, error } = await outsider.supabase.rpc(name, named)
      expect(data, name).toBeNull()
      if (code === null) expect(error?.code, name).toBe('42501')
      else expect(JSON.parse(error?.details ?? '{}').code, name).toBe(code)
    }
    expect(await rpc(outsider.supabase, 'list_heads', { conversation_ids: [stage.id] })).toEqual({})
    expect(await rpc(outsider.supabase, 'get_inbox')).toEqual({ items: [], next: null })
    expect(await rpc(outsider.supabase, 'search_messages', { query: 'secret' })).toEqual([])
    for (const [table, columns] of Object.entries(tables)) {
      for (const wanted of ['*', columns]) {
        expect((await outsider.supabase.from(table).select(wanted)).data ?? [], table).toEqual([])
      }
    }
    const files = outsider.supabase.storage.from('chat')
    expect((await files.download(stage.path)).data).toBeNull()
    expect((await files.createSignedUrl(stage.path, 60)).data).toBeNull()
    expect((await files.list(stage.id)).data ?? []).toEqual([])
    expect((await files.remove([stage.path])).data ?? []).toEqual([])
    for (const folder of [stage.ana.id, outsider.id]) {
      const file = `${stage.id}/${folder}/${crypto.randomUUID()}/x.txt`
      expect((await files.upload(file, new Blob(['x'], { type: 'text/plain' }))).data).toBeNull()
    }
    for (const topic of [
      `user:${stage.ana.id}`,
      `conversation:${stage.id}:${stage.key}`,
      `conversation:${stage.id}:${stage.formerKey}`,
      `conversation:${stage.id}`,
      'conversation:x:y',
    ]) {
      expect(await join(outsider, topic), topic).toBe('CHANNEL_ERROR')
    }
  }
  // Those who are in it get all of that.
  expect(await join(stage.ben, `conversation:${stage.id}:${stage.key}`)).toBe('SUBSCRIBED')
  expect(await join(stage.ben, `conversation:${stage.id}:${stage.formerKey}`)).toBe('CHANNEL_ERROR')
  const { data } = await stage.ben.supabase.storage.from('chat').download(stage.path)
  expect(await data?.text()).toBe('%PDF')
  const [message] = await rpc<Record<string, unknown>[]>(stage.ben.supabase, 'search_messages', {
    query: 'SÉCRET wor',
  })
  expect(message).toMatchObject({
    attachments: [{ path: stage.path, name: 'partitura ñ.pdf', mime_type: 'application/pdf', size: 4 }],
    reactions: [{ emoji: '🎻', user_ids: [stage.ben.id] }],
  })
  // Another's files, files that are not there and files twice are not for a message.
  const mine = `${stage.id}/${stage.ben.id}/${crypto.randomUUID()}/a.txt`
  for (const attachments of [[{ path: stage.path }], [{ path: mine }], ['x'], [{}], {}]) {
    const { error } = await stage.ben.supabase.rpc('send_message', {
      conversation_id: stage.id,
      message_id: crypto.randomUUID(),
      content: 'x',
      extras: { attachments },
    })
    expect(JSON.parse(error?.details ?? '{}')).toMatchObject({ code: 'invalid_input', field: 'attachments' })
  }
  // With the message, its file is gone for everybody but who sent it.
  await rpc(stage.ana.supabase, 'delete_message', { message_id: stage.message })
  expect((await stage.ben.supabase.storage.from('chat').download(stage.path)).data).toBeNull()
  expect((await stage.ana.supabase.storage.from('chat').remove([stage.path])).data).toHaveLength(1)
})

test('nobody who is not signed in gets anything', async () => {
  const stage = await scene()
  const stranger = connect()
  for (const [name, named] of attempts(stage)) {
    const { data, error } = await stranger.rpc(name, named)
    expect([data, error?.code], name).toEqual([null, '42501'])
  }
  for (const name of ['get_inbox', 'list_blocks', 'open_direct', 'block_user']) {
    const named =
      name === 'open_direct'
        ? { other_id: stage.ana.id }
        : name === 'block_user'
          ? { user_id: stage.ana.id }
          : {}
    expect((await stranger.rpc(name, named)).error?.code, name).toBe('42501')
  }
  for (const table of [...Object.keys(tables), 'user_blocks'])
    expect((await stranger.from(table).select('*')).data ?? []).toEqual([])
  expect((await stranger.storage.from('chat').download(stage.path)).data).toBeNull()
  expect(
    (
      await stranger.storage
        .from('chat')
        .upload(`${stage.id}/x/y/z.txt`, new Blob(['x'], { type: 'text/plain' }))
    ).data,
  ).toBeNull()
  expect(await join({ supabase: stranger }, `conversation:${stage.id}:${stage.key}`)).toBe('CHANNEL_ERROR')
})

test('whoever is blocked says nothing directly and hears no typing', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await rpc<{ id: string }>(ana.supabase, 'open_direct', { other_id: ben.id })
  const sent = crypto.randomUUID()
  await rpc(ben.supabase, 'send_message', { conversation_id: id, message_id: sent, content: 'before' })
  await rpc(ana.supabase, 'block_user', { user_id: ben.id })
  const refused = async (name: string, named: object) =>
    JSON.parse((await ben.supabase.rpc(name, named)).error?.details ?? '{}').code
  expect(
    await refused('send_message', { conversation_id: id, message_id: crypto.randomUUID(), content: 'x' }),
  ).toBe('blocked')
  expect(await refused('edit_message', { message_id: sent, content: 'abuse' })).toBe('blocked')
  expect(await refused('react', { message_id: sent, emoji: '💢' })).toBe('blocked')
  expect(await refused('open_direct', { other_id: ana.id })).toBe('blocked')
  expect(
    await refused('create_group', { group_id: crypto.randomUUID(), subject: 'x', member_ids: [ana.id] }),
  ).toBe('blocked')
  const { live_key: key } = await rpc<{ live_key: string }>(ben.supabase, 'sync_conversation', {
    conversation_id: id,
  })
  expect(await join(ben, `conversation:${id}:${key}`)).toBe('CHANNEL_ERROR')
  // He sees neither the block nor anybody's.
  expect((await ben.supabase.from('user_blocks').select('*')).data).toEqual([])
  expect(await rpc(ben.supabase, 'list_blocks')).toEqual([])
  expect(await rpc(ana.supabase, 'list_blocks')).toMatchObject([{ user_id: ben.id, display_name: 'Ben' }])
})

test('by hand through the API nobody in a conversation writes what the functions guard', async () => {
  const { ana, ben, id, message } = await scene()
  const rows = { conversation_id: id, message_id: message, user_id: ben.id, emoji: '👍', revision: 1 }
  const writes = [
    ben.supabase.from('message_reactions').insert({ ...rows, user_id: ana.id }),
    ben.supabase.from('message_reactions').delete().eq('message_id', message),
    ben.supabase.from('conversation_participants').update({ role: 'owner' }).eq('user_id', ben.id),
    ben.supabase.from('conversation_participants').select('muted').eq('user_id', ana.id),
    ben.supabase.from('conversations').select('live_key').eq('id', id),
    ben.supabase.from('conversations').update({ live_key: crypto.randomUUID() }).eq('id', id),
    ben.supabase.from('messages').update({ content: 'changed' }).eq('id', message),
    ben.supabase.from('messages').select('search_vector').eq('id', message),
    ben.supabase.from('user_blocks').insert({ blocker_id: ana.id, blocked_id: ben.id }),
    ben.supabase.from('message_reports').update({ resolution: 'x' }).eq('message_id', message),
    ...['deliver', 'deliver_to', 'seat_people', 'take_leave', 'empty_messages', 'attachments_json'].map(
      (name) => ben.supabase.schema('private').rpc(name, {}),
    ),
    ben.supabase
      .schema('realtime')
      .from('messages')
      .insert({ topic: `user:${ana.id}`, extension: 'broadcast' }),
  ]
  for (const [at, { error }] of (await Promise.all(writes)).entries())
    expect(error, `write ${at}`).not.toBeNull()
  for (const [name, named] of [
    ['edit_message', { message_id: message, content: 'x' }],
    ['delete_message', { message_id: message }],
    ['update_group', { conversation_id: id, changes: { subject: 'x' } }],
    ['remove_participant', { conversation_id: id, user_id: ana.id }],
    ['set_role', { conversation_id: id, user_id: ben.id, role: 'owner' }],
  ] as const) {
    const { error } = await ben.supabase.rpc(name, named)
    expect(JSON.parse(error?.details ?? '{}').code, name).toBe('forbidden')
  }
})

test('a moderator reads reports and deletes what was reported, and nothing else', async () => {
  const { ana, ben, id, message, path } = await scene()
  const judge = await signUp('Judge')
  const marked = await connectAsService().auth.admin.updateUserById(judge.id, {
    app_metadata: { role: 'moderator' },
  })
  expect(marked.error).toBeNull()
  await judge.supabase.auth.refreshSession()
  const find = async () =>
    (await rpc<Record<string, unknown>[]>(judge.supabase, 'list_reports')).find(
      (report) => report.message_id === message,
    )
  expect(await find()).toMatchObject({
    reporter_id: ben.id,
    reason: 'spam',
    message: { content: 'secret words' },
  })
  expect((await judge.supabase.storage.from('chat').download(path)).error).toBeNull()
  expect((await judge.supabase.from('messages').select('id')).data).toEqual([])
  expect((await judge.supabase.rpc('list_messages', { conversation_id: id })).data).toBeNull()
  expect((await judge.supabase.rpc('edit_message', { message_id: message, content: 'x' })).data).toBeNull()
  // Deleting does not hide what was reported.
  await rpc(ana.supabase, 'delete_message', { message_id: message })
  const report = await find()
  expect(report).toMatchObject({ reported: { content: 'secret words' }, message: { content: '' } })
  expect(await rpc(judge.supabase, 'delete_message', { message_id: message })).toMatchObject({ content: '' })
  await rpc(judge.supabase, 'resolve_report', { report_id: report?.id, note: 'deleted' })
  expect(await find()).toBeUndefined()
  // Not even by writing it into one's own metadata does anybody become one.
  await ben.supabase.auth.updateUser({ data: { role: 'moderator', app_metadata: { role: 'moderator' } } })
  await ben.supabase.auth.refreshSession()
  expect((await ben.supabase.rpc('list_reports')).error).not.toBeNull()
})
