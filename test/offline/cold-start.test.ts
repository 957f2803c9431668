import { expect, test, vi } from 'vitest'
import { createScene, within } from './support.ts'

test.each([
  ['a valid session', false],
  ['an expired one', true],
])(
  'with %s and no network, what was seen shows, not confirmed; what is written goes once',
  async (_what, isExpired) => {
    const { ben, id, phone, proxy, start, visit } = await createScene()
    await visit()
    if (isExpired) phone.expire()
    proxy.block()
    const { tertulia } = start()
    const inbox = tertulia.chat.watchInbox()
    const conversation = tertulia.chat.openConversation(id)
    await vi.waitFor(() => {
      expect(inbox.getSnapshot()).toMatchObject({
        loaded: true,
        confirmed: false,
        unread: 3,
        hasMore: false,
        items: [{ counterpart: { displayName: 'Ben' }, lastMessage: { content: 'three' }, unread: 3 }],
      })
      expect(conversation.getSnapshot()).toMatchObject({
        confirmed: false,
        messages: [{ content: 'one' }, { content: 'two' }, { content: 'three' }],
        conversation: { participants: [{}, {}], createdAt: expect.any(Date) },
        hasOlder: false,
      })
    }, within)
    await conversation.send({ content: 'from the tunnel' })
    expect(conversation.getSnapshot().pending).toMatchObject([{ content: 'from the tunnel' }])
    proxy.restore()
    await vi.waitFor(
      () => {
        expect(conversation.getSnapshot()).toMatchObject({ confirmed: true, status: 'live', pending: [] })
        expect(conversation.getSnapshot().messages.map(({ content }) => content)).toEqual([
          'one',
          'two',
          'three',
          'from the tunnel',
        ])
        expect(inbox.getSnapshot()).toMatchObject({
          confirmed: true,
          items: [{ lastMessage: { content: 'from the tunnel' } }],
        })
      },
      { ...within, timeout: 45_000 },
    )
    const { items } = await ben.tertulia.chat.listMessages(id)
    expect(items).toHaveLength(4)
  },
)
