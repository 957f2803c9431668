import { createClient } from '@supabase/supabase-js'

/** A stack with its secret key, which confirms addresses. */
interface Backend {
  apiUrl: string
  secretKey: string
}

/** Any version of the client. */
interface Client {
  auth: {
    signInWithPassword(credentials: {
      email: string
      password: string
    }): PromiseLike<{ data: { session: unknown }; error: unknown }>
  }
}

interface NewUser {
  email?: string
  password?: string
  /** The user's metadata. */
  data?: object
}

/** Makes a user whose address is confirmed, without a mail, and signs the client in as that user. */
export async function signUpConfirmed(
  client: Client,
  { apiUrl, secretKey }: Backend,
  { email = `${crypto.randomUUID()}@example.com`, password = 'correct-horse-battery', data }: NewUser = {},
) {
  const service = createClient(apiUrl, secretKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  })
  const made = await service.auth.admin.createUser({
    email,
    password,
    user_metadata: data,
    email_confirm: true,
  })
  if (made.error) throw made.error
  const { error } = await client.auth.signInWithPassword({ email, password })
  if (error) throw error
  return { id: made.data.user.id, email, password }
}
