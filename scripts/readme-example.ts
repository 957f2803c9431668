import { readFile, writeFile } from 'node:fs/promises'

// Puts examples/node/first.ts into the READMEs as their first example; a test holds them together.
const example = await readFile('examples/node/first.ts', 'utf8')
for (const file of ['README.md', 'README.es.md']) {
  const text = await readFile(file, 'utf8')
  await writeFile(
    file,
    text.replace(/```ts\n.*?```/s, () => `\`\`\`ts\n${example}\`\`\``),
  )
}
