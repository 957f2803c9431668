import { expect, test } from 'vitest'

// A reviewer sees here when the surface changes.
test.each([
  ['tertulia', () => import('tertulia')],
  ['tertulia/profiles', () => import('tertulia/profiles')],
  ['tertulia/chat', () => import('tertulia/chat')],
  ['tertulia/songs', () => import('tertulia/songs')],
  ['tertulia/sharing', () => import('tertulia/sharing')],
  ['tertulia/analytics', () => import('tertulia/analytics')],
  ['tertulia/figures', () => import('tertulia/figures')],
  ['tertulia/chordpro', () => import('tertulia/chordpro')],
  ['tertulia/diagrams', () => import('tertulia/diagrams')],
  ['tertulia/diagrams/guitar', () => import('tertulia/diagrams/guitar')],
  ['tertulia/diagrams/ukulele', () => import('tertulia/diagrams/ukulele')],
  ['tertulia/diagrams/piano', () => import('tertulia/diagrams/piano')],
  ['tertulia/diff', () => import('tertulia/diff')],
  ['tertulia/images', () => import('tertulia/images')],
  ['tertulia/import', () => import('tertulia/import')],
  ['tertulia/people', () => import('tertulia/people')],
  ['tertulia/moderation', () => import('tertulia/moderation')],
  ['tertulia/offline', () => import('tertulia/offline')],
  ['tertulia/contacts', () => import('tertulia/contacts')],
  ['tertulia/circles', () => import('tertulia/circles')],
  ['tertulia/requests', () => import('tertulia/requests')],
  ['tertulia/setlists', () => import('tertulia/setlists')],
  ['tertulia/comments', () => import('tertulia/comments')],
  ['tertulia/library', () => import('tertulia/library')],
  ['tertulia/query', () => import('tertulia/query')],
  ['tertulia/react', () => import('tertulia/react')],
  ['tertulia/react-native', () => import('tertulia/react-native')],
  ['tertulia/schemas', () => import('tertulia/schemas')],
  ['tertulia/svelte', () => import('tertulia/svelte')],
  ['tertulia/vue', () => import('tertulia/vue')],
  ['tertulia/testing', () => import('tertulia/testing')],
  ['tertulia/testing/msw', () => import('tertulia/testing/msw')],
])('%s exports these names', async (_entry, load) => {
  expect(Object.keys(await load()).sort()).toMatchSnapshot()
})
