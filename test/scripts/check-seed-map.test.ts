import { expect, test } from 'vitest'
import { schemaObjects } from '../../scripts/schema-objects.ts'
import { checkSeedMap } from '../../scripts/seed-map.ts'

const header = '| seed | ours | test | deviation and why |\n| --- | --- | --- | --- |\n'
const row =
  '| `songs`, `songs.title` | `table public.songs` `column public.songs.title` | `test/songs.test.sql › a title is kept` | — |'
const files: Record<string, string> = {
  'test/songs.test.sql': "select is(title, 'X', 'a title is kept');",
  'docs/operations.md': '# Operations',
}

const check = (rows: string, items = 'songs\nsongs.title') =>
  checkSeedMap({
    map: `# Songs\n\n${header}${rows}\n`,
    items,
    objects: new Set([
      'table public.songs',
      'column public.songs.title',
      'policy "Owners see all" on public.songs',
    ]),
    readFile: (path) => files[path],
  })

test('a map that is right passes and is counted', () => {
  const map = `${row}
| \`backups\` | \`file docs/operations.md\`, \`later: analytics\` | — | Daily. |
| \`access\` | \`policy "Owners see all" on public.songs\` | \`test/songs.test.sql\` | One \\| two. |
| \`password\` | \`platform auth.users\` | — | The platform keeps it. |`
  expect(check(map, '# heading\n\nsongs\nsongs.title\nbackups\naccess\npassword')).toEqual({
    rows: 4,
    items: 5,
    failures: [],
  })
})

test.each([
  [
    'an object',
    row.replace('table public.songs', 'table public.song'),
    'line 5: no migration makes table public.song',
  ],
  ['a file', row.replace('table public.songs', 'file docs/x.md'), 'line 5: there is no file docs/x.md'],
  [
    'a test file',
    row.replace('songs.test.sql', 'chat.test.sql'),
    'line 5: there is no test file test/chat.test.sql',
  ],
  ['a test', row.replace('is kept', 'is lost'), 'line 5: test/songs.test.sql has no test "a title is lost"'],
])('%s that does not exist fails', (_, map, failure) => {
  expect(check(map).failures).toEqual([failure])
})

test('an item of the seed that the map leaves out fails, and so does one twice or of nobody', () => {
  expect(check(row, 'songs\nsongs.title\nsongs.album').failures).toEqual([
    "the seed's songs.album is missing",
  ])
  expect(check(`${row}\n${row}`).failures).toEqual([
    'songs is mapped more than once: lines 5, 6',
    'songs.title is mapped more than once: lines 5, 6',
  ])
  expect(check(row, 'songs').failures).toEqual(['line 5: docs/seed-items.txt has no songs.title'])
  expect(check(row, 'songs\nsongs.title\nsongs').failures).toEqual([
    'docs/seed-items.txt names more than once: songs',
  ])
})

test.each([
  [
    'an empty cell',
    row.replace('— |', ' |'),
    'the cell deviation is empty; write — where there is nothing to say',
  ],
  ['nothing of ours', '| `songs`, `songs.title` | — | — | x |', 'the cell ours names nothing'],
  ['no item', `${row}\n| — | \`later: chat\` | — | x |`, 'the cell seed names nothing'],
  ['an object without a test', row.replace(/`test[^|]*/, '— '), 'what is there already needs a test'],
  [
    'a drop without a reason',
    '| `songs`, `songs.title` | `dropped` | — | — |',
    'what is dropped needs a reason',
  ],
  [
    'an unknown area',
    row.replace('table public.songs', 'later: films'),
    'unknown area: films; it is one of songs, ',
  ],
  [
    'an unknown kind',
    row.replace('table public.songs', 'tabel public.songs'),
    'unknown notation: tabel public.songs',
  ],
  ['prose among notations', row.replace('`table', 'the `table'), 'unknown notation: the'],
  [
    'an unknown platform object',
    row.replace('table public.songs', 'platform x.y'),
    'unknown object of the platform: x.y',
  ],
  [
    'a test that is no test file',
    row.replace('test/songs.test.sql', 'docs/a.md'),
    'not a test file: docs/a.md',
  ],
  ['a missing cell', row.replace('| — |', '|'), '3 cells instead of 4'],
  [
    'another header',
    `${row}\n\n| a | b |\n| --- | --- |`,
    'a table has the columns seed, ours, test, deviation and why',
  ],
  ['an empty map', '', 'the map has no rows'],
])('%s fails', (_, map, failure) => {
  expect(check(map).failures.join('\n')).toContain(failure)
})

test('the migrations are read as a database would have them', async () => {
  const objects = await schemaObjects([
    `create schema if not exists private;
    create extension if not exists pg_trgm with schema extensions;
    create type public.kind as enum ('a');
    create type private.reading as (a text);
    create table public.a (
      id uuid primary key, b int unique references public.c (id), c text check (c <> ''),
      constraint a_both unique (b, c), unique (c, b)
    );
    create unique index a_lower on public.a (lower(c));
    create index on public.a (b, c);
    create view public.v as select a.id, a.b as bee, count(*) as n from public.a group by 1, 2;
    create function private.f() returns trigger language plpgsql as 'begin end';
    create trigger t after insert on auth.users for each row execute function private.f();
    create policy "Owners see their own" on public.a for select to anon using (true);`,
  ])
  expect([...objects.keys()]).toEqual([
    'schema private',
    'extension pg_trgm',
    'type public.kind',
    'type private.reading',
    'table public.a',
    'column public.a.id',
    'constraint a_pkey on public.a',
    'index public.a_pkey',
    'column public.a.b',
    'constraint a_b_key on public.a',
    'index public.a_b_key',
    'constraint a_b_fkey on public.a',
    'column public.a.c',
    'constraint a_c_check on public.a',
    'constraint a_both on public.a',
    'index public.a_both',
    'constraint a_c_b_key on public.a',
    'index public.a_c_b_key',
    'index public.a_lower',
    'index public.a_b_c_idx',
    'view public.v',
    'column public.v.id',
    'column public.v.bee',
    'column public.v.n',
    'function private.f',
    'trigger t on auth.users',
    'policy "Owners see their own" on public.a',
  ])
})

test('what a later migration drops, alters or renames is no longer there', async () => {
  const objects = await schemaObjects([
    `create table public.a (id uuid primary key, b int, c int);
    create table public.gone (id int);
    create index a_b on public.a (b);
    create function private.f(x int) returns int language sql as 'select 1';
    create trigger t after insert on public.a for each row execute function private.g();
    create policy "Owners see a" on public.a for select to anon using (true);
    create policy "Owners see b" on public.a for select to anon using (true);
    create view public.v as select 1 as one;`,
    `alter table public.a add column d int, add constraint d_key unique (d), drop column b;
    alter table public.a add constraint short check (c > 0);
    alter table public.a drop constraint short;
    drop table public.gone; drop view public.v; drop index public.a_b; drop function private.f(int);
    drop trigger t on public.a; drop policy "Owners see a" on public.a;
    alter policy "Owners see b" on public.a rename to "Owners see them";
    alter table public.a rename column c to e;
    alter table public.a rename to z;`,
  ])
  expect([...objects.keys()].sort()).toEqual([
    'column public.z.d',
    'column public.z.e',
    'column public.z.id',
    'constraint a_pkey on public.z',
    'constraint d_key on public.z',
    'index public.a_pkey',
    'index public.d_key',
    'policy "Owners see them" on public.z',
    'table public.z',
  ])
})
