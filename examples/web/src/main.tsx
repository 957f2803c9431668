import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { TertuliaProvider } from 'tertulia/react'
import { circles, comments, tertulia } from './client.ts'
import { App } from './shell/app.tsx'

if (import.meta.env.PROD) {
  // Pages without https have no service worker; there the app needs a network to start.
  navigator.serviceWorker?.register('/sw.js').catch(() => {})
}

const domains = { ...tertulia, circles, comments }

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <TertuliaProvider tertulia={domains}>
        <App />
      </TertuliaProvider>
    </StrictMode>,
  )
}
