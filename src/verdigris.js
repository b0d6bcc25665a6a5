#!/usr/bin/env node
// JavaScript, so that an older Node can say what is missing, and so that the cache is on before the first file with types: to
// strip them from one alone takes 40 ms.
const OLDEST = 24
const [major = 0] = process.versions.node.split('.').map(Number)

if (major < OLDEST) {
  process.stderr.write(
    `Verdigris needs Node ${OLDEST} or newer; this is ${process.versions.node}.\n`,
  )
  process.exitCode = 1
} else {
  await import('./compile-cache.js')
  await import('./main.ts')
}
