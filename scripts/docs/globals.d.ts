import type { SupabaseClient } from '@supabase/supabase-js'
import type { ReactNode } from 'react'
import type {
  Conversation,
  KeyValueStorage,
  LiveInbox,
  Message,
  OpenConversation,
  Profile,
  Share,
  Song,
  SongLink,
  Tertulia,
  Chat as TertuliaChat,
  Transfer,
} from 'tertulia'
import type { Context } from 'tertulia/chat'
import type { Circle, Circles } from 'tertulia/circles'
import type { Comments } from 'tertulia/comments'
import type { Contacts } from 'tertulia/contacts'
import type { Figures } from 'tertulia/figures'
import type { KeptSongs } from 'tertulia/kept'
import type { Library } from 'tertulia/library'
import type { Moderation } from 'tertulia/moderation'
import type { People } from 'tertulia/people'
import type { NativeAppState, NativeCrypto, NativeNetInfo } from 'tertulia/react-native'
import type { Requests } from 'tertulia/requests'
import type { Setlist, Setlists } from 'tertulia/setlists'
import type { Faults } from 'tertulia/testing'
import type { FakeBackend } from 'tertulia/testing/msw'

// What the examples take as given: a client, and one thing of each kind that it returns.
declare global {
  const supabase: SupabaseClient
  const url: string
  const publishableKey: string
  const tertulia: Tertulia
  type Chat = TertuliaChat
  const context: Context
  const library: Library
  const figures: Figures
  const comments: Comments
  const kept: KeptSongs
  const moderation: Moderation
  const contacts: Contacts
  const people: People
  const circles: Circles
  const circle: Circle
  const requests: Requests
  const setlists: Setlists
  const setlist: Setlist
  const faults: Faults
  const backend: FakeBackend
  function afterEach(run: () => void): void
  const AppState: NativeAppState
  const NetInfo: NativeNetInfo
  const AsyncStorage: KeyValueStorage
  const ExpoCrypto: NativeCrypto
  const asset: { uri: string; fileName: string; mimeType: string }
  const signal: AbortSignal
  // Modules of React Native and of Expo, and what a picker of files returns.
  const me: Profile
  const ben: Profile
  const eve: Profile
  const song: Song
  const share: Share
  const link: SongLink
  const transfer: Transfer
  const inbox: LiveInbox
  const group: Conversation
  const conversation: OpenConversation
  const message: Message
  const text: string
  const id: string
  const query: string
  const userId: string
  const songId: string
  const conversationId: string
  const attachment: Message['attachments'][number]
  const props: { id: string; userId: string; songId: string }
  const file: File
  const button: HTMLButtonElement
  const sheet: HTMLElement
  function Rooms(): ReactNode
}
