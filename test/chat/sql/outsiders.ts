import type { SupabaseClient } from '@supabase/supabase-js'
import postgres from 'postgres'
import { expect, inject, onTestFinished } from 'vitest'
import { type Person, signUp } from '../../support/people.ts'

export const rpc = async <T>(client: SupabaseClient, name: string, named: object = {}): Promise<T> => {
  const { data, error } = await client.rpc(name, named)
  if (error) throw error
  return data as T
}

/**
 * A group of Ana and Ben from which Fred was banned, and to which Hal is invited, with an attachment, a reaction and a report in it; Ana
 * blocked Gil.
 */
export async function scene() {
  const [ana, ben, fred, eve, gil, hal] = await Promise.all(
    ['Ana', 'Ben', 'Fred', 'Eve', 'Gil', 'Hal'].map((name) => signUp(name)),
  )
  if (!ana || !ben || !fred || !eve || !gil || !hal) throw new Error('nobody signed up')
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
  await rpc(ana.supabase, 'ban_user', { conversation_id: id, user_id: fred.id })
  await rpc(ana.supabase, 'block_user', { user_id: gil.id })
  await rpc(hal.supabase, 'set_contact_rules', { rules: { groups: 'nobody' } })
  await rpc(ana.supabase, 'add_participants', { conversation_id: id, user_ids: [hal.id] })
  const [invitation] = await rpc<{ id: string }[]>(hal.supabase, 'list_requests')
  const { live_key: key } = await rpc<{ live_key: string }>(ana.supabase, 'sync_conversation', {
    conversation_id: id,
  })
  return { ana, ben, fred, eve, gil, id, message, path, formerKey, key, request: invitation?.id }
}

type Stage = Awaited<ReturnType<typeof scene>>

/** What an outsider gets: the code that refuses, or an answer with nothing in it. */
type Outcome = string | { answers: unknown }

/** Every function with the arguments that would do most, and what an outsider gets. */
export function attempts({ ana, ben, fred, gil, id, message, request }: Stage, outsider: Person | null) {
  const conversation = { conversation_id: id }
  const nowhere = 'conversation_not_found'
  const nothing = { items: [], next: null }
  const list: [name: string, args: object, Outcome][] = [
    ['send_message', { ...conversation, message_id: crypto.randomUUID(), content: 'x' }, nowhere],
    ['send_message', { ...conversation, message_id: message, content: 'x' }, nowhere],
    ['edit_message', { message_id: message, changes: { content: 'x' } }, 'message_not_found'],
    ['delete_message', { message_id: message }, 'message_not_found'],
    ['react', { message_id: message, emoji: '👍', present: true }, 'message_not_found'],
    ['open_circle_conversation', { circle_id: id }, 'circle_not_found'],
    ['list_messages', conversation, nowhere],
    ['list_messages_around', { ...conversation, seq: 1 }, nowhere],
    ['check_upload', conversation, nowhere],
    ['ban_user', { ...conversation, user_id: ana.id }, nowhere],
    ['unban_user', { ...conversation, user_id: ana.id }, nowhere],
    ['list_bans', conversation, nowhere],
    ['list_requests', {}, { answers: [] }],
    ['list_requests', { sent: true }, { answers: [] }],
    ['answer_request', { request_id: request, accept: true }, 'request_not_found'],
    ['answer_request', { request_id: request, accept: false }, 'request_not_found'],
    ['find_message', { ...conversation, message_id: message }, nowhere],
    ['sync_conversation', { ...conversation, since_revision: 0 }, nowhere],
    ['mark_read', { ...conversation, seq: 1 }, nowhere],
    ['set_conversation_flags', { ...conversation, flags: { muted: true } }, nowhere],
    ['clear_conversation', conversation, nowhere],
    ['set_draft', { ...conversation, draft: { content: 'x' } }, nowhere],
    ['pin_message', { message_id: message }, 'message_not_found'],
    ['pin_message', { message_id: message, pinned: false }, 'message_not_found'],
    ['list_pinned', conversation, nowhere],
    ['list_replies', { message_id: message }, 'message_not_found'],
    ['update_group', { ...conversation, changes: { subject: 'x' } }, nowhere],
    ['add_participants', { ...conversation, user_ids: [ana.id] }, nowhere],
    ['remove_participant', { ...conversation, user_id: ana.id }, nowhere],
    ['set_role', { ...conversation, user_id: ana.id, role: 'member' }, nowhere],
    // Leaving again is no mistake.
    ['leave_conversation', conversation, outsider === fred ? { answers: null } : nowhere],
    ['search_messages', { query: 'secret', ...conversation }, nowhere],
    ['search_messages', { query: 'secret' }, { answers: [] }],
    // Whoever was just removed may report what was said before.
    [
      'report_message',
      { message_id: message, reason: 'spam' },
      outsider === fred ? { answers: null } : 'message_not_found',
    ],
    ['list_reports', {}, 'forbidden'],
    ['resolve_report', { report_id: crypto.randomUUID() }, 'forbidden'],
    ['create_group', { group_id: id, subject: 'x', member_ids: [] }, 'group_id_taken'],
    ['list_undelivered', {}, '42501'],
    ['empty_deleted_accounts', {}, '42501'],
    ['list_abandoned_attachments', {}, '42501'],
    ['record_conversion', conversation, nowhere],
    ['record_conversion_for', { ...conversation, profile_id: ana.id }, '42501'],
    ['get_profile_analytics', { profile_id: ana.id }, 'forbidden'],
    // They show who shares a conversation an unlisted profile; these are listed. test/profiles/listed.test.ts has the others.
    ['get_profile', { user_id: ben.id }, { answers: [expect.objectContaining({ id: ben.id })] }],
    ['get_follows', { user_id: ben.id }, { answers: expect.objectContaining({ followers: 0 }) }],
    ['list_followers', { user_id: ben.id }, { answers: [] }],
    ['list_following', { user_id: ben.id }, { answers: [] }],
    ['list_portfolio', { user_id: ben.id }, { answers: [] }],
    ['list_reviews', { user_id: ben.id }, { answers: [] }],
    ['list_heads', { conversation_ids: [id] }, { answers: { position: expect.any(Number), heads: {} } }],
    ['get_inbox', {}, { answers: nothing }],
    ['get_inbox', { archived: true }, { answers: nothing }],
    ['sync_inbox', {}, { answers: expect.objectContaining({ items: [], removed: [], total: 0 }) }],
    [
      'sync_inbox',
      { since: 0 },
      {
        answers: expect.objectContaining({ items: [], removed: outsider === fred ? [id] : [], total: 0 }),
      },
    ],
    ['mark_active', {}, { answers: false }],
    ['list_last_seen', { user_ids: [ana.id, ben.id] }, { answers: [] }],
    ['list_blocks', {}, { answers: [] }],
    // What everybody may do for themselves, and it opens nothing of the others'.
    [
      'open_direct',
      { other_id: ana.id },
      outsider === gil ? 'blocked' : { answers: expect.objectContaining({ last_seq: 0 }) },
    ],
    ['get_contact_rules', {}, { answers: { write: 'everyone', groups: 'everyone' } }],
    ['set_contact_rules', { rules: {} }, { answers: { write: 'everyone', groups: 'everyone' } }],
    ['request_contact', { user_id: ana.id }, outsider === gil ? 'blocked' : { answers: 'open' }],
    ['block_user', { user_id: ben.id }, { answers: null }],
    ['unblock_user', { user_id: ben.id }, { answers: null }],
  ]
  return list
}

/** What there is to try, from the catalogue: a function or table of chat that is new fails these tests until it is tried. */
export async function surface() {
  const sql = postgres(inject('stack').dbUrl, { max: 1 })
  onTestFinished(() => sql.end())
  const functions = await sql<{ name: string }[]>`
    with recursive talking as (
      select p.oid, p.proname, p.pronamespace
      from pg_proc p
      where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
        and p.prosrc ~ '(public[.](conversation|message|user_blocks)|private[.](message_|undelivered|chat_|contact_))'
        -- Other domains ask as well whether people are blocked, or in a conversation together.
        and p.proname not in ('are_blocked', 'require_unblocked', 'can_see_profile')
      union
      select p.oid, p.proname, p.pronamespace
      from talking t
      join pg_proc p on p.prosrc ~ ('private[.]' || t.proname || '\\M')
      where t.pronamespace = 'private'::regnamespace and p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
    )
    select distinct proname as name from talking where pronamespace = 'public'::regnamespace`
  const tables = await sql<{ name: string; columns: string }[]>`
    select c.relname as name, string_agg(quote_ident(a.attname), ', ') as columns
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and has_column_privilege('app_user', c.oid, a.attnum, 'select')
      and (c.relname in ('conversations', 'user_blocks') or exists (
        select from pg_constraint k
        where k.conrelid = c.oid and k.confrelid in ('public.conversations'::regclass, 'public.messages'::regclass)))
    group by c.oid`
  expect(functions.length).toBeGreaterThan(25)
  expect(tables.length).toBeGreaterThan(5)
  return { functions: functions.map(({ name }) => name), tables }
}
