import { profileChanges, profileFilters } from '../../schemas/profiles.ts'
import { id as idSchema } from '../../schemas/scalars.ts'
import { query as querySchema } from '../../schemas/search.ts'
import { check, refuse, toCamel } from './refusal.ts'
import type { Args, Profile } from './rows.ts'
import { type Account, type Call, isBefore, latestFirst, page, type World } from './world.ts'

export function newProfile(world: World, id: string, displayName: string): Profile {
  const now = world.now()
  return {
    id,
    handle: `user-${id.replaceAll('-', '').slice(0, 16)}`,
    display_name: displayName,
    bio: '',
    country: null,
    experience_years: null,
    experience: '',
    avatar_path: null,
    shows_payment_methods: false,
    is_listed: true,
    open_to_work: false,
    available_from: null,
    verified_at: null,
    metadata: {},
    created_at: now,
    updated_at: now,
    professional_types: [],
    software: [],
    tags: [],
    rates: {},
    payment_methods: [],
    languages: [],
    links: [],
    reviews: { count: 0, average: null },
  }
}

/** A profile as a user sees it: payment methods show to others only where their owner wants it. */
const seenBy = ({ id }: Account, profile: Profile): Profile =>
  profile.id === id || profile.shows_payment_methods ? profile : { ...profile, payment_methods: [] }

export const fold = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/** Whether each word of a query begins a word of the texts. A fake: the database also knows typos, stems and ranks. */
export function matches(query: string, texts: (string | null)[]): boolean {
  const words = fold(texts.join(' ')).split(/[^\p{L}\p{N}]+/u)
  return fold(query)
    .split(/[^\p{L}\p{N}]+/u)
    .every((word) => words.some((one) => one.startsWith(word)))
}

const update: Call = (world, me, { changes }) => {
  check('update the profile', profileChanges, toCamel(changes))
  const { handle } = changes
  const isTaken = [...world.accounts.values()].some(
    ({ id, profile }) => id !== me.id && profile.handle.toLowerCase() === handle?.toLowerCase(),
  )
  if (isTaken)
    refuse('handle_taken', 'unable to update the profile; the handle is taken or reserved', 'handle')
  const tags = changes.tags?.map((tag: string | { name: string; kind?: string }) =>
    typeof tag === 'string' ? { name: tag, kind: 'other' } : { kind: 'other', ...tag },
  )
  Object.assign(me.profile, changes, tags && { tags }, { updated_at: world.now() })
  return [me.profile]
}

const listed = (world: World) =>
  [...world.accounts.values()].map(({ profile }) => profile).filter((one) => one.is_listed)

export const count = (values: string[][]) => {
  const counts = new Map<string, number>()
  for (const value of values.flat()) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
}

function passes(profile: Profile, filters: Args): boolean {
  const has = (values: string[], wanted?: string[], all = false) =>
    !wanted || wanted[all ? 'every' : 'some']((one) => values.some((value) => fold(value) === fold(one)))
  const tags = profile.tags.map(({ name }) => name)
  const { rate } = filters
  const price = rate && profile.rates[rate.tier]
  return (
    has(profile.country ? [profile.country] : [], filters.countries) &&
    has(profile.professional_types, filters.types) &&
    has(profile.software, filters.any_software) &&
    has(profile.software, filters.all_software, true) &&
    has(tags, filters.any_tags) &&
    has(tags, filters.all_tags, true) &&
    has(profile.languages, filters.languages) &&
    (!filters.open_to_work || profile.open_to_work) &&
    (filters.min_experience ?? 0) <= (profile.experience_years ?? 0) &&
    (filters.max_experience ?? 80) >= (profile.experience_years ?? 0) &&
    (!filters.available_by ||
      (profile.open_to_work && (profile.available_from ?? '') <= filters.available_by)) &&
    (!rate ||
      (price?.currency === rate.currency &&
        (!rate.unit || price?.unit === rate.unit) &&
        (price?.amount ?? 0) >= (rate.min ?? 0) &&
        (price?.amount ?? 0) <= (rate.max ?? Number.POSITIVE_INFINITY)))
  )
}

const search: Call = (world, me, { query, filters, after, page_size: size, sort }) => {
  check('search profiles', querySchema, query)
  check('search profiles', profileFilters, toCamel(filters ?? {}))
  const found = listed(world)
    .filter((one) => passes(one, filters ?? {}))
    .filter((one) =>
      matches(query, [
        one.handle,
        one.display_name,
        one.bio,
        ...one.tags.map(({ name }) => name),
        ...one.software,
      ]),
    )
    .sort((a, b) =>
      sort === 'experience'
        ? (b.experience_years ?? 0) - (a.experience_years ?? 0)
        : a.created_at < b.created_at
          ? 1
          : -1,
    )
  const from = after ? Number(after.key) : 0
  const profiles = found.slice(from, from + size).map((one) => seenBy(me, one))
  const place = { key: from + size, id: profiles.at(-1)?.id, walk: false, forms: null }
  const facets = {
    country: count(found.map(({ country }) => (country ? [country] : []))),
    type: count(found.map((one) => one.professional_types)),
    software: count(found.map((one) => one.software)),
    tag: count(found.map(({ tags }) => tags.map(({ name }) => name))),
    language: count(found.map((one) => one.languages)),
    open_to_work: count(found.map((one) => (one.open_to_work ? ['true'] : []))),
  }
  const first = after ? {} : { total: found.length, exact: true, facets }
  return { profiles, similar: false, next: found.length > from + size ? place : null, ...first }
}

function account(world: World, id: string, task: string): Account {
  check(task, idSchema, id)
  return (
    world.accounts.get(id) ??
    refuse('profile_not_found', `unable to ${task}; there is no such user`, 'userId')
  )
}

const follow: Call = (world, me, { user_id: id }) => {
  if (id === me.id) refuse('invalid_input', 'unable to follow; the id is your own', 'userId')
  const { blocks } = account(world, id, 'follow')
  if (blocks.has(me.id) || me.blocks.has(id))
    refuse('blocked', 'unable to follow; one of you blocked the other')
  if (!me.follows.has(id)) me.follows.set(id, world.now())
}

const followersOf = (world: World, id: string) =>
  [...world.accounts.values()].flatMap((one) => {
    const at = one.follows.get(id)
    return at ? ([[one, at]] as [Account, string][]) : []
  })
const followedBy = (world: World, id: string) =>
  [...(world.accounts.get(id)?.follows ?? [])].map(([other, at]): [Account, string] => [
    world.accounts.get(other) as Account,
    at,
  ])

const listFollows =
  (of: typeof followersOf): Call =>
  (world, me, args) =>
    page(
      latestFirst(of(world, args.user_id ?? me.id), ([{ id }, at]) => [at, id]),
      args,
      ([{ id }, at]) => isBefore([at, id], args.before_at, args.before_id),
    ).map(([{ id, profile }, at]) => ({
      id,
      handle: profile.handle,
      display_name: profile.display_name,
      avatar_path: profile.avatar_path,
      verified_at: profile.verified_at,
      followed_at: at,
      is_followed: me.follows.has(id),
    }))

export const profileCalls: Record<string, Call> = {
  get_own_profile: (_world, me) => [me.profile],
  get_profile(world, me, { user_id: id }) {
    const found = world.accounts.get(id)
    return found ? [seenBy(me, found.profile)] : []
  },
  update_profile: update,
  set_avatar(world, me, { path }) {
    const replaced = me.profile.avatar_path
    Object.assign(me.profile, { avatar_path: path, updated_at: world.now() })
    return { replaced: replaced ? [replaced] : [] }
  },
  list_profiles: (world, me, args) =>
    page(
      listed(world).sort((a, b) => (a.id < b.id ? -1 : 1)),
      args,
      ({ id }) => !args.after_id || id > args.after_id,
    ).map((one) => seenBy(me, one)),
  search_profiles: search,
  follow_user: follow,
  unfollow_user: (_world, me, { user_id: id }) => void me.follows.delete(id),
  get_follows(world, me, { user_id: id = me.id }) {
    const { follows } = account(world, id, 'read follows')
    return {
      followers: followersOf(world, id).length,
      following: follows.size,
      is_followed: me.follows.has(id),
      follows_you: follows.has(me.id),
    }
  },
  list_followers: listFollows(followersOf),
  list_following: listFollows(followedBy),
}
