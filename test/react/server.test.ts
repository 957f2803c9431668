import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { createTertulia } from 'tertulia'
import { TertuliaProvider, useConversation, useDirect, useInbox, useTertulia } from 'tertulia/react'
import { expect, test } from 'vitest'
import { connect } from '../support/people.ts'

function Room({ id }: { id: string }) {
  const { snapshot, handle, error } = useConversation(id)
  const direct = useDirect(null)
  const inbox = useInbox()
  return createElement('p', null, JSON.stringify([snapshot, handle, error, direct.snapshot, inbox.snapshot]))
}

function Lost() {
  return createElement('p', null, String(useTertulia()))
}

test('on a server a conversation and the inbox render as not open yet, and nothing is opened', async () => {
  const supabase = connect()
  const requests: string[] = []
  const tertulia = createTertulia(supabase, { onOperation: ({ operation }) => requests.push(operation) })
  const html = renderToString(
    createElement(TertuliaProvider, { tertulia }, createElement(Room, { id: crypto.randomUUID() })),
  )
  expect(html).toBe('<p>[null,null,null,null,null]</p>')
  expect(supabase.getChannels()).toEqual([])
  expect(requests).toEqual([])
})

test('a hook without a provider says what is missing', () => {
  expect(() => renderToString(createElement(Lost))).toThrow(/TertuliaProvider/)
})
