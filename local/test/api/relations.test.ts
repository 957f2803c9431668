import { describe, expect, it } from 'vitest'
import { service } from '../support/people.ts'
import { stackOfProject } from '../support/project-stack.ts'

const MIGRATION = `
create table public.people (id integer primary key, name text, boss_id integer references public.people);
create table public.accounts (person_id integer primary key references public.people, plan text);
create table public.posts (
  id integer primary key, author_id integer not null references public.people, editor_id integer references public.people,
  title text, data jsonb
);
create table public.tags (id integer primary key, word text);
create table public.post_tags (
  post_id integer references public.posts, tag_id integer references public.tags, primary key (post_id, tag_id)
);
create table public.readers (
  post_id integer references public.posts, person_id integer references public.people, primary key (post_id, person_id)
);
create table public.visits (day date, place text, primary key (day, place)) partition by range (day);
create table public.visits_2026 partition of public.visits for values from ('2026-01-01') to ('2027-01-01');
create table public.remarks (
  id integer primary key, day date, place text, body text, foreign key (day, place) references public.visits
);
create view public.headlines as select p.id as number, p.author_id as writer, upper(p.title) as title from public.posts p;
create view public.loud_headlines as select number, writer, title || '!' as title from public.headlines;
create schema hidden;
create table hidden.secrets (id integer primary key, person_id integer references public.people);

create function public.full_name(public.people) returns text stable language sql as $$ select 'Dom ' || $1.name $$;
create function public.first_post(public.people) returns setof public.posts rows 1 stable language sql
  as $$ select * from public.posts where author_id = $1.id order by id limit 1 $$;
create function public.drafts(public.people) returns setof public.posts stable language sql
  as $$ select * from public.posts where author_id = $1.id and editor_id is null $$;

insert into public.people values (1, 'ana', null), (2, 'bruno', 1), (3, 'clara', 1);
insert into public.accounts values (1, 'paid');
insert into public.posts values
  (1, 1, 2, 'first', '{"a": {"b": [10, 20]}}'), (2, 1, null, 'second', null), (3, 2, 1, 'third', '{"a": 5}');
insert into public.tags values (1, 'fado'), (2, 'rock');
insert into public.post_tags values (1, 1), (1, 2), (2, 2);
insert into public.readers values (1, 3), (3, 1);
insert into public.visits values ('2026-05-01', 'Porto');
insert into public.remarks values (1, '2026-05-01', 'Porto', 'warm');
alter role authenticator set pgrst.db_aggregates_enabled = 'true';
notify pgrst, 'reload config';
`

const stack = stackOfProject(MIGRATION)
/** The rows, or the code of the error. */
async function get(path: string): Promise<unknown> {
  const { apiUrl, secretKey } = stack()
  const response = await fetch(`${apiUrl}/rest/v1/${path}`, { headers: { apikey: secretKey } })
  const body = await response.json()
  return response.ok ? body : body.code
}

describe('a key from a table to itself', () => {
  it('leads to the many by its name, to the one by its column', async () => {
    expect(await get('people?select=name,people(name)&id=eq.1&people.order=id')).toEqual([
      { name: 'ana', people: [{ name: 'bruno' }, { name: 'clara' }] },
    ])
    expect(await get('people?select=name,boss:boss_id(name)&id=eq.2')).toEqual([
      { name: 'bruno', boss: { name: 'ana' } },
    ])
  })

  it('takes its column as a hint', async () => {
    expect(await get('people?select=name,staff:people!boss_id(name)&id=eq.1&staff.order=id.desc')).toEqual([
      { name: 'ana', staff: [{ name: 'clara' }, { name: 'bruno' }] },
    ])
  })
})

describe('two keys to the same table', () => {
  it('are told apart by their names or columns, and refused otherwise', async () => {
    expect(await get('posts?select=id,people(name)')).toBe('PGRST201')
    for (const hint of ['posts_author_id_fkey', 'author_id'])
      expect(await get(`posts?select=id,author:people!${hint}(name)&id=eq.3`)).toEqual([
        { id: 3, author: { name: 'bruno' } },
      ])
    expect(await get('posts?select=id,author_id(name),editor:editor_id(name)&id=eq.1')).toEqual([
      { id: 1, author_id: { name: 'ana' }, editor: { name: 'bruno' } },
    ])
    expect(await get('people?select=name,posts!posts_editor_id_fkey(id)&id=eq.2')).toEqual([
      { name: 'bruno', posts: [{ id: 1 }] },
    ])
  })

  it('name a junction beside them as a third way, with what to write instead', async () => {
    const { apiUrl, secretKey } = stack()
    const response = await fetch(`${apiUrl}/rest/v1/posts?select=people(name)`, {
      headers: { apikey: secretKey },
    })
    expect(response.status).toBe(300)
    const { details, hint } = await response.json()
    expect(details.map(({ cardinality }: { cardinality: string }) => cardinality).sort()).toEqual([
      'many-to-many',
      'many-to-one',
      'many-to-one',
    ])
    expect(hint).toContain(`'people!readers'`)
    expect(await get('posts?select=id,people!readers(name)&id=eq.1')).toEqual([
      { id: 1, people: [{ name: 'clara' }] },
    ])
  })
})

it('an embed is one object where there is one at most', async () => {
  expect(await get('people?select=name,accounts(plan)&order=id&limit=2')).toEqual([
    { name: 'ana', accounts: { plan: 'paid' } },
    { name: 'bruno', accounts: null },
  ])
})

it('a key of several columns, also to a table in parts, leads both ways', async () => {
  expect(await get('remarks?select=body,visits(place)')).toEqual([
    { body: 'warm', visits: { place: 'Porto' } },
  ])
  expect(await get('visits?select=place,remarks(body)')).toEqual([
    { place: 'Porto', remarks: [{ body: 'warm' }] },
  ])
})

it('views have the keys of the tables that they show, also through other views', async () => {
  expect(await get('headlines?select=title,people!writer(name)&number=eq.3')).toEqual([
    { title: 'THIRD', people: { name: 'bruno' } },
  ])
  expect(await get('loud_headlines?select=title,people!writer(name)&number=eq.1')).toEqual([
    { title: 'FIRST!', people: { name: 'ana' } },
  ])
  expect(await get('people?select=name,loud_headlines!writer(title)&id=eq.2')).toEqual([
    { name: 'bruno', loud_headlines: [{ title: 'THIRD!' }] },
  ])
})

it('a relation of a schema that is not shown cannot be embedded', async () => {
  expect(await get('people?select=name,secrets(id)')).toBe('PGRST200')
})

describe('a function of a row', () => {
  it('is a column', async () => {
    expect(await get('people?select=name,full_name&full_name=eq.Dom ana')).toEqual([
      { name: 'ana', full_name: 'Dom ana' },
    ])
    const changed = await service(stack())
      .from('people')
      .update({ name: 'ana' })
      .eq('id', 1)
      .select('full_name')
    expect(changed.data).toEqual([{ full_name: 'Dom ana' }])
  })

  it('is a relation when it answers rows, one or many', async () => {
    expect(await get('people?select=name,first_post(title),drafts(title)&id=eq.1')).toEqual([
      { name: 'ana', first_post: { title: 'first' }, drafts: [{ title: 'second' }] },
    ])
    expect(await get('people?select=name,drafts!inner(title)')).toEqual([
      { name: 'ana', drafts: [{ title: 'second' }] },
    ])
  })
})

describe('an embed', () => {
  it('narrows the rows around it when it is inner, or asked to be there or not', async () => {
    expect(await get('people?select=name,posts!posts_author_id_fkey!inner(id)&posts.title=eq.third')).toEqual(
      [{ name: 'bruno', posts: [{ id: 3 }] }],
    )
    expect(await get('people?select=name,accounts()&accounts=not.is.null')).toEqual([{ name: 'ana' }])
    expect(await get('people?select=name,accounts()&accounts=is.null&order=id')).toEqual([
      { name: 'bruno' },
      { name: 'clara' },
    ])
    expect(
      await get('people?select=name,accounts(plan)&or=(name.eq.clara,accounts.not.is.null)&order=id'),
    ).toEqual([
      { name: 'ana', accounts: { plan: 'paid' } },
      { name: 'clara', accounts: null },
    ])
  })

  it('is filtered, ordered and cut by its name or its alias', async () => {
    for (const name of ['mine', 'posts'])
      expect(
        await get(
          `people?select=name,mine:posts!posts_author_id_fkey(id)&id=eq.1&${name}.order=id.desc&${name}.limit=1`,
        ),
      ).toEqual([{ name: 'ana', mine: [{ id: 2 }] }])
    expect(await get('people?select=name&posts.id=eq.1')).toBe('PGRST108')
  })

  it('of one row orders the rows around it', async () => {
    expect(await get('posts?select=id,author:author_id(name)&order=author(name).desc,id.desc')).toMatchObject(
      [{ id: 3 }, { id: 2 }, { id: 1 }],
    )
    expect(await get('people?select=id,tags:posts!posts_author_id_fkey(id)&order=tags(id)')).toBe('PGRST118')
  })

  it('that is asked to be there or not is counted so', async () => {
    const admin = service(stack())
    const counted = async (value: 'is' | 'not.is') =>
      (
        await admin
          .from('people')
          .select('accounts()', { count: 'exact', head: true })
          .filter('accounts', value, null)
      ).count
    expect([await counted('is'), await counted('not.is')]).toEqual([2, 1])
  })

  it('is counted with the rows that its inner join leaves', async () => {
    const { count, data } = await service(stack())
      .from('people')
      .select('name, accounts!inner(plan)', { count: 'exact' })
      .eq('accounts.plan', 'paid')
    expect([count, data?.length]).toEqual([1, 1])
  })
})

describe('a spread', () => {
  it('of one row puts its columns beside the others', async () => {
    expect(await get('posts?select=id,...people!author_id(writer:name)&order=id')).toEqual([
      { id: 1, writer: 'ana' },
      { id: 2, writer: 'ana' },
      { id: 3, writer: 'bruno' },
    ])
  })

  it('of many rows makes a list of each column, in order', async () => {
    expect(await get('posts?select=id,...tags(words:word)&order=id&tags.order=word.desc')).toEqual([
      { id: 1, words: ['rock', 'fado'] },
      { id: 2, words: ['rock'] },
      { id: 3, words: [] },
    ])
  })
})

describe('aggregates', () => {
  it('group by the other columns', async () => {
    expect(await get('posts?select=author_id,id.sum(),count()&order=author_id')).toEqual([
      { author_id: 1, sum: 3, count: 2 },
      { author_id: 2, sum: 3, count: 1 },
    ])
    expect(await get('posts?select=least:id.min(),most:id.max()::text')).toEqual([{ least: 1, most: '3' }])
  })

  it('count what is embedded', async () => {
    expect(await get('people?select=name,posts!posts_author_id_fkey(count())&order=id')).toEqual([
      { name: 'ana', posts: [{ count: 2 }] },
      { name: 'bruno', posts: [{ count: 1 }] },
      { name: 'clara', posts: [{ count: 0 }] },
    ])
  })

  it('of a spread row group the rows around it', async () => {
    expect(await get('posts?select=id.count(),...people!author_id(name)')).toEqual(
      expect.arrayContaining([
        { count: 2, name: 'ana' },
        { count: 1, name: 'bruno' },
      ]),
    )
  })
})

it('a path into JSON is a column, a condition and an order', async () => {
  expect(
    await get('posts?select=id,data->a->b->0,last:data->a->b->>-1&data->a=not.is.null&order=data->a.desc'),
  ).toEqual([
    { id: 1, b: 10, last: '20' },
    { id: 3, b: null, last: null },
  ])
  expect(await get('posts?select=id&data->>a=eq.5')).toEqual([{ id: 3 }])
})
