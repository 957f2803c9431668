import type { Conversation } from 'tertulia'
import type { Words } from '../words/index.ts'

/** Gives the name of a user of a conversation, also of one who left it. */
export function namesOf(conversation: Conversation | null, userId: string, t: Words) {
  const names = new Map<string, string>()
  for (const one of [...(conversation?.formerParticipants ?? []), ...(conversation?.participants ?? [])]) {
    names.set(one.id, one.displayName)
  }
  return (id: string): string => (id === userId ? t.you : (names.get(id) ?? t.formerMember))
}
