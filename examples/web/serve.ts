import { fileURLToPath } from 'node:url'
import { build, createServer, type InlineConfig, preview } from 'vite'

export interface Project {
  apiUrl: string
  publishableKey: string
}

export interface Served {
  /** Where the app is. */
  url: string
  /** Where other devices of the network find it; empty unless a `host` was given. */
  networkUrls: string[]
  close(): Promise<void>
}

/** Which addresses to listen on: this machine's own, all of them (`true`), or one by name. */
export type Host = string | true

const ownHost = '127.0.0.1'
/** Under this path the app's own server passes requests on to the stack, which listens on this machine alone. */
const stackPath = '/stack'

function configFor({ apiUrl, publishableKey }: Project, host: Host): InlineConfig {
  const shared = { host, strictPort: false, allowedHosts: ['.local'] }
  const proxy = {
    [stackPath]: { target: apiUrl, ws: true, rewrite: (path: string) => path.slice(stackPath.length) },
  }
  return {
    configFile: fileURLToPath(new URL('vite.config.ts', import.meta.url)),
    logLevel: 'warn',
    clearScreen: false,
    server: { ...shared, port: 5173, proxy },
    preview: { ...shared, port: 0, proxy },
    define: {
      // A phone knows the address of the page, and not that of the stack.
      'import.meta.env.VITE_SUPABASE_URL': JSON.stringify(host === ownHost ? apiUrl : stackPath),
      'import.meta.env.VITE_SUPABASE_PUBLISHABLE_KEY': JSON.stringify(publishableKey),
    },
  }
}

/** Serves the app's sources on port 5173, or the next one that is free; a change of them shows at once. */
export async function serveSources(project: Project, host: Host = ownHost): Promise<Served> {
  const own = process.listeners('SIGTERM')
  const server = await createServer(configFor(project, host))
  // Vite would end the process at once; whoever called this has more to close.
  for (const listener of process.listeners('SIGTERM')) {
    if (!own.includes(listener)) process.off('SIGTERM', listener)
  }
  await server.listen()
  return { ...addressesOf(server.resolvedUrls), close: () => server.close() }
}

/**
 * Builds the app into a folder and serves that, on a free port. `strict` builds it as for development, where strict mode mounts
 * every component twice.
 */
export async function serveBuild(
  project: Project,
  outDir: string,
  strict = false,
  host: Host = ownHost,
): Promise<Served> {
  const { define, ...rest } = configFor(project, host)
  const config = {
    ...rest,
    define: strict ? { ...define, 'process.env.NODE_ENV': '"development"' } : define,
    build: { outDir, emptyOutDir: true, chunkSizeWarningLimit: 2000 },
  }
  await build(config)
  const server = await preview(config)
  return { ...addressesOf(server.resolvedUrls), close: () => server.close() }
}

function addressesOf(urls: { local: string[]; network: string[] } | null): Omit<Served, 'close'> {
  const [url = urls?.network[0]] = urls?.local ?? []
  if (!url) throw new Error('unable to serve the demo; Vite names no address')
  return { url, networkUrls: urls?.network ?? [] }
}
