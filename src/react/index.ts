export { TertuliaProvider, useTertulia } from './provider.ts'
export { useConversation, useDirect } from './use-conversation.ts'
export { useInbox } from './use-inbox.ts'
export type { Live } from './use-live.ts'
