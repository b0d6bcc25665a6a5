#!/usr/bin/env node
import './compile-cache.js'

const { cli } = await import('./cli/index.ts')

process.exitCode = await cli(process.argv.slice(2), process.env)
