export { TertuliaProvider, useTertulia } from './provider.ts'
export { useConversation, useDirect } from './use-conversation.ts'
export type { Live } from './use-live.ts'
