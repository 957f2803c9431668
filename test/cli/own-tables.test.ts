import { expect, test } from 'vitest'
import { makeFolder, tertulia } from '../support/cli.ts'

const project = (...migrations: string[]) =>
  makeFolder(
    Object.fromEntries(migrations.map((sql, at) => [`supabase/migrations/2026010100000${at}_own.sql`, sql])),
  )

async function clashesOf(...migrations: string[]): Promise<string[]> {
  const cwd = project(...migrations)
  const { out: initOut, code } = await tertulia(['init'], { cwd })
  expect(code).toBe(0)
  const { out } = await tertulia(['doctor'], { cwd })
  const find = (text: string) =>
    [...text.matchAll(/supabase\/migrations\/\S+ creates (\w+), a name that Tertulia needs/g)].map(
      ([, name]) => name!,
    )
  expect(find(initOut)).toEqual(find(out))
  return find(out)
}

test.each([
  ['create table songs (id int);', ['songs']],
  ['create table if not exists public.songs (id int);', ['songs']],
  ['CREATE TABLE "public"."Songs" (id int);', ['songs']],
  ['create unlogged table "messages" (id int);', ['messages']],
  ['create or replace view public.profiles as select 1;', ['profiles']],
  ['create materialized view tags as select 1;', ['tags']],
  ['create table a (id int); create table tags (id int);', ['tags']],
  ['alter table tunes rename to songs;', ['songs']],
  // These do not.
  ['create table app.songs (id int);', []],
  ['create table my_songs (id int);', []],
  ['create temp table songs (id int);', []],
  ['-- create table songs (id int);\nselect 1;', []],
  ['/* create table songs (id int); */ select 1;', []],
  ["select 'create table songs (id int)';", []],
  ['create table songs (id int); drop table songs;', []],
  ['create table songs (id int); alter table public.songs rename to my_songs;', []],
  ['create table songs (id int); alter table songs set schema app;', []],
  ['create table app.songs (id int); alter table app.songs set schema archive;', []],
])('init and doctor see an own table under a name of ours before a push: %s', async (sql, clashes) => {
  expect(await clashesOf(sql)).toEqual(clashes)
})

test('a later migration takes it out of the way, or puts it there', async () => {
  expect(await clashesOf('create table songs (id int);', 'alter table songs rename to tunes;')).toEqual([])
  expect(await clashesOf('create table tunes (id int);', 'alter table tunes rename to songs;')).toEqual([
    'songs',
  ])
})
