// Runs where somebody publishes a folder: the archives have a package.json without our own scripts.
console.error(
  'unable to publish the folder; publish the archives\n  Run: npm run pack && npm publish .packed/tertulia.tgz',
)
process.exitCode = 1
