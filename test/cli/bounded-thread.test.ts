import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import { ROOT } from './program.ts'

const MODULE = join(ROOT, 'src', 'compose', 'bounded-thread.ts')
/** Starts a thread that fills its heap up to 256 MiB, and says what became of it and of the heap of the process. */
const PROGRAM = `
import { getHeapStatistics } from 'node:v8'
import { startBoundedThread } from ${JSON.stringify(MODULE)}
const limit = () => getHeapStatistics().heap_size_limit
const before = limit()
const filling = 'const held = []; for (let mb = 0; mb < 256; mb += 1) held.push(new Array(131072).fill(mb)); "filled"'
const thread = startBoundedThread(new URL('data:text/javascript,' + encodeURIComponent(filling)), 32)
let end = 'filled'
thread.on('error', ({ code }) => { end = code })
thread.on('exit', () => console.log(end, limit() === before))
`

describe('the heap of a thread is bounded', () => {
  test.each(['', '--max-old-space-size=1024', '--max-heap-size=1024'])(
    'whatever NODE_OPTIONS give the process: %p, which keeps it',
    async (options) => {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--input-type=module', '--eval', PROGRAM],
        { env: { PATH: process.env.PATH, NODE_OPTIONS: options } },
      )
      expect(stdout).toBe('ERR_WORKER_OUT_OF_MEMORY true\n')
    },
  )
})
