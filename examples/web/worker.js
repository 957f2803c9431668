// The service worker: the app starts without a network. The build writes `version` and `files` above these lines.

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(version).then((cache) => cache.addAll(files)))
})

self.addEventListener('activate', (event) => {
  const tidy = async () => {
    const names = await caches.keys()
    await Promise.all(names.filter((name) => name !== version).map((name) => caches.delete(name)))
    await self.clients.claim()
  }
  event.waitUntil(tidy())
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== location.origin || !files.includes(pathname)) return
  // The names of the other files change with their contents; the page itself is asked for while there is a network.
  const answer =
    pathname === '/'
      ? fetch(request).catch(() => caches.match('/', { ignoreVary: true }))
      : // A server may say that the answer varies with the origin; it does not.
        caches.match(request, { ignoreVary: true }).then((kept) => kept ?? fetch(request))
  event.respondWith(answer)
})
