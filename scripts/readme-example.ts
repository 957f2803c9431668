import { copyFile, readFile, writeFile } from 'node:fs/promises'

// Puts the examples into the READMEs, which show each as the first of its language, and the first one into the project that has it by itself;
// a test holds them together.
const examples = { ts: 'examples/node/first.ts', tsx: 'examples/react/room.tsx' }
await copyFile(examples.ts, 'examples/script/first.ts')
for (const file of ['README.md', 'README.es.md']) {
  let text = await readFile(file, 'utf8')
  for (const [language, path] of Object.entries(examples)) {
    const example = await readFile(path, 'utf8')
    const first = new RegExp(`\`\`\`${language}\\n.*?\`\`\``, 's')
    text = text.replace(first, () => `\`\`\`${language}\n${example}\`\`\``)
  }
  await writeFile(file, text)
}
