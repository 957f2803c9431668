import { request } from 'node:http'
import postgres from 'postgres'
import { expect, inject, onTestFinished, test } from 'vitest'
import { connect, type Person, signUp } from '../support/people.ts'

function database() {
  const sql = postgres(inject('stack').adminDbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(() => sql.end())
  return sql
}

async function settle(visibility: 'private' | 'shared' | 'public' = 'shared') {
  const [ana, ben] = (await Promise.all([signUp('Ana'), signUp('Ben')])) as [Person, Person]
  const song = await ana.tertulia.songs.create({ content: '{title: Zamba}\nla', visibility })
  return { ana, ben, song, sharing: ana.tertulia.sharing }
}
const refused = { code: 'link_not_found' }

test('a link gives its role to whoever opens it, while the song is not private', async () => {
  const { ana, ben, song, sharing } = await settle('private')
  const { token, ...link } = await sharing.createLink(song.id, { role: 'edit' })
  await expect(ben.tertulia.sharing.openLink(token)).rejects.toMatchObject(refused)
  await ana.tertulia.songs.update(song.id, { visibility: 'shared' })
  await expect(ben.tertulia.songs.get(song.id)).rejects.toMatchObject({ code: 'song_not_found' })
  expect(await ben.tertulia.sharing.openLink(token)).toEqual({
    songId: song.id,
    setlistId: null,
    role: 'edit',
  })
  expect(await ben.tertulia.sharing.openLink(token)).toEqual({
    songId: song.id,
    setlistId: null,
    role: 'edit',
  })
  expect((await ben.tertulia.songs.update(song.id, { genre: 'vals' })).genre).toBe('vals')
  expect(await sharing.openLink(token)).toEqual({ songId: song.id, setlistId: null, role: 'owner' })
  expect(await sharing.listLinks(song.id)).toEqual([{ ...link, useCount: 1 }])
  await ana.tertulia.songs.update(song.id, { visibility: 'private' })
  await expect(ben.tertulia.songs.get(song.id)).rejects.toMatchObject({ code: 'song_not_found' })
  // Nor does accepting again tell the title that it has now.
  await ana.tertulia.songs.update(song.id, { visibility: 'shared' })
  const [shareOfBen] = (await ben.tertulia.sharing.listReceived()).items
  await ana.tertulia.songs.update(song.id, { visibility: 'private' })
  await expect(ben.tertulia.sharing.accept(shareOfBen!.id)).rejects.toMatchObject({ code: 'share_not_found' })
  await ana.tertulia.songs.update(song.id, { visibility: 'shared' })
  expect((await ben.tertulia.sharing.accept(shareOfBen!.id)).songId).toBe(song.id)
  expect(await ben.tertulia.sharing.getRole(song.id)).toBe('edit')
  await sharing.revokeLink(link.id)
  await sharing.revokeLink(link.id)
  expect(await ben.tertulia.sharing.getRole(song.id)).toBeNull()
  expect((await sharing.listLinks(song.id))[0]?.state).toBe('revoked')
  for (const wanted of [{ role: 'admin' }, { maxUses: 0 }, { expiresAt: new Date(0) }] as never[])
    await expect(sharing.createLink(song.id, wanted)).rejects.toMatchObject({ code: 'invalid_input' })
  expect((await connect().rpc('open_link', { token })).error?.code).toBe('42501')
})

test('it counts people, not openings; who is put out stays out, who leaves may come back', async () => {
  const { ben, song, sharing } = await settle()
  const [carla, dora] = (await Promise.all([signUp('Carla'), signUp('Dora')])) as [Person, Person]
  const { token } = await sharing.createLink(song.id, { maxUses: 2 })
  await ben.tertulia.sharing.openLink(token)
  await carla.tertulia.sharing.openLink(token)
  await expect(dora.tertulia.sharing.openLink(token)).rejects.toMatchObject(refused)
  const [bens] = (await ben.tertulia.sharing.listReceived()).items
  await ben.tertulia.sharing.decline(bens!.id)
  expect(await ben.tertulia.sharing.getRole(song.id)).toBeNull()
  expect((await ben.tertulia.sharing.openLink(token)).role).toBe('view')
  expect((await sharing.listLinks(song.id))[0]).toMatchObject({ useCount: 2, state: 'used_up' })
  const carlas = (await sharing.listShares(song.id)).items.find((one) => one.sharedWith?.id === carla.id)
  await sharing.revoke(carlas!.id)
  await expect(carla.tertulia.sharing.openLink(token)).rejects.toMatchObject(refused)
})

test('an offer to own a song tells nothing more once one of the two has blocked the other', async () => {
  const { ana, ben, song, sharing } = await settle()
  await sharing.offerTransfer(song.id, ben.id)
  expect(await ben.tertulia.sharing.listTransfers()).toHaveLength(1)
  await ana.supabase.rpc('block_user', { user_id: ben.id })
  await ana.tertulia.songs.update(song.id, { title: 'Renamed' })
  expect(await ben.tertulia.sharing.listTransfers()).toEqual([])
  const [offer] = await sharing.listTransfers()
  await sharing.endTransfer(offer!.id)
  const { data } = await ben.supabase.rpc('list_notices', {})
  expect(JSON.stringify(data)).not.toContain('Renamed')
})

test('every link that does not open is answered alike, and attempts are counted though nothing comes of them', async () => {
  const { ana, ben, song, sharing } = await settle()
  const sql = database()
  const other = await signUp('Other')
  const usedUp = await sharing.createLink(song.id, { maxUses: 1 })
  await other.tertulia.sharing.openLink(usedUp.token)
  const revoked = await sharing.createLink(song.id)
  await sharing.revokeLink(revoked.id)
  const expired = await sharing.createLink(song.id, { expiresAt: new Date(Date.now() + 60_000) })
  await sql`update private.share_links set expires_at = now() where id = ${expired.id}`
  const hidden = await ana.tertulia.songs.create({ content: 'hidden' })
  const ofPrivate = await sharing.createLink(hidden.id)
  const gone = await ana.tertulia.songs.create({ content: 'gone', visibility: 'shared' })
  const ofDeleted = await sharing.createLink(gone.id)
  await ana.tertulia.songs.delete(gone.id)

  await sql`insert into private.rate_limits (user_id, action, tokens, refilled_at, burst) values (${ben.id}, 'open_link', 12, now(), 12)`
  const made = crypto.randomUUID().replaceAll('-', '')
  const tokens = [usedUp, revoked, expired, ofPrivate, ofDeleted].map(({ token }) => token)
  for (const token of [...tokens, made, made + made, '', 'x'.repeat(200), `${tokens[0]} `]) {
    const { data, error, status } = await ben.supabase.rpc('open_link', { token })
    expect({ data, error, status }).toEqual({ data: null, error: null, status: 200 })
  }
  const answers = await Promise.allSettled(
    Array.from({ length: 10 }, () => ben.tertulia.sharing.openLink(made)),
  )
  const codes = answers.map((one) => one.status === 'rejected' && one.reason.code)
  expect(codes.filter((code) => code === 'link_not_found')).toHaveLength(2)
  expect(codes.filter((code) => code === 'rate_limited')).toHaveLength(8)
  // And a good one is limited as well.
  const good = await sharing.createLink(song.id)
  await expect(ben.tertulia.sharing.openLink(good.token)).rejects.toMatchObject({ code: 'rate_limited' })
})

test('conditions on the answer do not tell a closed link from one that never was', async () => {
  const { ben, song, sharing } = await settle()
  const revoked = await sharing.createLink(song.id)
  await sharing.revokeLink(revoked.id)
  const { data } = await ben.supabase.auth.getSession()
  const open = (token: string, headers: [string, string][]) =>
    post(`${inject('stack').apiUrl}/rest/v1/rpc/open_link`, JSON.stringify({ token }), [
      ['apikey', inject('stack').publishableKey],
      ['authorization', `Bearer ${data.session?.access_token}`],
      ['content-type', 'application/json'],
      ...headers,
    ])
  for (const headers of [
    [['accept', 'application/vnd.pgrst.object+json']],
    [['prefer', 'handling=strict, max-affected=0']],
    [['prefer', 'tx=rollback']],
    // The database sees the last of two lines alone.
    [
      ['prefer', 'handling=strict, max-affected=0'],
      ['prefer', 'count=exact'],
    ],
  ] as [string, string][][]) {
    const answers = await Promise.all(
      [revoked.token, crypto.randomUUID().replaceAll('-', '')].map((token) => open(token, headers)),
    )
    expect(answers[0]).toEqual(answers[1])
    // Answered as any link that does not open, or refused for the condition; never for the request itself.
    expect(answers[0]?.[0] === 200 ? answers[0][1] : JSON.parse(answers[0]?.[1] ?? '').code).toMatch(
      /^(null|PGRST\d+)$/,
    )
  }
  const good = await sharing.createLink(song.id)
  expect(await open(good.token, [['prefer', 'count=exact']])).toEqual([200, expect.stringContaining(song.id)])
  await sharing.revokeLink(good.id)
  expect((await sharing.listShares(song.id)).items.filter(({ endedAt }) => endedAt === null)).toEqual([])
})

/** A request whose headers go out as they are, one line each. */
function post(
  url: string,
  body: string,
  headers: [string, string][],
): Promise<[status: number, body: string]> {
  return new Promise((resolve, reject) => {
    // A list of headers is sent as it is, without the host that Node adds to others.
    const lines = [['host', new URL(url).host], ...headers].flat()
    const sent = request(url, { method: 'POST', headers: lines }, async (response) => {
      resolve([response.statusCode ?? 0, (await response.toArray()).join('')])
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

test('a song has at most 50 open links, however many are made at once', async () => {
  const { song, sharing } = await settle()
  const made = await Promise.allSettled(Array.from({ length: 55 }, () => sharing.createLink(song.id)))
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(50)
})
