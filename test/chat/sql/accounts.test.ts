import { expect, test } from 'vitest'
import { type ConversationJson, codeOf, connectToDatabase, type MessageJson, upTo } from './database.ts'

/** Every change of a conversation, as a client that fetches page by page would see it. */
async function whole(call: ReturnType<typeof connectToDatabase>['call'], person: string, id: string) {
  const since = (revision: number | null) =>
    call<{ messages: MessageJson[]; conversation: ConversationJson }>(person, 'sync_conversation', {
      conversation_id: id,
      since_revision: revision,
      page_size: 200,
    })
  return { anew: await since(null), all: await since(0) }
}

test('deleting accounts under load: no deadlock reaches a caller, nothing is orphaned', async () => {
  const { sql, call, people, group, send } = connectToDatabase(24)
  const everyone = await people(9)
  const leaving = everyone.slice(0, 3)
  const [owner = '', ...staying] = everyone.slice(3)
  // Each of the leaving owns a group alone; all are in all.
  const groups = await Promise.all(
    [...leaving, owner].map((first) => group([first, ...everyone.filter((one) => one !== first)])),
  )
  const direct = await Promise.all(
    leaving.map((one) =>
      call<ConversationJson>(one, 'open_direct', { other_id: owner }).then(({ id }) => id),
    ),
  )
  for (const id of [...groups, ...direct]) await send(owner, id, 'first')

  const codes: (string | null)[] = []
  const until = performance.now() + 3_000
  const load = everyone.map(async (one, i) => {
    for (let n = 0; performance.now() < until; n++) {
      const id = [...groups, ...direct][(i + n) % (groups.length + direct.length)] ?? ''
      const kind = (i + n) % 6
      if (kind === 3) {
        codes.push(
          await codeOf(
            call(owner, 'add_participants', { conversation_id: groups[3] ?? '', user_ids: leaving }),
          ),
        )
      } else if (kind === 4) {
        codes.push(
          await codeOf(
            call(owner, 'remove_participant', {
              conversation_id: groups[3] ?? '',
              user_id: leaving[n % 3] ?? '',
            }),
          ),
        )
      } else if (kind === 5) {
        codes.push(await codeOf(call(one, 'mark_read', { conversation_id: id, seq: n })))
      } else {
        const sent = await send(one, id, `${n}`).catch((error) => error)
        codes.push(sent.id ? null : await codeOf(Promise.reject(sent)))
        if (sent.id)
          codes.push(
            await codeOf(
              call(one, 'edit_message', { message_id: sent.id, changes: { content: `${n} edited` } }),
            ),
          )
        if (sent.id) codes.push(await codeOf(call(one, 'react', { message_id: sent.id, emoji: '🎶' })))
        codes.push(await codeOf(call(one, 'open_direct', { other_id: leaving[n % 3] ?? '' })))
      }
    }
  })
  const deletions = await Promise.all(
    leaving.map((one) => codeOf(sql`delete from auth.users where id = ${one}`)),
  )
  await Promise.all(load)
  expect(deletions).toEqual([null, null, null])
  // Whoever deleted the account is gone, and whoever meant to reach them hears that; nothing else went wrong.
  expect(new Set(codes)).toEqual(
    new Set(
      [
        null,
        'account_not_found',
        'conversation_not_found',
        'profile_not_found',
        'message_not_found',
        'invalid_input',
        'not_signed_in',
      ].filter((code) => codes.includes(code)),
    ),
  )
  expect(codes.filter((code) => code === null).length).toBeGreaterThan(0)

  expect(
    await sql`select from public.conversation_participants where user_id = any(${leaving}) and left_at is null`,
  ).toHaveLength(0)
  expect(
    await sql`select from public.messages where sender_id = any(${leaving}) and deleted_at is null and system is null`,
  ).toHaveLength(0)
  expect(await sql`select from private.chat_erasures where user_id = any(${leaving})`).toHaveLength(0)
  const owners = await sql`
    select conversation_id from public.conversation_participants
    where conversation_id = any(${groups}) and role = 'owner' and left_at is null`
  expect(owners.map(({ conversation_id }) => conversation_id).toSorted()).toEqual(groups.toSorted())
  for (const id of [...groups, ...direct]) {
    const { anew, all } = await whole(call, owner, id)
    expect(anew.messages.map(({ seq }) => seq)).toEqual(
      upTo(anew.conversation.last_seq).reverse().slice(0, 200),
    )
    const revisions = all.messages.map(({ revision }) => revision)
    expect(new Set(revisions).size).toBe(revisions.length)
    expect(Math.max(...revisions)).toBeLessThanOrEqual(all.conversation.last_revision)
  }
  expect(staying).toHaveLength(5)
})

test('a direct conversation keeps a nameless partner, and the other is told', async () => {
  const { sql, call, people, send, delivered } = connectToDatabase()
  const [ana = '', ben = ''] = await people(2)
  const { id } = await call<ConversationJson>(ana, 'open_direct', { other_id: ben })
  await send(ben, id, 'hello')
  await sql`delete from auth.users where id = ${ana}`
  const { conversation } = (await whole(call, ben, id)).anew
  expect(
    conversation.participants.map(({ user_id, handle }) => [user_id, handle !== null]).toSorted(),
  ).toEqual(
    [
      [ana, false],
      [ben, true],
    ].toSorted(),
  )
  // The event carries the empty name and is the very next change: a client applies it as it is.
  expect((await delivered(ben, id)).at(-1)).toMatchObject({
    event: 'conversation',
    revision: 2,
    changes: { people: [{ user_id: ana, handle: null, display_name: '', left_at: expect.any(String) }] },
  })
  // The token of the deleted account is good for an hour; it opens nothing.
  expect(await codeOf(call(ana, 'sync_conversation', { conversation_id: id }))).toBe('conversation_not_found')
  expect(await codeOf(send(ana, id))).toBe('conversation_not_found')

  // An account that is made anew under the same id takes part again from when the conversation is opened.
  await sql`insert into auth.users (id, email) values (${ana}, ${`${ana}@example.com`})`
  expect(await codeOf(send(ana, id))).toBe('conversation_not_found')
  const opened = await Promise.all(
    [ana, ben, ana].map((one) =>
      call<ConversationJson>(one, 'open_direct', { other_id: one === ana ? ben : ana }),
    ),
  )
  expect(opened.map((one) => one.last_revision)).toEqual([3, 3, 3])
  expect((await send(ana, id)).seq).toBe(2)
})

test('many messages are emptied in batches, one conversation at a time', async () => {
  const { sql, call, people, group, send } = connectToDatabase()
  const [ana = '', ben = ''] = await people(2)
  const ids = await Promise.all([group([ben, ana]), group([ben, ana])])
  for (const id of ids) {
    await send(ben, id, 'stays')
    await sql`
      with head as (update public.conversations set last_seq = 1202, last_revision = 1300 where id = ${id} returning id)
      insert into public.messages (id, conversation_id, sender_id, seq, revision, content)
      select gen_random_uuid(), head.id, ${ana}, n, n + 1, 'goes' from head, generate_series(3, 1202) as n`
  }
  await sql`delete from auth.users where id = ${ana}`
  const left = async () =>
    (
      await sql`select from public.messages where sender_id = ${ana} and deleted_at is null and system is null`
    ).length
  expect(await left()).toBe(2400)
  expect(await codeOf(call(ben, 'empty_deleted_accounts'))).toBe('42501')
  // Several at once take different conversations.
  const asService = () =>
    sql.begin(async (tx) => {
      await tx`set local role service_role`
      const [row] = await tx`select public.empty_deleted_accounts(500) as answer`
      return row?.answer as { emptied: number; remaining: number }
    })
  for (let calls = 0; (await left()) > 0; calls++) {
    expect(calls).toBeLessThan(10)
    await Promise.all([asService(), asService(), asService()])
  }
  await asService()
  expect(await sql`select from private.chat_erasures where user_id = ${ana}`).toHaveLength(0)
  for (const id of ids) {
    const { anew } = await whole(call, ben, id)
    expect(anew.conversation.last_seq).toBe(1203)
    expect(anew.messages.at(-1)).toMatchObject({ content: '', seq: 1004 })
    const rows =
      await sql`select seq::integer from public.messages where conversation_id = ${id} order by seq`
    expect(rows.map(({ seq }) => seq)).toEqual(upTo(1203))
  }
})

test('a profile without an account says nothing, also where it was left in its conversations', async () => {
  const { sql, people, group, send } = connectToDatabase()
  const [ana = '', ben = ''] = await people(2)
  const id = await group([ana, ben])
  await sql`update public.profiles set user_id = null where id = ${ben}`
  expect(await codeOf(send(ben, id))).toBe('account_not_found')
  expect((await send(ana, id)).seq).toBe(2)
})
