import { expect, test } from 'vitest'
import { connect, connectAsService, type Person, signUp } from '../../support/people.ts'
import { readAs } from '../../support/readers.ts'
import { attempts, rpc, scene, surface } from './outsiders.ts'

/** How a private channel answers who wants in. */
function join(person: Pick<Person, 'supabase'>, topic: string): Promise<string> {
  return new Promise((resolve) => {
    person.supabase.realtime
      .setAuth()
      .then(() =>
        person.supabase.channel(topic, { config: { private: true } }).subscribe((status) => resolve(status)),
      )
  })
}

const codeOf = (error: { code: string; details: string } | null) =>
  error?.code === 'TT000' ? JSON.parse(error.details).code : error?.code

test('who is not in a conversation, or not any more, or is blocked gets nothing over HTTP', async () => {
  const [stage, { functions, tables }] = await Promise.all([scene(), surface()])
  for (const outsider of [stage.eve, stage.fred, stage.gil]) {
    const { supabase } = outsider
    for (const { name, columns } of tables) {
      for (const wanted of ['*', columns])
        expect((await supabase.from(name).select(wanted)).error?.code, name).toBe('42501')
      // Nor would the policies show anything, had the app opened the table.
      expect(await readAs(outsider.id, `select * from public.${name}`), name).toEqual([])
    }
    const tried = attempts(stage, outsider)
    expect(functions.filter((name) => !tried.some(([one]) => one === name))).toEqual([])
    for (const [name, args, outcome] of tried) {
      const { data, error } = await supabase.rpc(name, args)
      const refused = typeof outcome === 'string'
      expect([data, codeOf(error)], name).toEqual(refused ? [null, outcome] : [outcome.answers, undefined])
      expect(JSON.stringify(data ?? ''), name).not.toMatch(/secret|Trio|partitura/)
    }
    const files = supabase.storage.from('chat')
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
  // With the message, its file is gone for the others; it was reported, so that not even who sent it removes it.
  await rpc(stage.ana.supabase, 'delete_message', { message_id: stage.message })
  expect((await stage.ben.supabase.storage.from('chat').download(stage.path)).data).toBeNull()
  expect((await stage.ana.supabase.storage.from('chat').remove([stage.path])).data).toHaveLength(0)
})

test('nobody who is not signed in gets anything', async () => {
  const [stage, { functions, tables }] = await Promise.all([scene(), surface()])
  const stranger = connect()
  const tried = attempts(stage, null)
  expect(functions.filter((name) => !tried.some(([one]) => one === name))).toEqual([])
  for (const [name, args] of tried) {
    const { data, error } = await stranger.rpc(name, args)
    expect([data, error?.code], name).toEqual([null, '42501'])
  }
  for (const { name, columns } of tables) {
    for (const wanted of ['*', columns]) {
      expect((await stranger.from(name).select(wanted)).error?.code, name).toBe('42501')
    }
    expect(await readAs(undefined, `select * from public.${name}`), name).toEqual([])
  }
  const files = stranger.storage.from('chat')
  expect((await files.download(stage.path)).data).toBeNull()
  expect((await files.createSignedUrl(stage.path, 60)).data).toBeNull()
  expect((await files.list(stage.id)).data ?? []).toEqual([])
  expect((await files.remove([stage.path])).data ?? []).toEqual([])
  const file = new Blob(['x'], { type: 'text/plain' })
  expect((await files.upload(`${stage.id}/x/y/z.txt`, file)).data).toBeNull()
  for (const topic of [`user:${stage.ana.id}`, `conversation:${stage.id}:${stage.key}`]) {
    expect(await join({ supabase: stranger }, topic), topic).toBe('CHANNEL_ERROR')
  }
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
  expect(await refused('edit_message', { message_id: sent, changes: { content: 'abuse' } })).toBe('blocked')
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
  expect(await readAs(ben.id, 'select * from public.user_blocks')).toEqual([])
  expect(await readAs(ana.id, 'select blocked_id from public.user_blocks')).toEqual([{ blocked_id: ben.id }])
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
    ['edit_message', { message_id: message, changes: { content: 'x' } }],
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
  expect(await readAs(judge.id, 'select id from public.messages')).toEqual([])
  expect((await judge.supabase.rpc('list_messages', { conversation_id: id })).data).toBeNull()
  expect(
    (await judge.supabase.rpc('edit_message', { message_id: message, changes: { content: 'x' } })).data,
  ).toBeNull()
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
