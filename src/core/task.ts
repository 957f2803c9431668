/** The tasks of operations whose names say too little. */
const tasks: Record<string, string> = {
  'setlists.add': 'add the songs',
  attachmentUrl: 'get the attachment',
  createTertulia: 'create the client',
  discardUnsent: 'discard unsent messages',
  facets: 'count songs',
  funnel: 'read figures',
  getDirect: 'open the conversation',
  headCheck: 'check for changes',
  inbox: 'list the inbox',
  jumpTo: 'find the message',
  leave: 'leave the group',
  listReceived: 'list the shares',
  listFollowing: 'list followed users',
  listSent: 'list the shares',
  listUndelivered: 'list undelivered messages',
  listUnsent: 'list unsent messages',
  listLastSeen: 'list when users were active',
  listPinned: 'list pinned messages',
  loadNewer: 'load messages',
  loadOlder: 'load messages',
  markActive: 'record the activity',
  markRead: 'mark as read',
  move: 'move the entry',
  profile: 'read figures',
  react: 'react to the message',
  remove: 'remove the entry',
  series: 'read figures',
  share: 'offer the share',
  similar: 'find songs',
  song: 'read figures',
  sync: 'check for changes',
  topSongs: 'list songs',
  track: 'track events',
}

/** The object of a domain, for operations with a name of one word: `chat.send`. */
const objects: Record<string, string> = {
  chat: 'message',
  moderation: 'content',
  people: 'user',
  sharing: 'share',
}

/** What an operation does, for its errors: "set the role" of `chat.setRole`, "get the song" of `songs.get`, "list songs" of `songs.list`. */
export function taskOf(operation: string): string {
  const [domain = '', method = operation] = operation.split('.')
  const task = tasks[operation] ?? tasks[method]
  if (task) return task
  if (/^(list|search|suggest|import|recommend)$/.test(method)) return `${method} ${domain}`
  if (/^(un)?(ban|block|follow)$/.test(method)) return `${method} the user`
  const [verb, ...object] = method.replace(/[A-Z]/g, ' $&').toLowerCase().split(' ')
  return `${verb} the ${object.join(' ') || objects[domain] || domain.slice(0, -1)}`
}
