import { type FormEvent, useState } from 'react'
import type { Conversation, Participant } from 'tertulia'
import { people, tertulia } from '../client.ts'
import { BlockButton } from '../people/block-button.tsx'
import { linkTo } from '../shell/use-route.ts'
import { Failure } from '../ui/failure.tsx'
import { useAttempt } from '../ui/use-attempt.ts'
import { useWords } from '../words/index.ts'

/** What a user does with the other one of a direct conversation: look, agree on a job, review, block. */
export function DirectPanel({ conversation, other }: { conversation: Conversation; other: Participant }) {
  const t = useWords()
  const { failure, busy, attempt } = useAttempt()
  const [agreed, setAgreed] = useState(false)
  const [reviews, setReviews] = useState(false)
  async function agree() {
    setAgreed(await attempt(() => tertulia.analytics.recordConversion(conversation.id)))
  }
  async function review(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const given = { rating: Number(form.get('rating')), content: String(form.get('content')).trim() }
    if (await attempt(() => people.review(conversation.id, given))) setReviews(false)
  }
  return (
    <div className="stack">
      <div className="choices">
        <a className="button" href={linkTo('people', other.id)}>
          {t.profile}
        </a>
        <button type="button" disabled={busy || agreed} aria-pressed={agreed} onClick={agree}>
          {t.weAgreed}
        </button>
        <button type="button" aria-expanded={reviews} onClick={() => setReviews(!reviews)}>
          {t.review}
        </button>
        <BlockButton userId={other.id} name={other.displayName} />
      </div>
      {reviews && (
        <form className="stack" onSubmit={review}>
          <label className="field">
            {t.stars}
            <select name="rating" defaultValue="5">
              {[5, 4, 3, 2, 1].map((rating) => (
                <option key={rating} value={rating}>
                  {t.rating(rating)}
                </option>
              ))}
            </select>
          </label>
          <textarea
            name="content"
            rows={3}
            aria-label={t.reviewText}
            placeholder={t.reviewText}
            maxLength={2000}
          />
          <button type="submit" className="primary" disabled={busy}>
            {t.sendReview}
          </button>
        </form>
      )}
      {failure !== null && <Failure error={failure} />}
    </div>
  )
}
