import { expect, test } from 'vitest'
import { checkMigration } from '../../scripts/migration-rules.ts'

const wrap = (sql: string) => `begin;\n${sql}\ncommit;`
const broken = async (sql: string, file = '20260101000000_songs.sql') =>
  (await checkMigration(file, sql)).map(({ rule, what }) => `${rule}: ${what}`)

test.each([
  ['create table public.a (id int);', 'table-comment: public.a has no comment'],
  ['create table public.a (id int);', 'table-rls: public.a does not enable row-level security'],
  ['create table b (id int);', 'unqualified: table b names no schema'],
  ['alter table auth.users add column x int;', 'foreign-schema: AlterTableStmt in schema auth'],
  ['insert into storage.buckets values (1);', 'foreign-schema: InsertStmt in schema storage'],
  [
    'insert into storage.buckets (id) values (1) on conflict (id) do update set public = true;',
    'foreign-schema: InsertStmt in schema storage',
  ],
  [
    'insert into storage.objects (id) values (1) on conflict do nothing;',
    'foreign-schema: InsertStmt in schema storage',
  ],
  [
    "update storage.buckets set public = true where id = 'a';",
    'foreign-schema: UpdateStmt in schema storage',
  ],
  ["delete from auth.users where id = 'a';", 'foreign-schema: DeleteStmt in schema auth'],
  ['drop table realtime.messages;', 'foreign-schema: DropStmt in schema realtime'],
  ['grant select on auth.users to anon;', 'foreign-schema: GrantStmt in schema auth'],
  [
    `create function auth.f() returns int language sql set search_path = '' as 'select 1';`,
    'foreign-schema: CreateFunctionStmt in schema auth',
  ],
  [
    `create function public.f() returns int language sql security definer set search_path = '' as 'select 1';`,
    'definer-outside-private: public.f is security definer',
  ],
  [
    `create function public.f() returns int language sql as 'select 1';`,
    "function-search-path: public.f must say set search_path = ''",
  ],
  [
    `create function private.f() returns void language plpgsql set search_path = '' as $$ begin if true then update public.a set b = 1; end if; end $$;`,
    'write-without-where: private.f has an UpdateStmt without a where clause',
  ],
  [
    `create function private.f() returns void language sql set search_path = '' as $$ delete from public.a $$;`,
    'write-without-where: private.f has an DeleteStmt without a where clause',
  ],
  ['create policy x on public.a for select to anon using (true);', 'policy-name: "x" is not a sentence'],
  [
    'create policy "All may" on public.a to anon using (true);',
    'policy-command: "All may" is for all commands; write one each',
  ],
  ['create policy "All may" on public.a for select using (true);', 'policy-role: "All may" names no role'],
  [
    'create policy "All may" on public.a for select to anon using (auth.uid() = id);',
    'policy-unwrapped-call: "All may" calls auth.uid bare in using',
  ],
])('%s', async (sql, violation) => {
  expect(await broken(wrap(sql))).toContain(violation)
})

test('a file is one transaction under a name that says when and what', async () => {
  expect(await broken('select 1;', 'x.sql')).toEqual([
    'file-name: names read <time>_<domain>[_<concern>].sql',
    'transaction: the file is not wrapped in begin; … commit;',
  ])
})

test('what the house allows passes', async () => {
  const sql = wrap(`
    create table public.a (id uuid primary key);
    comment on table public.a is 'A.';
    create function private.f() returns trigger language plpgsql security definer set search_path = '' as
      $$ begin update public.a set id = id where id = new.id; return new; end $$;
    create trigger t after insert on auth.users for each row execute function private.f();
    alter table public.a enable row level security;
    create policy "Owners see their own" on public.a for select to authenticated using (id = (select auth.uid()));
    create policy "People hear their own channel" on realtime.messages for select to authenticated
      using ((select realtime.topic()) = 'user:' || (select auth.uid())::text);
    drop policy "People hear their own channel" on realtime.messages;
    drop trigger t on auth.users;
    insert into storage.buckets (id, name) values ('a', 'a') on conflict (id) do nothing;`)
  expect(await broken(sql)).toEqual([])
})
