/** Applies the migrations in a process of its own: `fork(…, [URL])`. */
import { applyMigrations } from '../../local/src/project/migrations.ts'

try {
  await applyMigrations({ url: process.argv[2] ?? '', workdir: '.', log: () => {} })
  process.exit(0)
} catch {
  process.exit(1)
}
