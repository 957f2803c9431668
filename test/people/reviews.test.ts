import { createModeration } from 'tertulia/moderation'
import { createContext, createPeople } from 'tertulia/people'
import { describe, expect, test } from 'vitest'
import { codeOf, connectToDatabase } from '../chat/sql/database.ts'
import { takeFreshStack } from '../support/fresh-stack.ts'
import { connectAsService, type Person, signInAgain, signUp } from '../support/people.ts'
import { whileHeld } from '../support/waiting.ts'

await takeFreshStack()

const of = ({ supabase }: Person) => createPeople(createContext(supabase))
type Database = ReturnType<typeof connectToDatabase>

/** Somebody who converted with a user: their id and the conversation. */
async function convert({ sql, call, people }: Database, reviewed: string) {
  const [by = ''] = await people(1)
  const { id } = await call<{ id: string }>(by, 'open_direct', { other_id: reviewed })
  await call(by, 'record_conversion', { conversation_id: id })
  await sql`delete from private.rate_limits`
  return { by, conversation_id: id }
}
const figures = ({ call }: Database, id: string) =>
  call<{ rating: number; id: string; content: string }[]>(id, 'list_reviews')
const shown = async ({ sql }: Database, id: string) =>
  (await sql`select reviews from public.profile_details where id = ${id}`)[0]?.reviews

describe('a review', () => {
  test('is written once by who converted, answered once, listed, counted and removed', async () => {
    const [ana, ben, eve] = await Promise.all(['Ana', 'Ben', 'Eve'].map((name) => signUp(name)))
    const [a, b, e] = [ana, ben, eve] as [Person, Person, Person]
    const { id } = await a.tertulia.chat.getDirect(b.id)
    const given = { rating: 4, content: 'Good work' }
    // Nobody has converted yet.
    for (const one of [a, b, e])
      await expect(of(one).review(id, given)).rejects.toMatchObject({ code: 'conversion_not_found' })
    await a.tertulia.analytics.recordConversion(id)
    for (const one of [b, e])
      await expect(of(one).review(id, given)).rejects.toMatchObject({ code: 'conversion_not_found' })
    const review = await of(a).review(id, given)
    expect(review).toMatchObject({ ...given, userId: b.id, answer: null, hiddenAt: null })
    expect(await of(a).review(id, given)).toEqual(review)
    await expect(of(a).review(id, { rating: 1 })).rejects.toMatchObject({ code: 'review_exists' })
    expect((await e.tertulia.profiles.get(b.id)).reviews).toEqual({ average: 4, count: 1 })
    expect((await e.tertulia.profiles.get(a.id)).reviews).toEqual({ average: null, count: 0 })

    for (const one of [a, e])
      await expect(of(one).answerReview(review.id, 'x')).rejects.toMatchObject({ code: 'review_not_found' })
    await of(b).answerReview(review.id, 'Thanks')
    await of(b).answerReview(review.id, 'Thanks')
    await expect(of(b).answerReview(review.id, 'No')).rejects.toMatchObject({ code: 'review_answered' })
    const { items } = await of(e).listReviews(b.id)
    expect(items).toEqual([
      {
        ...review,
        answer: 'Thanks',
        answeredAt: expect.any(Date),
        reviewer: { id: a.id, handle: expect.any(String), displayName: 'Ana' },
      },
    ])
    // A block does not end it; an unlisted reviewer has no name, but for who talked with them.
    await b.tertulia.chat.block(a.id)
    await a.tertulia.profiles.update({ isListed: false })
    expect((await of(e).listReviews(b.id)).items[0]?.reviewer).toBeNull()
    expect((await of(b).listReviews()).items[0]?.reviewer?.displayName).toBe('Ana')
    for (const one of [b, e]) await of(one).removeReview(review.id)
    expect((await of(e).listReviews(b.id)).items).toHaveLength(1)
    await of(a).removeReview(review.id)
    expect((await e.tertulia.profiles.get(b.id)).reviews).toEqual({ average: null, count: 0 })
    expect((await of(a).review(id, { rating: 5 })).content).toBe('')
  })

  test('needs a conversion that the service recorded, where the project wants that', async () => {
    const database = connectToDatabase(2)
    const { sql, call, people } = database
    const [ana = ''] = await people(1)
    const { by, conversation_id } = await convert(database, ana)
    await sql`update private.settings set reviews_need_service = true`
    const review = () => codeOf(call(by, 'review_user', { conversation_id, rating: 5 }))
    expect(await review()).toBe('conversion_not_found')
    await connectAsService().rpc('record_conversion_for', { conversation_id, profile_id: by })
    expect(await review()).toBe('conversion_not_found')
    await connectAsService().rpc('record_conversion_for', { conversation_id, profile_id: ana })
    expect(await review()).toBeNull()
    // Nobody takes a review from another by saying first that they converted.
    const [ben = '', seller = ''] = await people(2)
    const sold = await call<{ id: string }>(ben, 'open_direct', { other_id: seller })
    await call(seller, 'record_conversion', { conversation_id: sold.id })
    await connectAsService().rpc('record_conversion_for', { conversation_id: sold.id, profile_id: seller })
    expect(await codeOf(call(ben, 'review_user', { conversation_id: sold.id, rating: 1 }))).toBeNull()
    await sql`update private.settings set reviews_need_service = false`
  })

  test.each([
    [{ rating: 0 }, 'rating'],
    [{ rating: 6 }, 'rating'],
    [{ rating: 4.5 }, 'rating'],
    [{ rating: Number.NaN }, 'rating'],
    [{ rating: '5' } as never, 'rating'],
    [{ rating: 5, content: 'x'.repeat(2001) }, 'content'],
    [{ rating: 5, content: 'a\u0000b' }, 'content'],
    [{ rating: 5, stars: 5 } as never, 'stars'],
  ])('refuses %j by its field', async (review, field) => {
    const ana = await signUp('Ana')
    await expect(of(ana).review(crypto.randomUUID(), review)).rejects.toMatchObject({
      code: 'invalid_input',
      field,
    })
  })

  test('is reported, hidden and shown again; its answer is reported by who wrote the review', async () => {
    const [ana, ben, eve, plain] = await Promise.all(
      ['Ana', 'Ben', 'Eve', 'Judge'].map((name) => signUp(name)),
    )
    const [a, b, e, j] = [ana, ben, eve, plain] as [Person, Person, Person, Person]
    await connectAsService().auth.admin.updateUserById(j.id, { app_metadata: { role: 'moderator' } })
    const judge = await signInAgain(j)
    const reports = ({ supabase }: Person) => createModeration(createContext(supabase))
    const { id } = await a.tertulia.chat.getDirect(b.id)
    await a.tertulia.analytics.recordConversion(id)
    const review = await of(a).review(id, { rating: 1, content: 'Bad words' })
    await reports(e).report('review', review.id, { reason: 'abuse' })
    await expect(reports(a).report('review', review.id, { reason: 'abuse' })).rejects.toMatchObject({
      code: 'invalid_input',
    })
    await of(b).answerReview(review.id, 'Worse words')
    await reports(a).report('review', review.id, { reason: 'abuse' })
    const { items } = await reports(judge).listReports()
    expect(items.map(({ owner, reported }) => [owner.id, reported])).toEqual([
      [b.id, { id: review.id, profile_id: b.id, answer: 'Worse words' }],
      [a.id, { id: review.id, profile_id: b.id, rating: 1, content: 'Bad words' }],
    ])
    for (const one of [a, b, e])
      await expect(of(one).hideReview(review.id)).rejects.toMatchObject({ code: 'forbidden' })
    await of(judge).hideReview(review.id)
    const seenBy = async (one: Person) => (await of(one).listReviews(b.id)).items.length
    expect([await seenBy(a), await seenBy(b), await seenBy(e), await seenBy(judge)]).toEqual([1, 0, 0, 1])
    expect((await e.tertulia.profiles.get(b.id)).reviews).toEqual({ average: null, count: 0 })
    // Its author neither replaces nor removes it.
    await of(a).removeReview(review.id)
    await expect(of(a).review(id, { rating: 2 })).rejects.toMatchObject({ code: 'review_exists' })
    await expect(reports(e).report('review', review.id, { reason: 'again' })).resolves.toBeUndefined()
    const other = await signUp('Other')
    await expect(reports(other).report('review', review.id, { reason: 'x' })).rejects.toMatchObject({
      code: 'review_not_found',
    })
    await of(judge).hideReview(review.id, { hidden: false })
    expect((await e.tertulia.profiles.get(b.id)).reviews).toEqual({ average: 1, count: 1 })
    // The copies go with the accounts of those who wrote them.
    await a.tertulia.profiles.deleteAccount()
    const left = await reports(judge).listReports()
    expect(left.items.map(({ reported }) => reported)).toEqual([
      expect.objectContaining({ answer: 'Worse words' }),
      null,
    ])
  })
})

describe('reviews at once', () => {
  test('of many users are all counted, each conversion once', async () => {
    const database = connectToDatabase(12)
    const { call, people } = database
    const [ana = ''] = await people(1)
    const converted = []
    for (let n = 0; n < 5; n++) converted.push(await convert(database, ana))
    const codes = await Promise.all(
      converted.flatMap(({ by, conversation_id }, n) =>
        [n + 1, n + 1, 5].map((rating) => codeOf(call(by, 'review_user', { conversation_id, rating }))),
      ),
    )
    // Of each three, two say the same; the fifth is the same as the others.
    expect(codes.filter((code) => code !== null && code !== 'review_exists')).toEqual([])
    const listed = await figures(database, ana)
    expect(listed).toHaveLength(5)
    const sum = listed.reduce((total, { rating }) => total + rating, 0)
    expect(await shown(database, ana)).toEqual({ average: sum / 5, count: 5 })

    const answers = await Promise.all(
      ['one', 'two', 'three'].map((answer) =>
        codeOf(call(ana, 'answer_review', { review_id: listed[0]?.id ?? '', answer })),
      ),
    )
    expect(answers.sort()).toEqual([null, 'review_answered', 'review_answered'].sort())
  })

  test('and deletions of both sides leave a rating without words, or nothing', async () => {
    const database = connectToDatabase(8)
    const { sql, call, people } = database
    const [ana = ''] = await people(1)
    const [one, two] = [await convert(database, ana), await convert(database, ana)]
    await call(one.by, 'review_user', { conversation_id: one.conversation_id, rating: 2, content: 'secret' })
    const code = await whileHeld(`delete from auth.users where id = '${two.by}'`, 'review_user', () =>
      codeOf(call(two.by, 'review_user', { conversation_id: two.conversation_id, rating: 5 })),
    )
    expect(['conversion_not_found', 'profile_not_found']).toContain(code)
    await sql`delete from auth.users where id = ${one.by}`
    expect(await figures(database, ana)).toEqual([
      expect.objectContaining({ rating: 2, content: '', reviewer: null }),
    ])
    expect(await shown(database, ana)).toEqual({ average: 2, count: 1 })
    await sql`delete from auth.users where id = ${ana}`
    expect(await sql`select from public.profile_reviews where profile_id = ${ana}`).toHaveLength(0)
    expect(
      await sql`select from private.conversions where ${ana} in (profile_id, converted_by)`,
    ).toHaveLength(0)
  })
})
