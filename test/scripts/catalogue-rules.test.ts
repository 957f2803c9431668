import postgres from 'postgres'
import { expect, inject, test } from 'vitest'
import { catalogueRules } from '../../scripts/catalogue-rules.ts'

/** For each rule something that breaks it, and what the rule then names. */
const broken: Record<string, [sql: string, what: RegExp]> = {
  'a table in public has row-level security': ['create table public.zz (id int primary key)', /zz/],
  'a table has a comment': ['create table private.zz (id int primary key)', /zz/],
  'a table has a primary key': ['create table private.zz (id int)', /zz/],
  'a foreign key is the leading part of an index': [
    'create table private.zz (id int primary key, a uuid references public.profiles)',
    /zz_a_fkey/,
  ],
  'a column that a policy reads leads an index': [
    'create policy "Zz is a test" on public.profiles for delete to authenticated using (display_name = current_user)',
    /profiles\.display_name/,
  ],
  'a policy is for one command and named roles and reads as a sentence': [
    'create policy zz on public.profiles using (true)',
    /"zz"/,
  ],
  'a table has one policy for each role and command': [
    'create policy "Zz sees all" on public.profiles for select to authenticated using (true)',
    /profiles for r/,
  ],
  'an API role selects only from tables and views that are listed as open': [
    'grant select (id) on public.songs to anon',
    /songs to anon/,
  ],
  'what is listed as open is open': [
    'revoke select on public.popular_tags from anon',
    /popular_tags to anon/,
  ],
  'a function has an empty search path': [
    "create function private.zz() returns int language sql as 'select 1'",
    /zz/,
  ],
  'a function in public is security invoker and has a comment': [
    "create function public.zz() returns int language sql security definer set search_path = '' as 'select 1'",
    /zz/,
  ],
  'nobody may execute a function by default': [
    "create function private.zz() returns int language sql set search_path = '' as 'select 1'",
    /zz/,
  ],
  'a definer is executable by name only, and never by anon unless it is listed': [
    "create function private.zz() returns int language sql security definer set search_path = '' as 'select 1'",
    /zz/,
  ],
  'a view checks the caller, not its owner': ['create view public.zz as select 1 as a', /zz/],
  'clients get columns to write, never whole tables, and nothing in private': [
    'grant update on public.profiles to authenticated',
    /UPDATE on .*profiles/,
  ],
  'nothing is granted to everybody': ['grant select on public.profiles to public', /SELECT on .*profiles/],
}

test.each(catalogueRules)('$rule', async ({ rule, query }) => {
  const sql = postgres(inject('stack').dbUrl, { max: 1, onnotice: () => {} })
  const rows = async (statement?: string) => {
    let found: string[] = []
    await sql
      .begin(async (tx) => {
        if (statement) await tx.unsafe(statement)
        found = (await tx.unsafe(query)).map(({ what }) => String(what))
        throw new Error('rolled back')
      })
      .catch((error) => {
        if (error.message !== 'rolled back') throw error
      })
    return found
  }
  try {
    expect(await rows()).toEqual([])
    const [statement, what] = broken[rule] ?? ['', /never/]
    expect((await rows(statement)).join('\n')).toMatch(what)
  } finally {
    await sql.end()
  }
})
