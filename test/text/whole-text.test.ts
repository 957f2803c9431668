import type { Tertulia } from 'tertulia'
import { expect, test } from 'vitest'
import { signUp } from '../support/people.ts'

const half = 'Hola 😀'.slice(0, 6)
const id = '00000000-0000-4000-8000-000000000001'
const nested = { app: [{ label: half }] }

const calls: [field: string, call: (tertulia: Tertulia) => unknown][] = [
  ['content', ({ chat }) => chat.send(id, { content: half })],
  ['metadata.app.0.label', ({ chat }) => chat.send(id, { content: 'x', metadata: nested })],
  ['metadata', ({ chat }) => chat.send(id, { content: 'x', metadata: { [half]: 1 } })],
  ['content', ({ chat }) => chat.editMessage(id, half)],
  ['emoji', ({ chat }) => chat.react(id, half)],
  ['subject', ({ chat }) => chat.createGroup({ subject: half, memberIds: [] })],
  ['metadata.app.0.label', ({ chat }) => chat.createGroup({ subject: 'x', memberIds: [], metadata: nested })],
  ['subject', ({ chat }) => chat.updateGroup(id, { subject: half })],
  ['reason', ({ chat }) => chat.report(id, { reason: half })],
  ['note', ({ chat }) => chat.report(id, { reason: 'x', note: `x\0` })],
  ['query', ({ chat }) => chat.searchMessages(half)],
  ['path', ({ chat }) => chat.removeAttachment(half)],
  ['path', ({ chat }) => chat.attachmentUrl('x\0')],
  [
    'attachments.0.path',
    ({ chat }) => chat.send(id, { content: '', attachments: [{ path: half, name: 'x' }] }),
  ],
  ['displayName', ({ profiles }) => profiles.update({ displayName: half })],
  ['bio', ({ profiles }) => profiles.update({ bio: 'x\0' })],
  [
    'links.0.label',
    ({ profiles }) => profiles.update({ links: [{ label: half, url: 'https://example.com' }] }),
  ],
  ['tags.0', ({ profiles }) => profiles.update({ tags: [half] })],
  ['metadata.app.0.label', ({ profiles }) => profiles.update({ metadata: nested })],
  ['query', ({ profiles }) => profiles.search(half)],
  ['filters.anyTags.0', ({ profiles }) => profiles.search('', { filters: { anyTags: [half] } })],
  ['content', ({ songs }) => songs.create({ content: half })],
  ['title', ({ songs }) => songs.create({ content: 'la', title: half })],
  ['metadata.app.0.label', ({ songs }) => songs.update(id, { metadata: nested })],
  ['1.artist', ({ songs }) => songs.import([{ content: 'la' }, { content: 'la', artist: half }])],
  ['tags.0', ({ songs }) => songs.tag(id, [half])],
  ['query', ({ songs }) => songs.search(half)],
  ['filters.genre.0', ({ songs }) => songs.facets('', { filters: { genre: [half] } })],
  ['prefix', ({ songs }) => songs.suggest(half)],
  ['prefix', ({ profiles }) => profiles.suggestSoftware(half)],
  ['token', ({ sharing }) => sharing.openLink(half)],
  ['message', ({ sharing }) => sharing.share(id, { userId: id, role: 'view', message: half })],
]

test.each(calls)(
  'half a surrogate pair, or NUL, is refused by the name of its field: %s',
  async (field, call) => {
    const { tertulia } = await signUp()
    const error = await Promise.resolve(call(tertulia)).then(
      () => 'nothing was refused',
      (thrown) => thrown,
    )
    expect(error).toMatchObject({ code: 'invalid_input', field })
  },
)
