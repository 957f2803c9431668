import { fileURLToPath } from 'node:url'
import { build, createServer, type InlineConfig, preview } from 'vite'

export interface Project {
  apiUrl: string
  publishableKey: string
}

export interface Served {
  /** Where the app is. */
  url: string
  close(): Promise<void>
}

const host = '127.0.0.1'

function configFor({ apiUrl, publishableKey }: Project): InlineConfig {
  return {
    configFile: fileURLToPath(new URL('vite.config.ts', import.meta.url)),
    logLevel: 'warn',
    clearScreen: false,
    define: {
      'import.meta.env.VITE_SUPABASE_URL': JSON.stringify(apiUrl),
      'import.meta.env.VITE_SUPABASE_PUBLISHABLE_KEY': JSON.stringify(publishableKey),
    },
  }
}

/** Serves the app's sources on port 5173, or the next one that is free; a change of them shows at once. */
export async function serveSources(project: Project): Promise<Served> {
  const own = process.listeners('SIGTERM')
  const server = await createServer({ ...configFor(project), server: { host, port: 5173 } })
  // Vite would end the process at once; whoever called this has more to close.
  for (const listener of process.listeners('SIGTERM')) {
    if (!own.includes(listener)) process.off('SIGTERM', listener)
  }
  await server.listen()
  return { url: addressOf(server.resolvedUrls), close: () => server.close() }
}

/**
 * Builds the app into a folder and serves that, on a free port. `strict` builds it as for development, where strict mode mounts
 * every component twice.
 */
export async function serveBuild(project: Project, outDir: string, strict = false): Promise<Served> {
  const { define, ...rest } = configFor(project)
  const config = {
    ...rest,
    define: strict ? { ...define, 'process.env.NODE_ENV': '"development"' } : define,
    build: { outDir, emptyOutDir: true, chunkSizeWarningLimit: 2000 },
  }
  await build(config)
  const server = await preview({ ...config, preview: { host, port: 0 } })
  return { url: addressOf(server.resolvedUrls), close: () => server.close() }
}

function addressOf(urls: { local: string[] } | null): string {
  const [url] = urls?.local ?? []
  if (!url) throw new Error('unable to serve the demo; Vite names no address')
  return url
}
