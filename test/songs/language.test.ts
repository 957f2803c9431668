import postgres from 'postgres'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { signUp } from '../support/people.ts'

const sql = postgres(inject('stack').dbUrl, { max: 1 })
afterAll(() => sql.end())

const spanish =
  '[Am]Luna que vienes de lejos\ny no me dejas dor[E7]mir\npor las noches de mi pueblo\ncon el jazmín'
const english = '[Am]The moon is not here\nand I wait for the [E7]night\nwith you it was so bright'

describe('the language of the words', () => {
  test.each([
    ['es', spanish],
    ['en', english],
    ['pt', 'A lua não vem mais aqui\ne eu espero na janela\npelas noites do meu mar\ncom a minha voz'],
    ['de', 'Der Mond ist nicht mehr da\nund ich warte auf die Nacht\nmit dir war alles schön'],
    ['fr', "La lune n'est pas là\net je t'attends dans la nuit\navec toi tout est plus doux pour moi"],
    ['it', 'La luna non viene più\ne io ti aspetto nella notte\ncon te era tutto più bello per me'],
    ['nl', 'De maan is er niet meer\nen ik wacht op de nacht\nmet jou was het alles zo mooi'],
    // Too little, or of no language that has a dictionary.
    [null, 'la la la\nla la la la'],
    [null, 'Ave Maria'],
    [null, 'Adeste fideles laeti triumphantes\nvenite venite in Bethlehem'],
    [null, '{c: the moon is not here and I wait for the night with you}\nla'],
  ])('is recognised as %s', async (language, content) => {
    const ana = await signUp()
    expect((await ana.tertulia.songs.create({ content })).language).toBe(language)
  })

  test('is never put over what the text or a writer says', async () => {
    const ana = await signUp()
    const told = await ana.tertulia.songs.create({ content: `{language: gl}\n${spanish}` })
    expect(told.language).toBe('gl')
    const written = await ana.tertulia.songs.create({ content: spanish, language: 'eu' })
    expect(written.language).toBe('eu')
    expect((await ana.tertulia.songs.update(written.id, { content: english })).language).toBe('eu')
  })

  test('follows the words, and is told from one that somebody declared', async () => {
    const ana = await signUp()
    const derived = async (id: string) => {
      const [row] = await sql`
        select 'language' = any (derived_fields) and not chordpro_metadata ? 'language' as auto from public.songs where id = ${id}`
      return row?.auto
    }
    const song = await ana.tertulia.songs.create({ content: spanish })
    expect(await derived(song.id)).toBe(true)
    expect((await ana.tertulia.songs.update(song.id, { content: english })).language).toBe('en')
    expect((await ana.tertulia.songs.update(song.id, { language: 'es' })).language).toBe('es')
    expect(await derived(song.id)).toBe(false)
    expect((await ana.tertulia.songs.update(song.id, { content: `${english}\nla` })).language).toBe('es')
  })
})
