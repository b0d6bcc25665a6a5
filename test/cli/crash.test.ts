import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { createFolder, start, writeFiles } from './program.ts'

const folder = createFolder()
afterAll(folder.remove)

/** Put into the program: when it is told to, it fails as nobody expects, with a secret in the text. */
const FAULT = `import { url } from 'node:inspector'
const text = 'boom AccountKey=c2VjcmV0LWNhbmFyeS1vbmU7; https://user:hunter2hunter2@git.example/x'
const faults = {
  thrown() { throw new Error(text) },
  rejected() { Promise.reject(new Error(text, { cause: new Error('why ' + text) })) },
  'rejected with a text'() { Promise.reject(text) },
  'thrown with fields'() { throw Object.assign(new Error('boom'), { request: { body: text, headers: { authorization: 'Bearer hunter2hunter2hunter2' } } }) },
}
process.on('SIGUSR2', () => {
  let turns = 1000
  const later = () => {
    turns -= 1
    if (turns > 0) return setImmediate(later)
    console.error('inspector: ' + url())
    faults[process.env.FAULT]()
  }
  later()
})
`
writeFiles(folder.path, { 'fault.mjs': FAULT })

describe('row 50: what nobody caught', () => {
  test.each(['thrown', 'rejected', 'rejected with a text', 'thrown with fields'])(
    'and was %s ends the program with a stack, without its secrets, and without an inspector',
    async (fault) => {
      const { child, says, ended } = start(
        folder.path,
        ['sandbox', '--port', '0', '--output', 'json'],
        { NODE_OPTIONS: `--import ${join(folder.path, 'fault.mjs')}`, FAULT: fault },
      )
      await says('}\n')
      child.kill('SIGUSR1')
      child.kill('SIGUSR2')
      const { code, stderr } = await ended
      expect(code).toBe(1)
      expect(stderr).toContain('boom')
      expect(stderr).toMatch(/\n\s+at /)
      expect(stderr).not.toMatch(/c2VjcmV0|hunter2/)
      expect(stderr).toContain('inspector: undefined')
      expect(stderr).not.toContain('Debugger listening')
    },
    120_000,
  )
})
