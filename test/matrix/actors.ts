import { inject } from 'vitest'
import { type Scene, setScene } from '../attack/scene.ts'

/** Who calls. What a role of the database may is one thing; who somebody is to a conversation or a song is another. */
export const actors = [
  'visitor',
  'stranger',
  'former',
  'blocked',
  'deleted',
  'moderator',
  'viewer',
  'editor',
  'admin',
  'participant',
  'owner',
  'service',
] as const
export type Actor = (typeof actors)[number]

/** In the scene: Ana owns the song and made the group, Ben takes part in it, Fred did, Ana blocked Gil, Dora's account is gone. */
const names: Partial<Record<Actor, string>> = {
  stranger: 'eve',
  former: 'fred',
  blocked: 'gil',
  deleted: 'dora',
  moderator: 'judge',
  viewer: 'vera',
  editor: 'edgar',
  admin: 'adam',
  participant: 'ben',
  owner: 'ana',
}

export interface Cast {
  scene: Scene
  idOf(actor: Actor): string
  /** A request to the API as that actor. */
  ask(actor: Actor, path: string, init?: RequestInit): Promise<Response>
  /** How a call ends: `ok`, one of our codes, or the code of PostgreSQL or PostgREST. */
  end(response: Response): Promise<{ code: string; text: string }>
}

/** The scene, with a token for each actor; that of the deleted account goes on until its time is over. */
export async function setCast(): Promise<Cast> {
  const scene = await setScene()
  const { apiUrl, publishableKey, secretKey } = inject('stack')
  const tokens = new Map<Actor, string>([
    ['visitor', publishableKey],
    ['service', secretKey],
  ])
  for (const [actor, name] of Object.entries(names) as [Actor, string][]) {
    const { data } = (await scene.people[name]?.supabase.auth.getSession()) ?? {}
    tokens.set(actor, data?.session?.access_token ?? '')
  }
  await scene.people.dora?.supabase.rpc('delete_account')
  // It was in the group, whose key has turned.
  const { data } =
    (await scene.people.ana?.supabase.rpc('sync_conversation', {
      conversation_id: scene.group,
    })) ?? {}
  scene.key = data.live_key
  return {
    scene,
    idOf: (actor) => scene.people[names[actor] ?? '']?.id ?? '00000000-0000-0000-0000-000000000000',
    ask: (actor, path, init = {}) =>
      fetch(`${apiUrl}${path}`, {
        ...init,
        headers: {
          apikey: actor === 'service' ? secretKey : publishableKey,
          authorization: `Bearer ${tokens.get(actor)}`,
          'content-type': 'application/json',
          ...init.headers,
        },
      }),
    async end(response) {
      const text = await response.text()
      if (response.ok) return { code: 'ok', text }
      const { code, details, statusCode } = JSON.parse(text) as Record<string, string | undefined>
      return {
        code: code === 'TT000' ? JSON.parse(details ?? '{}').code : (code ?? String(statusCode)),
        text,
      }
    },
  }
}
