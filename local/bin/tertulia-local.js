#!/usr/bin/env node
// A file that is there before the build: npm links commands only to files that exist.
import '../dist/cli.js'
