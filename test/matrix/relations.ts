/** What a role may do with a relation: the columns it may name, or all of them. Rows are the business of policies. */
export interface Rights {
  select?: 'all' | readonly string[]
  insert?: 'all' | readonly string[]
  update?: 'all' | readonly string[]
  delete?: true
}

export type Role = 'visitor' | 'signedIn' | 'service'

export interface Relation extends Partial<Record<Role, Rights>> {
  why: string
}

const reads: Rights = { select: 'all' }
const readByService = (why: string): Relation => ({ why, service: reads })

/**
 * Every table and view of the schema that the API exposes. What is not named is refused: users reach rows by functions alone,
 * because `Prefer: count=planned` answers from statistics that no policy filters.
 */
export const relations: Record<string, Relation> = {
  payment_methods: {
    why: 'a list of names that a form offers',
    signedIn: reads,
    service: { select: 'all', insert: 'all', update: 'all' },
  },
  popular_tags: {
    why: 'tags of public songs that many use',
    visitor: reads,
    signedIn: reads,
    service: { select: 'all', insert: 'all', update: 'all', delete: true },
  },
  software: {
    why: 'a list of names that a form offers; what counts their use is not written by hand',
    signedIn: reads,
    service: { select: 'all', insert: ['name', 'is_curated'], update: ['name', 'is_curated'] },
  },
  tag_categories: {
    why: 'an app adds categories of its own',
    visitor: reads,
    signedIn: reads,
    service: { select: 'all', insert: 'all', update: 'all', delete: true },
  },
  tags: {
    why: 'the service curates names; users see them by suggestions',
    service: {
      select: 'all',
      insert: ['name', 'kind', 'is_curated'],
      update: ['name', 'kind', 'is_curated', 'is_known'],
    },
  },

  profiles: {
    why: 'an app mends a profile by hand; accounts make them',
    service: { select: 'all', update: 'all', delete: true },
  },
  profile_details: readByService('whole profiles for the app’s server'),
  profile_languages: readByService('part of a profile'),
  profile_links: readByService('part of a profile'),
  profile_payment_methods: readByService('part of a profile'),
  profile_rates: readByService('part of a profile'),
  profile_software: readByService('part of a profile'),
  profile_tags: readByService('part of a profile'),
  profile_types: readByService('part of a profile'),
  profile_reviews: {
    why: 'an app’s server moderates',
    service: { select: 'all', update: ['hidden_at'], delete: true },
  },
  portfolio_items: { why: 'an app’s server moderates', service: { ...reads, delete: true } },
  user_follows: readByService('an app’s server may show it'),
  user_blocks: readByService('an app’s server may have to know'),

  conversations: {
    why: 'without the pair of ids and the key of the topic, which opens it',
    service: {
      select: [
        'id',
        'kind',
        'subject',
        'last_seq',
        'last_revision',
        'last_message_at',
        'created_by',
        'metadata',
        'created_at',
        'updated_at',
        'writers',
        'history',
      ],
    },
  },
  conversation_participants: {
    why: 'without what is a participant’s own side: muted, pinned, archived',
    service: { select: ['conversation_id', 'user_id', 'role', 'last_read_seq', 'joined_at', 'left_at'] },
  },
  messages: {
    why: 'without the vector, which is derived',
    service: {
      select: [
        'id',
        'conversation_id',
        'sender_id',
        'seq',
        'revision',
        'content',
        'metadata',
        'reply_to',
        'mentions',
        'song',
        'system',
        'created_at',
        'edited_at',
        'deleted_at',
        'pinned_at',
      ],
    },
  },
  message_reactions: readByService('part of a message'),
  message_reports: readByService('moderation on the app’s server'),

  songs: {
    why: 'imports and curation by the app’s server',
    service: { select: 'all', insert: 'all', update: 'all', delete: true },
  },
  song_tags: {
    why: 'curation by the app’s server',
    service: { select: 'all', insert: 'all', update: 'all', delete: true },
  },
  song_history: { why: 'pruned by the service', service: { select: 'all', update: 'all', delete: true } },
  notices: { why: 'pruned by the service', service: { select: 'all', update: 'all', delete: true } },
  song_chords: readByService('derived'),
  song_favorites: readByService('written by their users'),
  song_ways: readByService('written by their users'),
  setlists: readByService('written by their users'),
  setlist_entries: readByService('part of a setlist'),
  setlist_history: readByService('versions of setlists'),
  circles: readByService('written by their members'),
  circle_members: readByService('written by their members'),
  shares: readByService('the trail of who was given what'),
  song_analytics: readByService('figures'),
  song_list_view: readByService('figures'),
  song_search_view: readByService('figures'),

  monitoring_catalogue: readByService('operation'),
  monitoring_failures: readByService('operation'),
  monitoring_indexes: readByService('operation'),
  monitoring_partitions: readByService('operation'),
  monitoring_queries: readByService('operation'),
  monitoring_tables: readByService('operation'),
  monitoring_tags: readByService('operation'),
  monitoring_upkeep: readByService('operation'),
}
