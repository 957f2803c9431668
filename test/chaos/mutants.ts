/**
 * Ways to break the SDK, each by a change or a few of its source: with any of them the suite must fail, or it shows nothing.
 * The changes are made while the files are loaded; nothing in the package knows of it.
 */
interface Change {
  file: string
  find: string
  replace: string
}

export const mutants: Record<string, Change[]> = {
  /** After the first synchronisation none follows: gaps stay, and so does what was missed while away. */
  'no-catch-up': [
    {
      file: 'src/live/handle.ts',
      find: 'const outcome = await parts.synchronise()',
      replace:
        "const outcome = synchronised ? 'complete' : await parts.synchronise()\n        synchronised = true",
    },
    {
      file: 'src/live/handle.ts',
      find: '  let attempt = 0\n',
      replace: '  let attempt = 0\n  let synchronised = false\n',
    },
  ],
  /** What the cache keeps is taken for what the database has. */
  'cache-never-invalidated': [
    {
      file: 'src/offline/cache.ts',
      find: 'let isRead = false',
      replace: 'let isRead = false\n    let isKept = false',
    },
    {
      file: 'src/offline/cache.ts',
      find: 'later.showReads(handle)\n',
      replace: 'later.showReads(handle)\n      isKept = true\n',
    },
    {
      file: 'src/offline/cache.ts',
      find: 'const outcome = await parts.synchronise()',
      replace: "const outcome = isKept ? 'complete' : await parts.synchronise()",
    },
  ],
  /** A broadcast that was lost with nothing after it stays lost, where no inbox is open. */
  'no-head-check': [
    {
      file: 'src/chat/head-check.ts',
      find: 'if (head) conversation.hear(head)\n      else conversation.catchUp()',
      replace: 'if (head) continue\n      else conversation.catchUp()',
    },
  ],
  /** How far the others have read is heard while it is said, and asked for never. */
  'receipts-by-client-only': [
    { file: 'src/chat/conversation/timeline.ts', find: 'read(answer.marks)', replace: 'read({})' },
    {
      file: 'src/chat/conversation/open-conversation.ts',
      find: '            hearMarks(marks)\n',
      replace: '',
    },
    {
      file: 'src/chat/inbox/inbox-state.ts',
      find: 'read(conversationId, answer.marks[conversationId]!)',
      replace: 'read(conversationId, {})',
    },
  ],
  /** Each attempt is a message of its own. */
  'no-idempotency': [
    {
      file: 'src/chat/messages/send.ts',
      find: 'const { userId, conversationId, id: messageId, content,',
      replace: 'const messageId = newId(context.random)\n  const { userId, conversationId, content,',
    },
  ],
  /** What is unsent rests unless some conversation is open. */
  'outbox-rests': [
    {
      file: 'src/chat/outbox/outbox.ts',
      find: 'if (waiting({}).length === 0) return',
      replace: 'if (![...shown.keys()].some(({ conversationId }) => conversationId)) return',
    },
  ],
  /** Of two actions on one message the faster one wins. */
  'actions-overtake': [
    {
      file: 'src/chat/conversation/conversation-actions.ts',
      find: 'return inTurn(',
      replace: 'return ((_owner: object, _name: string, act: () => Promise<Message>) => act())(',
    },
  ],
  /** A message that came by broadcast before its answer shows among those that are unsent as well. */
  'no-outbox-dedupe': [
    {
      file: 'src/chat/conversation/open-conversation.ts',
      find: '.filter((one) => !timeline.has(one.id))',
      replace: '',
    },
  ],
}

/** The files that a mutant changes. */
export const filesOf = (name: string): string[] => [...new Set(changesOf(name).map(({ file }) => file))]

/** The source of a file with the changes in it. Throws when the source has moved on and a change no longer fits. */
export function mutate(source: string, name: string, file: string): string {
  return changesOf(name).reduce((changed, change) => {
    if (change.file !== file) return changed
    const parts = changed.split(change.find)
    if (parts.length === 2) return parts.join(change.replace)
    const found = `${file} has "${change.find.trim()}" ${parts.length - 1} times`
    throw new Error(`${found}: correct the mutant ${name}`)
  }, source)
}

function changesOf(name: string): Change[] {
  const changes = mutants[name]
  if (!changes) throw new Error(`there is no mutant ${name}, only ${Object.keys(mutants).join(', ')}`)
  return changes
}
