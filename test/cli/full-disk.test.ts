import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { get } from '../support/http.ts'
import { createFolder, MAIN, ROOT, sampleIn } from './program.ts'

const folder = createFolder()
const children = new Set<ReturnType<typeof spawn>>()
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  folder.remove()
})

/** A disk that is always full. */
const FULL = '/dev/full'
const onFullDisk = existsSync(FULL) ? test : test.skip

type Output = 'full' | 'pipe'

function startWith(args: readonly string[], stdout: Output, stderr: Output) {
  const [out, err] = [stdout, stderr].map((one) => (one === 'full' ? openSync(FULL, 'w') : one))
  const child = spawn(process.execPath, args, {
    cwd: folder.path,
    env: { PATH: process.env.PATH, VERDIGRIS_DATA_DIR: join(folder.path, 'data') },
    stdio: ['ignore', out, err],
  })
  children.add(child)
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text
      child.emit('said')
    })
  return { child, said }
}

describe('row 44: an output whose disk is full', () => {
  onFullDisk.each<readonly string[]>([['--help'], ['validate', 'sample'], ['completion', 'bash']])(
    'of %s %s is an exit code and a sentence, and no stack',
    async (...args) => {
      sampleIn(folder.path, 'sample')
      const { child, said } = startWith([MAIN, ...args], 'full', 'pipe')
      const [code] = await once(child, 'close')
      expect({ code, stderr: said.stderr }).toEqual({
        code: 1,
        stderr: 'The output could not be written (ENOSPC): make room where it goes.\n',
      })
    },
  )

  onFullDisk('that could tell of it neither is an exit code, and an end', async () => {
    const { child } = startWith([MAIN, '--help'], 'full', 'full')
    expect(await once(child, 'close')).toEqual([1, null])
  })

  onFullDisk(
    'of the log keeps no controller from its work',
    async () => {
      const place = sampleIn(folder.path, 'kept')
      const args = ['run', place, '--port', '0', '--time-scale', '5000', '--output', 'json']
      const { child, said } = startWith([MAIN, ...args], 'pipe', 'full')
      while (!said.stdout.includes('}\n')) await once(child, 'said')
      const { address } = JSON.parse(said.stdout)
      // Only after a whole tick, with all that it had to log.
      while ((await get(`${address}/readyz`)).status !== 200) expect(child.exitCode).toBeNull()
      const name = JSON.parse((await get(`${address}/api/v1/applications`)).text).items[0].name
      const url = `${address}/api/v1/applications/${name}/resources`
      while (!(await get(url)).text.includes('"synced"')) expect(child.exitCode).toBeNull()
      child.kill('SIGTERM')
      expect(await once(child, 'close')).toEqual([0, null])
    },
    180_000,
  )

  test('of the log loses the lines that find no room, and no other', async () => {
    const program = `
      import { ftruncateSync, fstatSync } from 'node:fs'
      import { createLogger } from ${JSON.stringify(join(ROOT, 'src/adapters/telemetry/log.ts'))}
      const logger = createLogger({ level: 'info' })
      for (let n = 0; n < 200; n += 1) logger.info({ n }, 'x '.repeat(100))
      const full = fstatSync(2).size
      ftruncateSync(2, 0)
      logger.info({ n: -1 }, 'again')
      console.log(JSON.stringify({ full }))`
    // A file of at most 8 KiB, told in blocks of 512 bytes, stands for a disk.
    const limited = 'ulimit -S -f 16; exec "$0" --input-type=module -e "$1" 2>>log.txt'
    const child = spawn('sh', ['-c', limited, process.execPath, program], {
      cwd: folder.path,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.add(child)
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    expect(await once(child, 'close')).toEqual([0, null])
    expect(JSON.parse(stdout)).toEqual({ full: 8192 })
    const lines = readFileSync(join(folder.path, 'log.txt'), 'utf8').trim().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ n: -1, msg: 'again' }])
  })
})
