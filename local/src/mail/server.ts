import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { answerMail } from './api.ts'
import type { Mailbox } from './mailbox.ts'

export interface MailServer {
  port: number
  close(): Promise<void>
}

/** Shows the mails at a port of their own, as the Supabase CLI does; at a free one when that is taken. */
export async function startMailServer(mailbox: Mailbox, port: number): Promise<MailServer> {
  const listener = getRequestListener((request) => answerMail(mailbox, request), {
    overrideGlobalObjects: false,
  })
  const server = createServer(listener)
  await listen(server, port).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    await listen(server, 0)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : port,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}
