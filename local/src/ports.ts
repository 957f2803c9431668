import { createServer } from 'node:net'
import { stackError } from './stack-error.ts'

/** Resolves the port that was asked for, or a free one for 0; throws `port_taken` when somebody listens there. */
export async function claimPort(port: number, option: string): Promise<number> {
  return await new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE'
      reject(
        stackError(
          'port_taken',
          `unable to use port ${port}; ${taken ? 'another program listens there' : cause.message}`,
          {
            hint: `stop that program or choose another port with ${option}`,
            cause,
          },
        ),
      )
    })
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : port))
    })
  })
}
