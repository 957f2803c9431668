import type { Conversation, Message } from 'tertulia'
import type { Words } from '../words/index.ts'

/** Gives the name of a user of a conversation, also of one who left it. */
export function namesOf(conversation: Conversation | null, userId: string, t: Words) {
  const names = new Map<string, string>()
  for (const one of [...(conversation?.formerParticipants ?? []), ...(conversation?.participants ?? [])]) {
    names.set(one.id, one.displayName)
  }
  return (id: string): string => (id === userId ? t.you : (names.get(id) ?? t.formerMember))
}

/** What a system message says; empty for a type that this version does not know. */
export function systemText({ system }: Message, nameOf: (id: string) => string, t: Words): string {
  const about = system?.type === 'renamed' ? system.value : system?.userIds.map(nameOf).join(', ')
  const what = system && t.system[system.type]
  return what ? [what, about].filter(Boolean).join(': ') : ''
}
