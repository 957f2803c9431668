import { type FormEvent, useState } from 'react'
import type { Profile } from 'tertulia'
import type { ListedReview } from 'tertulia/people'
import { usePages } from 'tertulia/react'
import { people, tertulia } from '../client.ts'
import { Failure } from '../ui/failure.tsx'
import { Moment } from '../ui/moment.tsx'
import { ReportContent } from '../ui/report-content.tsx'
import { type Attempt, useAttempt } from '../ui/use-attempt.ts'
import { useWords } from '../words/index.ts'

const stars = (rating: number) => '★★★★★☆☆☆☆☆'.slice(5 - rating, 10 - rating)

/** What others wrote after they worked together. The user answers, a reviewer removes. */
export function Reviews({ profile, userId }: { profile: Profile; userId: string }) {
  const t = useWords()
  const { items, hasMore, loading, loadMore, reload } = usePages(
    tertulia.profiles,
    `reviews ${profile.id}`,
    (cursor, signal) => people.listReviews(profile.id, { cursor, signal }),
  )
  const work = useAttempt()
  if (items.length === 0) return null
  return (
    <section className="block" aria-label={t.reviews}>
      <h3>
        {t.reviews}{' '}
        <small>{profile.reviews.average !== null && `★ ${profile.reviews.average.toFixed(1)}`}</small>
      </h3>
      {work.failure !== null && <Failure error={work.failure} />}
      <ul className="cards">
        {items.map((review) => (
          <li key={review.id} className="card">
            <ReviewOf review={review} userId={userId} work={work} onChanged={reload} />
          </li>
        ))}
      </ul>
      {hasMore && (
        <button type="button" className="more" disabled={loading} onClick={loadMore}>
          {t.more}
        </button>
      )}
    </section>
  )
}

interface Props {
  review: ListedReview
  userId: string
  work: Attempt
  onChanged(): void
}

function ReviewOf({ review, userId, work: { attempt, busy }, onChanged }: Props) {
  const t = useWords()
  const [answers, setAnswers] = useState(false)
  const isMine = review.reviewer?.id === userId
  const change = (action: () => Promise<unknown>) => attempt(action).then((isDone) => isDone && onChanged())
  function answer(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const text = String(new FormData(event.currentTarget).get('answer')).trim()
    void change(() => people.answerReview(review.id, text))
  }
  return (
    <span>
      <span className="stars" role="img" aria-label={t.rating(review.rating)}>
        {stars(review.rating)}
      </span>
      <small>
        {review.reviewer?.displayName ?? t.formerMember} · <Moment date={review.createdAt} />
      </small>
      {review.content && <span>{review.content}</span>}
      {review.answer && <blockquote>{review.answer}</blockquote>}
      <span className="buttons">
        {isMine && (
          <button type="button" disabled={busy} onClick={() => change(() => people.removeReview(review.id))}>
            {t.remove}
          </button>
        )}
        {review.userId === userId && review.answer === null && (
          <button type="button" aria-expanded={answers} onClick={() => setAnswers(!answers)}>
            {t.answer}
          </button>
        )}
        {!isMine && <ReportContent kind="review" subjectId={review.id} />}
      </span>
      {answers && review.answer === null && (
        <form className="inline" onSubmit={answer}>
          <input name="answer" aria-label={t.answer} placeholder={t.answer} required maxLength={2000} />
          <button type="submit" className="primary" disabled={busy}>
            {t.save}
          </button>
        </form>
      )}
    </span>
  )
}
