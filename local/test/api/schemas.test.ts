import { createClient } from '@supabase/supabase-js'
import { describe, expect, it } from 'vitest'
import { service } from '../support/people.ts'
import { stackOfProject } from '../support/project-stack.ts'

const MIGRATION = `
create table public.users (id uuid primary key default gen_random_uuid() references auth.users, nick text);
alter table public.users drop constraint users_id_fkey;
create table public.messages (id integer primary key, user_id uuid references public.users, body text);
create table public.sessions (id integer primary key, message_id integer references public.messages, device text);
create table public.objects (id integer primary key, session_id integer references public.sessions, label text);
create table public.accounts (id uuid primary key, owner_id uuid references auth.users, title text);

create schema private;
create table private.notes (id integer primary key, message_id integer references public.messages, body text);
create view public.shown_notes as select id, message_id, body from private.notes;

create schema shop;
grant usage on schema shop to anon, authenticated, service_role;
create table shop.messages (id integer primary key, subject text);
create table shop.lines (id integer primary key, message_id integer references shop.messages, amount integer);
grant all on all tables in schema shop to service_role;

insert into public.users (id, nick) values ('00000000-0000-4000-8000-000000000001', 'ana');
insert into public.messages values (1, '00000000-0000-4000-8000-000000000001', 'hola');
insert into public.sessions values (1, 1, 'phone');
insert into public.objects values (1, 1, 'chair');
insert into private.notes values (1, 1, 'a note');
insert into shop.messages values (7, 'an order');
insert into shop.lines values (1, 7, 12);
`

const stack = stackOfProject(MIGRATION, '[api]\nschemas = ["public", "shop"]\n')

const rows = async (table: string, select: string) => {
  const { data, error } = await service(stack()).from(table).select(select)
  expect(error).toBeNull()
  return data
}

describe('tables named as those of the platform', () => {
  it('are embedded with their own columns', async () => {
    const id = '00000000-0000-4000-8000-000000000001'
    expect(await rows('messages', 'body, users(*)')).toEqual([{ body: 'hola', users: { id, nick: 'ana' } }])
    expect(await rows('users', 'nick, messages(*)')).toEqual([
      { nick: 'ana', messages: [{ id: 1, user_id: id, body: 'hola' }] },
    ])
    expect(await rows('messages', 'id, sessions(*, objects(*))')).toEqual([
      {
        id: 1,
        sessions: [
          { id: 1, message_id: 1, device: 'phone', objects: [{ id: 1, session_id: 1, label: 'chair' }] },
        ],
      },
    ])
    expect(await rows('objects', '*')).toEqual([{ id: 1, session_id: 1, label: 'chair' }])
  })

  it('are not reached over a foreign key to the table of the platform', async () => {
    expect(await service(stack()).from('accounts').select('*, users(*)')).toMatchObject({
      status: 400,
      error: { code: 'PGRST200' },
    })
  })

  it('are reached over views on tables that the API does not show', async () => {
    expect(await rows('shown_notes', 'body, messages(body)')).toEqual([
      { body: 'a note', messages: { body: 'hola' } },
    ])
  })
})

describe('a second schema', () => {
  it('has its own tables of the same name', async () => {
    const client = createClient(stack().apiUrl, stack().secretKey, { auth: { persistSession: false } })
    const { data } = await client.schema('shop').from('lines').select('amount, messages(*)')
    expect(data).toEqual([{ amount: 12, messages: { id: 7, subject: 'an order' } }])
    const changed = await client
      .schema('shop')
      .from('messages')
      .update({ subject: 'sent' })
      .eq('id', 7)
      .select()
    expect(changed.data).toEqual([{ id: 7, subject: 'sent' }])
    expect(await client.schema('auth').from('users').select()).toMatchObject({
      status: 406,
      error: { code: 'PGRST106' },
    })
  })
})
