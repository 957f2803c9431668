export { createFakeBackend, handlers } from './backend.ts'
export type { FakeBackend, FakeBackendOptions, FakeFailure, FakeHandler } from './fake-backend.ts'
export {
  type ConversationFixture,
  type Fixtures,
  fixtureId,
  fixtures,
  type MessageFixture,
  type SongFixture,
  type UserFixture,
} from './fixtures.ts'
export type { FakeOperation } from './operations.ts'
