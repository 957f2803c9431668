import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { answerMail } from './api.ts'
import type { Mailbox } from './mailbox.ts'

export interface MailServer {
  port: number
  close(): Promise<void>
}

/** Shows the mails at a port of their own, as the Supabase CLI does. */
export async function startMailServer(mailbox: Mailbox, port: number): Promise<MailServer> {
  const listener = getRequestListener((request) => answerMail(mailbox, request), {
    overrideGlobalObjects: false,
  })
  const server = createServer(listener)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
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
