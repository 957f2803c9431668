/** The tasks of operations whose names say too little. */
const tasks: Record<string, string> = {
  attachmentUrl: 'get the attachment',
  block: 'block the user',
  facets: 'count songs',
  funnel: 'read figures',
  getDirect: 'open the conversation',
  headCheck: 'check for changes',
  inbox: 'list the inbox',
  jumpTo: 'find the message',
  leave: 'leave the group',
  listReceived: 'list the shares',
  listSent: 'list the shares',
  loadNewer: 'load messages',
  loadOlder: 'load messages',
  markRead: 'mark as read',
  profile: 'read figures',
  react: 'react',
  series: 'read figures',
  share: 'share the song',
  similar: 'find songs',
  song: 'read figures',
  sync: 'check for changes',
  topSongs: 'list songs',
  track: 'track events',
  unblock: 'unblock the user',
}

/** What a domain is about, in names of one word: `chat.send`. */
const objects: Record<string, string> = { chat: 'message', sharing: 'share' }

/** What an operation does, for its errors: "set the role" of `chat.setRole`, "get the song" of `songs.get`, "list songs" of `songs.list`. */
export function taskOf(operation: string): string {
  const [domain = '', method = operation] = operation.split('.')
  if (tasks[method]) return tasks[method]
  if (/^(list|search|suggest|import|recommend)$/.test(method)) return `${method} ${domain}`
  const [verb, ...object] = method.replace(/[A-Z]/g, ' $&').toLowerCase().split(' ')
  return `${verb} the ${object.join(' ') || objects[domain] || domain.slice(0, -1)}`
}
