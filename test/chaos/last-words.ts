import { pause } from './operations.ts'
import type { World } from './world.ts'

/**
 * The end of the storm for the device without an inbox: it does not hear a message, nor that it was read, and nothing comes after them
 * that would show the loss. Only its own check finds them.
 */
export async function loseLastWords({ devices, conversationIds, intents }: World): Promise<void> {
  const deaf = devices.find(({ inbox }) => !inbox)
  const [sender, reader] = devices.filter((device) => device !== deaf)
  // The conversation of these two people.
  const conversationId = conversationIds[1]
  if (!deaf || !sender || !reader || !conversationId) throw new Error('nobody is there')
  await Promise.all([sender.calm(), reader.calm()])
  deaf.faults.update({ drop: 1 })
  const messageId = crypto.randomUUID()
  const content = `${sender.name} says ${intents.length} at last`
  await sender.client.sendOnce(conversationId, messageId, content)
  intents.push({ conversationId, speaker: 'last words', messageId, content, acknowledged: true })
  await reader.client.markRead(conversationId)
  // On its way to nobody.
  await pause(50)
}
