import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { TertuliaProvider } from 'tertulia/react'
import { tertulia } from './client.ts'
import { App } from './shell/app.tsx'

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <TertuliaProvider tertulia={tertulia}>
        <App />
      </TertuliaProvider>
    </StrictMode>,
  )
}
