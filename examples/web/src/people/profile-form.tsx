import { type FormEvent, useId, useState } from 'react'
import type { Profile } from 'tertulia'
import { useAnswer } from 'tertulia/react'
import { tertulia } from '../client.ts'
import { Heading } from '../shell/heading.tsx'
import { linkTo } from '../shell/use-route.ts'
import { Failure } from '../ui/failure.tsx'
import { useAttempt } from '../ui/use-attempt.ts'
import { useWords } from '../words/index.ts'
import { AvatarForm } from './avatar-form.tsx'

const listOf = (value: FormDataEntryValue | null) =>
  String(value ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean)

/** The form of the user's own profile. */
export function ProfileForm({ profile, onSaved }: { profile: Profile; onSaved(): void }) {
  const t = useWords()
  const { failure, busy, attempt } = useAttempt()
  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const text = (name: string) => String(form.get(name) ?? '').trim()
    const link = text('link')
    const isDone = await attempt(() =>
      tertulia.profiles.update({
        displayName: text('displayName'),
        ...(text('handle') ? { handle: text('handle') } : {}),
        bio: text('bio'),
        country: text('country').toUpperCase() || null,
        experienceYears: text('experienceYears') ? Number(text('experienceYears')) : null,
        professionalTypes: listOf(form.get('professionalTypes')),
        languages: listOf(form.get('languages')),
        software: listOf(form.get('software')),
        tags: listOf(form.get('tags')),
        links: [...profile.links.slice(1), ...(link ? [{ label: new URL(link).hostname, url: link }] : [])],
        openToWork: form.get('openToWork') === 'on',
        availableFrom: text('availableFrom') || null,
        isListed: form.get('isListed') === 'on',
      }),
    )
    if (!isDone) return
    onSaved()
    location.hash = linkTo('me')
  }
  return (
    <div className="stack">
      <Heading title={t.editProfile} />
      <AvatarForm profile={profile} onSaved={onSaved} />
      <form className="stack" onSubmit={submit}>
        <div className="pair">
          <Field name="displayName" label={t.displayName} value={profile.displayName} required />
          <Field name="handle" label={t.handle} value={profile.handle ?? ''} />
        </div>
        <label className="field">
          {t.bio}
          <textarea name="bio" rows={4} maxLength={2000} defaultValue={profile.bio} />
        </label>
        <div className="pair">
          <Field name="country" label={t.countryCode} value={profile.country ?? ''} maxLength={2} />
          <Field
            name="experienceYears"
            label={t.experienceYears}
            value={String(profile.experienceYears ?? '')}
            type="number"
          />
        </div>
        <Field name="professionalTypes" label={t.types} value={profile.professionalTypes.join(', ')} />
        <Field name="languages" label={t.languageCodes} value={profile.languages.join(', ')} />
        <Suggested name="software" label={t.software} value={profile.software.join(', ')} />
        <Suggested name="tags" label={t.tags} value={profile.tags.map(({ name }) => name).join(', ')} />
        <Field name="link" label={t.address} value={profile.links[0]?.url ?? ''} type="url" />
        <div className="pair">
          <label className="check">
            <input type="checkbox" name="openToWork" defaultChecked={profile.openToWork} /> {t.openToWork}
          </label>
          <Field
            name="availableFrom"
            label={t.availableFromLabel}
            value={profile.availableFrom ?? ''}
            type="date"
          />
        </div>
        <label className="check">
          <input type="checkbox" name="isListed" defaultChecked={profile.isListed} /> {t.isListed}
        </label>
        {failure !== null && <Failure error={failure} />}
        <p className="buttons">
          <button type="submit" className="primary" disabled={busy}>
            {t.save}
          </button>
          <a className="action" href={linkTo('me')}>
            {t.cancel}
          </a>
        </p>
      </form>
    </div>
  )
}

interface FieldProps {
  name: string
  label: string
  value: string
  type?: string
  required?: boolean
  maxLength?: number
}

function Field({ name, label, value, type = 'text', required = false, maxLength = 200 }: FieldProps) {
  return (
    <label className="field">
      {label}
      <input name={name} type={type} defaultValue={value} required={required} maxLength={maxLength} />
    </label>
  )
}

/** A list with commas, whose last word is completed with what others wrote. */
function Suggested({ name, label, value }: { name: 'software' | 'tags'; label: string; value: string }) {
  const [typed, setTyped] = useState(value)
  const [touched, setTouched] = useState(false)
  const list = useId()
  const at = typed.lastIndexOf(',') + 1
  const prefix = typed.slice(at).trim()
  const { profiles } = tertulia
  const { data } = useAnswer<{ name: string }[]>(
    profiles,
    touched && prefix !== '' ? `${name} ${prefix}` : null,
    (signal) =>
      name === 'software'
        ? profiles.suggestSoftware(prefix, { limit: 6, signal })
        : profiles.suggestTags(prefix, { limit: 6, signal }),
    { delay: 150, keep: true },
  )
  const before = typed.slice(0, at)
  return (
    <label className="field">
      {label}
      <input
        name={name}
        list={list}
        value={typed}
        onChange={(event) => {
          setTouched(true)
          setTyped(event.target.value)
        }}
      />
      <datalist id={list}>
        {data?.map((one) => (
          <option key={one.name} value={`${before}${before ? ' ' : ''}${one.name}`} />
        ))}
      </datalist>
    </label>
  )
}
