/** How many arguments a method takes before its options, and whether it lists pages. */
type Reading = readonly [arity: number, kind?: 'pages']

const table = {
  profiles: {
    get: [1],
    list: [0, 'pages'],
    search: [1, 'pages'],
    suggestSoftware: [1],
    suggestTags: [1],
  },
  chat: {
    inbox: [0, 'pages'],
    listMessages: [1, 'pages'],
    searchMessages: [1, 'pages'],
    attachmentUrl: [1],
    listBlocks: [0],
    listReports: [0, 'pages'],
  },
  songs: {
    get: [1],
    list: [0, 'pages'],
    search: [1, 'pages'],
    facets: [1],
    suggest: [1],
    similar: [1],
    recommend: [0],
    listVersions: [1, 'pages'],
    getVersion: [2],
    listFavorites: [0, 'pages'],
    listTrash: [0, 'pages'],
    listTags: [1],
    listTagCategories: [0],
    suggestTags: [1],
  },
  sharing: {
    getRole: [1],
    listShares: [1, 'pages'],
    listReceived: [0, 'pages'],
    listSent: [0, 'pages'],
    listLinks: [1],
    listTransfers: [0],
    listNotices: [0, 'pages'],
  },
  analytics: {
    song: [1],
    profile: [1],
    funnel: [1],
    series: [2],
    topSongs: [0, 'pages'],
  },
} satisfies Record<string, Record<string, [arity: number, kind?: 'pages']>>

/** The names of the reading methods of each domain. */
export type ReadingMethods = { [Domain in keyof typeof table]: keyof (typeof table)[Domain] }

export const readingMethods: Record<string, Record<string, Reading>> = table
