'use server'

import { revalidatePath } from 'next/cache'
import { redirect } from 'next/navigation'
import { isTertuliaError } from 'tertulia'
import { fieldsOf, newSong } from 'tertulia/schemas'
import { connect } from './lib/server'

export async function signIn(form: FormData): Promise<void> {
  const { supabase } = await connect()
  const { error } = await supabase.auth.signInWithPassword({
    email: String(form.get('email')),
    password: String(form.get('password')),
  })
  redirect(error ? '/?refused' : '/')
}

export async function signOut(): Promise<void> {
  const { supabase } = await connect()
  await supabase.auth.signOut()
  redirect('/')
}

export interface AddedSong {
  title?: string
  /** What is wrong, and with which field. */
  refused?: { field: string; message: string }
}

export async function addSong(_before: AddedSong, form: FormData): Promise<AddedSong> {
  const { data, error } = newSong.safeParse({
    content: String(form.get('content') ?? ''),
    language: String(form.get('language') ?? '') || undefined,
    visibility: 'public',
  })
  if (error) {
    const [field = 'content'] = fieldsOf(error)
    return { refused: { field, message: error.issues[0]?.message ?? '' } }
  }
  try {
    const { tertulia } = await connect()
    const { title } = await tertulia.songs.create(data)
    revalidatePath('/')
    return { title }
  } catch (error) {
    // The database checks again: limits, and names that only it knows.
    if (!isTertuliaError(error)) throw error
    return { refused: { field: error.field ?? 'content', message: error.message } }
  }
}
