/**
 * Ways to break the SDK, each by one change of its source: with any of them the suite must fail, or it shows nothing.
 * The change is made while the file is loaded; nothing in the package knows of it.
 */
export const mutants: Record<string, { file: string; find: string; replace: string }> = {
  /** After the first synchronisation none follows: gaps stay, and so does what was missed while away. */
  'no-catch-up': {
    file: 'src/chat/open-conversation.ts',
    find: 'if (isClosed()) return Promise.resolve()\n',
    replace:
      "if (isClosed()) return Promise.resolve()\n    if (timeline.revision() !== null) {\n      become(joined ? 'live' : status, null)\n      return Promise.resolve()\n    }\n",
  },
  /** A broadcast that was lost with nothing after it stays lost. */
  'no-head-check': {
    file: 'src/chat/head-check.ts',
    find: 'head > (conversation.revision() ?? -1)',
    replace: 'head < 0',
  },
  /** Each attempt is a message of its own. */
  'no-idempotency': {
    file: 'src/chat/send.ts',
    find: ".rpc('send_message', row)",
    replace: ".rpc('send_message', { ...row, message_id: newId(context.random) })",
  },
}

/** The source with the change in it. Throws when the source has moved on and the change no longer fits. */
export function mutate(source: string, name: string): string {
  const mutant = mutants[name]
  if (!mutant) throw new Error(`there is no mutant ${name}, only ${Object.keys(mutants).join(', ')}`)
  const parts = source.split(mutant.find)
  if (parts.length !== 2) {
    throw new Error(
      `${mutant.file} has "${mutant.find.trim()}" ${parts.length - 1} times: correct the mutant ${name}`,
    )
  }
  return parts.join(mutant.replace)
}
