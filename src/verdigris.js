#!/usr/bin/env node
// JavaScript, so that an older Node can say what is missing, and so that the cache is on before the first file with types: to
// strip them from one alone takes 40 ms.
const OLDEST = [22, 22]
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  process.stderr.write(
    `Verdigris needs Node ${OLDEST.join('.')} or newer; this is ${process.versions.node}. Beside it, 'npm install node@24' brings one along: npx finds it.\n`,
  )
  process.exitCode = 1
} else {
  await import('./compile-cache.js')
  await import('./main.ts')
}
