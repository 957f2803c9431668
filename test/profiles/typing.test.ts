import { createClient } from '@supabase/supabase-js'
import { createTertulia, type Tertulia } from 'tertulia'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { signUpConfirmed } from '../../local/test/support/sign-up.ts'
import { takeFreshStack } from '../support/fresh-stack.ts'
import { password } from '../support/people.ts'

await takeFreshStack()

async function join(name: string) {
  const { apiUrl, publishableKey } = inject('stack')
  const supabase = createClient(apiUrl, publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  })
  const credentials = { email: `${crypto.randomUUID()}@example.com`, password }
  await signUpConfirmed(supabase, inject('stack'), { ...credentials, data: { display_name: name } })
  return createTertulia(supabase)
}

let visitor: Tertulia
beforeAll(async () => {
  visitor = await join('Vera')
  const people = [
    {
      displayName: 'Zoë Zeppelin',
      bio: 'Clips: https://www.example-clips.com/live/zoe?x=1, mail zoe.gigs@my-studio.org',
      professionalTypes: ['Director de fotografía'],
    },
    { displayName: 'ｶﾅﾘﾔ さくら', bio: 'ギター 講師 東京', professionalTypes: ['音楽教師'] },
    { displayName: 'สมชาย', bio: 'เล่นกีตาร์โปร่ง', professionalTypes: ['Colourist'] },
  ]
  for (const person of people) {
    const { profiles } = await join(person.displayName)
    await profiles.update(person)
  }
  await visitor.profiles.update({
    software: ['Avid Pro-Tools', 'Guitar/Bass (Amplitube)', 'Studio.One+Artist', '音声編集ソフト', 'Logic'],
    tags: [{ name: 'Singer-Songwriter', kind: 'specialty' }],
  })
})

describe('what people type finds the profile that they mean', () => {
  test.each([
    ['example-clips', 'Zoë Zeppelin'],
    ['clips', 'Zoë Zeppelin'],
    ['www.example-clips.com', 'Zoë Zeppelin'],
    ['https://www.example-clips.com/live', 'Zoë Zeppelin'],
    ['zoe.gigs@my-studio.org', 'Zoë Zeppelin'],
    ['gigs', 'Zoë Zeppelin'],
    ['my-studio', 'Zoë Zeppelin'],
    ['zoe', 'Zoë Zeppelin'],
    ['カナリヤ', 'ｶﾅﾘﾔ さくら'],
    ['かなりや', 'ｶﾅﾘﾔ さくら'],
    ['サクラ', 'ｶﾅﾘﾔ さくら'],
    ['楽教', 'ｶﾅﾘﾔ さくら'],
    ['ぎたー', 'ｶﾅﾘﾔ さくら'],
    ['ชาย', 'สมชาย'],
    ['กีตาร์', 'สมชาย'],
  ])('%j finds %s', async (typed, name) => {
    const { items } = await visitor.profiles.search(typed)
    expect(items.map(({ displayName }) => displayName)).toEqual([name])
  })
})

describe('a page that undid a typo says what it took the query for', () => {
  test.each([
    ['zepelin', 'zeppelin'],
    ['zoe zepplin', 'zoe zeppelin'],
    ['directr fotografia', 'director fotografia'],
    ['colorist', 'colourist'],
  ])('%j is taken for %j', async (typed, meant) => {
    const page = await visitor.profiles.search(typed)
    expect(page).toMatchObject({ similar: true, didYouMean: meant })
    expect((await visitor.profiles.search(meant)).items).toEqual(page.items)
  })

  test('and nothing where the words were found, or nothing was', async () => {
    expect(await visitor.profiles.search('zeppelin')).toMatchObject({ didYouMean: null })
    expect(await visitor.profiles.search('zepp')).toMatchObject({ didYouMean: null })
    expect(await visitor.profiles.search('qqqqqqqq')).toMatchObject({ items: [], didYouMean: null })
  })
})

describe('what people have typed so far suggests a name with such a word anywhere', () => {
  test.each([
    ['pro-t', 'Avid Pro-Tools'],
    ['pro to', 'Avid Pro-Tools'],
    ['tools', 'Avid Pro-Tools'],
    ['avid pro', 'Avid Pro-Tools'],
    ['bass', 'Guitar/Bass (Amplitube)'],
    ['ampli', 'Guitar/Bass (Amplitube)'],
    ['guitar/b', 'Guitar/Bass (Amplitube)'],
    ['one', 'Studio.One+Artist'],
    ['artist', 'Studio.One+Artist'],
    ['編集', '音声編集ソフト'],
    ['ソフト', '音声編集ソフト'],
  ])('software: %j suggests %s', async (typed, name) => {
    const [first] = await visitor.profiles.suggestSoftware(typed)
    expect(first?.name).toBe(name)
  })

  test('and a letter within a word is no beginning', async () => {
    expect(await visitor.profiles.suggestSoftware('ogi')).toEqual([])
    expect(await visitor.profiles.suggestSoftware('-')).toEqual([])
  })

  test('tags too', async () => {
    const found = await visitor.profiles.suggestTags('songwr')
    expect(found.map(({ name }) => name)).toEqual(['Singer-Songwriter'])
  })
})
