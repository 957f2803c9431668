import { onTestFinished, vi } from 'vitest'

/** An Edge Function as the platform serves it, with these variables; it is loaded anew for each call of this. */
export async function serveFunction(name: string, env: Record<string, string>) {
  let served: ((request: Request) => Promise<Response>) | undefined
  vi.stubGlobal('Deno', {
    env: { get: (variable: string) => env[variable] },
    serve: (handler: typeof served) => {
      served = handler
    },
  })
  onTestFinished(() => void vi.unstubAllGlobals())
  vi.resetModules()
  await import(`../../supabase/functions/${name}/index.ts`)
  return async (headers: HeadersInit): Promise<Response> => {
    if (!served) throw new Error(`${name} serves nothing`)
    return await served(new Request('http://functions', { method: 'POST', headers }))
  }
}
