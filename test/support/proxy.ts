import { connect, createServer, type Socket } from 'node:net'
import { inject, onTestFinished } from 'vitest'
import { listen } from './listen.ts'

/** A way to the API that can be cut. */
export interface Proxy {
  apiUrl: string
  /** Ends every connection, HTTP and socket, without a farewell. */
  cut(): void
  /** Refuses new connections until `restore()`, and ends those that are there. */
  block(): void
  /** Passes nothing on any more, while every connection looks open, until `restore()`. */
  freeze(): void
  restore(): void
}

/** Puts a TCP proxy between a client and the stack, for the time of the test. */
export async function openProxy(): Promise<Proxy> {
  const target = new URL(inject('stack').apiUrl)
  const sockets = new Set<Socket>()
  let blocked = false
  let frozen = false
  const server = createServer((client) => {
    if (blocked) return void client.destroy()
    const upstream = connect(Number(target.port), target.hostname)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      if (!frozen) socket.pipe(other)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
  })
  const apiUrl = await listen(server)
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  onTestFinished(cut)
  return {
    apiUrl,
    cut,
    block() {
      blocked = true
      cut()
    },
    freeze() {
      frozen = true
      for (const socket of sockets) socket.unpipe().pause()
    },
    restore() {
      blocked = false
      if (frozen) cut()
      frozen = false
    },
  }
}
