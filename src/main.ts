#!/usr/bin/env node
import './compile-cache.js'

// npm runs a script in the package's own folder: paths are meant as they are from where it was called.
const { INIT_CWD, npm_lifecycle_event: script = '' } = process.env
if (INIT_CWD !== undefined && ['verdigris', 'start'].includes(script)) process.chdir(INIT_CWD)

const { cli } = await import('./cli/index.ts')

process.exitCode = await cli(process.argv.slice(2), process.env)
