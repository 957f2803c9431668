import { useState } from 'react'
import type { SongVisibility } from 'tertulia'
import type { ShareTarget, SongRole } from 'tertulia/sharing'
import { Dialog } from '../ui/dialog.tsx'
import { useWords } from '../words/index.ts'
import { ShareLinks } from './share-links.tsx'
import { SharePeople } from './share-people.tsx'
import { ShareTransfer } from './share-transfer.tsx'

interface Props {
  target: ShareTarget
  title: string
  role: SongRole | null
  visibility: SongVisibility
  onClose(): void
}

/** Who may see and change a song or a setlist: users, links, and a new owner. */
export function ShareDialog({ target, title, role, visibility, onClose }: Props) {
  const t = useWords()
  const tabs = [
    ['people', t.people],
    ['links', t.links],
    ...(role === 'owner' ? [['transfer', t.transfer] as const] : []),
  ] as const
  const [tab, setTab] = useState<'people' | 'links' | 'transfer'>('people')
  return (
    <Dialog title={t.shareTitle(title)} onClose={onClose}>
      <div className="choices">
        {tabs.map(([name, label]) => (
          <button key={name} type="button" aria-pressed={name === tab} onClick={() => setTab(name)}>
            {label}
          </button>
        ))}
      </div>
      {tab === 'people' && <SharePeople target={target} />}
      {tab === 'links' && <ShareLinks target={target} isPrivate={visibility === 'private'} />}
      {tab === 'transfer' && <ShareTransfer target={target} />}
    </Dialog>
  )
}
