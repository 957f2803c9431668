import { useSyncExternalStore } from 'react'
import { useSharedInbox } from '../chat/use-shared-inbox.tsx'
import { useWords } from '../words/index.ts'

function subscribe(changed: () => void): () => void {
  addEventListener('online', changed)
  addEventListener('offline', changed)
  return () => {
    removeEventListener('online', changed)
    removeEventListener('offline', changed)
  }
}

/** Says that there is no network, and how much waits for it. */
export function OfflineBanner() {
  const t = useWords()
  const isOnline = useSyncExternalStore(subscribe, () => navigator.onLine)
  const { snapshot } = useSharedInbox()
  const waiting = snapshot?.unsent.waiting ?? 0
  return (
    <p className="offline-banner" role="status">
      {!isOnline && `${t.offline}${waiting > 0 ? ` ${t.waiting(waiting)}` : ''}`}
    </p>
  )
}
