import { describe, expect, it } from 'vitest'
import { service } from '../support/people.ts'
import { stackOfProject } from '../support/project-stack.ts'

const MIGRATION = `
create table public.people (id integer primary key, name text);
create table public.posts (id integer primary key, author_id integer not null references public.people, title text);
create table public.likes (id integer primary key, person_id integer references public.people, post_id integer references public.posts);
create table public.comments (id integer primary key, person_id integer references public.people, post_id integer references public.posts);
create table public.tags (id integer primary key, word text);
create table public.post_tags (post_id integer references public.posts, tag_id integer references public.tags, primary key (post_id, tag_id));
create table public.rooms (id integer primary key, name text);
create table public.bookings (id integer primary key, room_id integer references public.rooms, person_id integer references public.people);
insert into public.people values (1, 'ana'), (2, 'bruno');
insert into public.posts values (1, 1, 'first');
insert into public.likes values (1, 2, 1);
insert into public.comments values (1, 2, 1);
insert into public.tags values (1, 'fado');
insert into public.post_tags values (1, 1);
insert into public.rooms values (1, 'blue');
insert into public.bookings values (1, 1, 1);
`

const stack = stackOfProject(MIGRATION)
const select = async (table: string, columns: string) => {
  const { data, error } = await service(stack()).from(table).select(columns)
  return error ? error.code : data
}

describe('a table between two others', () => {
  it('is a junction when its primary key holds both foreign keys', async () => {
    expect(await select('posts', 'title, tags(word)')).toEqual([{ title: 'first', tags: [{ word: 'fado' }] }])
    expect(await select('tags', 'word, posts(title, people(name))')).toEqual([
      { word: 'fado', posts: [{ title: 'first', people: { name: 'ana' } }] },
    ])
  })

  it('is none otherwise: neither an embed over it nor one beside it', async () => {
    expect(await select('posts', 'title, people(name)')).toEqual([
      { title: 'first', people: { name: 'ana' } },
    ])
    expect(await select('rooms', 'name, people(name)')).toBe('PGRST200')
  })

  it('is embedded as what it is', async () => {
    expect(await select('rooms', 'name, bookings(people(name))')).toEqual([
      { name: 'blue', bookings: [{ people: { name: 'ana' } }] },
    ])
    expect(await select('posts', 'title, likes(people(name))')).toEqual([
      { title: 'first', likes: [{ people: { name: 'bruno' } }] },
    ])
  })
})
