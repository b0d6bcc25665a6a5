import { execFileSync } from 'node:child_process'
import { cpSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { extname, join } from 'node:path'

/**
 * `npm run build`: JavaScript, types and source maps of everything in src/ into dist/, and beside them what is no TypeScript.
 * Node does not strip types below node_modules, so that an installed package has to be compiled.
 */

const ROOT = join(import.meta.dirname, '..', '..')
const [SRC, DIST] = [join(ROOT, 'src'), join(ROOT, 'dist')]

rmSync(DIST, { recursive: true, force: true })
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc')
execFileSync(process.execPath, [compiler, '-p', join(ROOT, 'deploy', 'npm')], { stdio: 'inherit' })
for (const path of readdirSync(SRC, { recursive: true, encoding: 'utf8' }))
  if (extname(path) === '.py') cpSync(join(SRC, path), join(DIST, path))
