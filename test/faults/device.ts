import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from '@supabase/supabase-js'
import { createTertulia, isTertuliaError, type Tertulia } from '../../src/index.ts'

/** Where a device is signed in, and what it keeps. */
export interface DeviceOptions {
  apiUrl: string
  publishableKey: string
  userId: string
  session: string
  /** Of its storage, which outlives it. */
  folder: string
  conversationId: string
}

/** Called at every step of what a device does: before and after each request and each write to its storage. */
export type Step = (label: string) => Promise<void> | void

export interface Device {
  tertulia: Tertulia
  options: DeviceOptions
  close(): Promise<void>
}

/** Signs a device in whose every step can be stopped at. */
export function openDevice(options: DeviceOptions, step: Step): Device {
  mkdirSync(options.folder, { recursive: true })
  const fileOf = (key: string) => join(options.folder, encodeURIComponent(key))
  const storage = {
    getItem(key: string) {
      try {
        return readFileSync(fileOf(key), 'utf8')
      } catch {
        return null
      }
    },
    async setItem(key: string, value: string) {
      await step('before a write to storage')
      writeFileSync(`${fileOf(key)}~`, value)
      renameSync(`${fileOf(key)}~`, fileOf(key))
      await step('after a write to storage')
    },
    async removeItem(key: string) {
      await step('before a removal from storage')
      rmSync(fileOf(key), { force: true })
      await step('after a removal from storage')
    },
  }
  let { session } = options
  const supabase = createClient(options.apiUrl, options.publishableKey, {
    auth: {
      autoRefreshToken: false,
      storageKey: 'session',
      storage: {
        getItem: () => session,
        setItem: (_key, value) => {
          session = value
        },
        removeItem: () => {},
      },
    },
    realtime: { reconnectAfterMs: () => 50 },
    global: {
      async fetch(input, init) {
        const name = new URL(String(input instanceof Request ? input.url : input)).pathname.split('/').at(-1)
        await step(`before ${name}`)
        const asked = fetch(input, init)
        asked.catch(() => {})
        // It has left, and nothing has come back yet.
        await new Promise((resolve) => setTimeout(resolve, 2))
        await step(`during ${name}`)
        const answer = await asked
        const body = await answer.arrayBuffer()
        await step(`after ${name}`)
        return new Response(answer.status === 204 ? null : body, answer)
      },
    },
  })
  return {
    tertulia: createTertulia(supabase, { storage, timeoutMs: 5_000 }),
    options,
    async close() {
      await supabase.removeAllChannels()
      await supabase.realtime.disconnect()
    },
  }
}

/** What a device was told is done; it must be there for ever. */
export type Acknowledged =
  | { kind: 'message'; content: string }
  | { kind: 'file'; path: string; bytes: string }
  | { kind: 'song'; id: string; title: string }
  | { kind: 'deleted song'; id: string }

type Tell = (done: Acknowledged) => void

/** Does something until it succeeds, as an app may whose errors say that they are worth a retry. */
async function insist<T>(what: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 120_000
  for (;;) {
    try {
      return await what()
    } catch (error) {
      if (!isTertuliaError(error) || !error.retryable || Date.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

/** Waits until the outbox is empty and the conversation is live. */
export async function drain({ tertulia, options }: Device): Promise<void> {
  const conversation = tertulia.chat.openConversation(options.conversationId)
  const deadline = Date.now() + 120_000
  for (;;) {
    const { status, pending } = conversation.getSnapshot()
    if (status === 'live' && pending.length === 0) break
    if (Date.now() > deadline) throw new Error(`still ${status}, ${pending.length} pending`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  conversation.close()
}

/** What a device does in a run; `name` makes it one of its kind. */
export const tasks: Record<string, (device: Device, name: string, tell: Tell) => Promise<void>> = {
  async send(device, name, tell) {
    const { conversationId } = device.options
    const conversation = device.tertulia.chat.openConversation(conversationId)
    for (const n of [1, 2]) {
      await conversation.send({ content: `${name} ${n}` })
      tell({ kind: 'message', content: `${name} ${n}` })
    }
    await drain(device)
    conversation.close()
    const content = `${name} direct`
    const id = crypto.randomUUID()
    await insist(() => device.tertulia.chat.send(conversationId, { id, content }))
    tell({ kind: 'message', content })
  },
  async upload(device, name, tell) {
    const { conversationId } = device.options
    const upload = () =>
      device.tertulia.chat.uploadAttachment(
        conversationId,
        new File([name], `${name}.txt`, { type: 'text/plain' }),
      )
    const file = await insist(upload)
    tell({ kind: 'file', path: file.path, bytes: name })
    const message = { id: crypto.randomUUID(), content: `${name} with a file`, attachments: [file] }
    await insist(() => device.tertulia.chat.send(conversationId, message))
    tell({ kind: 'message', content: message.content })
  },
  async save(device, name, tell) {
    const { songs } = device.tertulia
    const id = crypto.randomUUID()
    const content = (title: string) => `{title: ${title}}\n[Am]Sube la luna de [E7]cobre`
    for (const title of [name, `${name} again`]) {
      await insist(() =>
        title === name
          ? songs.create({ id, content: content(title), visibility: 'public' })
          : songs.update(id, { content: content(title) }),
      )
      tell({ kind: 'song', id, title })
    }
    const second = crypto.randomUUID()
    await insist(() => songs.create({ id: second, content: content(`${name} going`) }))
    await insist(() =>
      songs.delete(second).catch((error: { code?: string }) => {
        // The answer before was lost.
        if (error.code !== 'song_not_found') throw error
      }),
    )
    tell({ kind: 'deleted song', id: second })
  },
}
