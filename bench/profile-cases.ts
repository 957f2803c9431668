import type postgres from 'postgres'

/** A search as the directory is asked for it. */
export interface Search {
  query?: string
  filters?: postgres.JSONValue
  sort?: string
  after?: postgres.JSONValue
}

/** One of a list, around and around. */
export const pick = <T>(list: T[], at: number): T => list[at % list.length]!
const countries = ['MX', 'CL', 'BR', 'IE']
const types = ['Editor', 'Colorista', 'Traductor', 'videografo']
export const software = ['Adobe Premiere Pro', 'Blender', 'Frame.io', 'Program c4ca42', 'davinci resolve']
export const tags = ['documental', 'boda', 'HDR', 'animacion 2d', 'foley']
const rate = (at: number) => ({
  tier: pick(['basic', 'standard', 'premium'], at),
  currency: pick(['USD', 'EUR', 'COP'], at),
})

/** One way of using the directory, with an input for each round. */
export const classes: Record<string, (round: number) => Search> = {
  'everybody, first page': () => ({}),
  'a name': (at) => ({ query: pick(['ana ruiz', 'Iñigo Zanetti', 'clara whit', 'jose nunez'], at) }),
  'a rare word': (at) => ({ query: `palabra${20_000 + at}` }),
  'a word that half of them have': (at) => ({ query: pick(['historias', 'edición', 'cámara'], at) }),
  'two common words': (at) => ({ query: pick(['editor premiere', 'documental musica', 'boda calma'], at) }),
  'the start of a word': (at) => ({ query: pick(['ed', 'prem', 'doc', 'c', 'anim'], at) }),
  'a misspelt word': (at) => ({ query: pick(['premierre', 'colorisat', 'whitfeild', 'documentall'], at) }),
  'a word and filters': (at) => ({
    query: pick(['calma', 'teatro', 'radio'], at),
    filters: { countries: [pick(countries, at)], types: [pick(types, at + 1)] },
  }),
  'a country': (at) => ({ filters: { countries: [pick(countries, at)] } }),
  'country and type': (at) => ({ filters: { countries: [pick(countries, at)], types: [pick(types, at)] } }),
  'any software, all tags': (at) => ({
    filters: { any_software: [pick(software, at), pick(software, at + 1)], all_tags: [pick(tags, at)] },
  }),
  'all tags': (at) => ({ filters: { all_tags: [pick(tags, at), pick(tags, at + 1)] } }),
  'language and experience': (at) => ({
    filters: { languages: [pick(['pt', 'fr', 'de'], at)], min_experience: 5 + (at % 10) },
  }),
  'a rate range, cheapest first': (at) => ({
    filters: { rate: { ...rate(at), min: 2000, max: 6000 } },
    sort: 'rate',
  }),
  'a rate range and a type': (at) => ({
    filters: { rate: { ...rate(at), min: 1000, max: 20_000 }, types: [pick(types, at)] },
  }),
  'newest of a type': (at) => ({ filters: { types: [pick(types, at)] }, sort: 'newest' }),
  'most experienced of a country': (at) => ({
    filters: { countries: [pick(countries, at)] },
    sort: 'experience',
  }),
  'newest with a word': (at) => ({ query: pick(['teatro', 'historias', 'palabra7'], at), sort: 'newest' }),
}
