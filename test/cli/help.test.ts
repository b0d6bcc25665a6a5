import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from '@jest/globals'
import { createFolder, ROOT, run } from './program.ts'

const folder = createFolder()
afterAll(folder.remove)

const COMMANDS = [
  'validate',
  'plan',
  'sync',
  'run',
  'status',
  'adopt',
  'approve',
  'sandbox',
  'demo',
  'doctor',
  'completion',
]
const ENDPOINT = ['show', 'keys', 'invoke', 'logs']
const LEVERS = ['promote', 'pause', 'resume', 'abort', 'retry', 'undo']
const WITHIN_ROLLOUT = ['status', ...LEVERS].map((name) => `rollout ${name}`)

test('no line of help is wider than a terminal', async () => {
  const names = ['', 'rollout', 'endpoint', 'plan', 'import', 'completion']
  for (const name of names) {
    const { stdout } = await run(folder.path, [...name.split(' '), '--help'].filter(Boolean))
    const told = stdout.slice(0, stdout.lastIndexOf('display help')).split('\n')
    expect([name, told.filter((line) => line.length > 80)]).toEqual([name, []])
  }
})

test('every command has help: what it does, and a sentence for every option', async () => {
  const names = [...COMMANDS, ...WITHIN_ROLLOUT, ...ENDPOINT.map((name) => `endpoint ${name}`)]
  const helps = await Promise.all(
    names.map((name) => run(folder.path, [...name.split(' '), '--help'])),
  )
  for (const [index, { code, stdout, stderr }] of helps.entries()) {
    expect([names[index], code, stderr]).toEqual([names[index], 0, ''])
    expect(stdout).toContain(`Usage: verdigris ${names[index]}`)
    expect(stdout).toContain('--output <format>')
    const text = stdout.slice(stdout.indexOf('Options:')).replaceAll(/\n {10,}/g, ' ')
    const mute = text
      .split('\n')
      .filter((line) => /^ {2}-/.test(line) && !/ {2}\S+ \S/.test(line.slice(4)))
    expect(mute).toEqual([])
  }
})

test.each([['--help'], ['run', '--help'], ['validate', ROOT], ['no-such-command']])(
  'whoever reads may stop reading: %s',
  async (...args) => {
    const words = [process.execPath, join(ROOT, 'src/main.ts'), ...args]
    const line = `${words.map((word) => `'${word}'`).join(' ')} 2>&1 >&3 3>&- | cat`
    const { stdout } = await promisify(execFile)('sh', [
      '-c',
      `exec 4>&1; { ${line}; } 3>&1 >&4 | true`,
    ])
    expect(stdout).not.toMatch(/EPIPE|\bat /)
  },
)

test('the program lists its commands, and those of rollouts', async () => {
  const { code, stdout } = await run(folder.path, ['--help'])
  expect(code).toBe(0)
  for (const name of [...COMMANDS, 'rollout', 'endpoint'])
    expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'))
  const rollouts = await run(folder.path, ['rollout', '--help'])
  for (const name of LEVERS) expect(rollouts.stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'))
})

const SENSELESS = {
  'an unknown command': [['plna'], "unknown command 'plna'"],
  'a time-out that no timer can wait': [
    ['sync', '.', '--timeout', '3000000'],
    'more than 2147483 seconds',
  ],
  'an unknown option': [['plan', '--sandbx'], "unknown option '--sandbx'"],
  'an unknown form of output': [['validate', '.', '--output', 'xml'], 'text, json'],
  'a port that is none': [['sandbox', '--port', '70000'], "'70000' is not a port"],
  'a factor that is none': [['sandbox', '--time-scale', 'fast'], "'fast' is not a number"],
  'half a workspace': [['plan', '.', '--workspace', 'ml'], '--subscription-id'],
  'a sandbox file that is not there': [['plan', '.', '--sandbox', 'no.json'], 'no.json'],
  'a fault that is none': [['sandbox', '--fault', 'OutOfCoffee'], "no fault 'OutOfCoffee'"],
  'a lever that is none': [['rollout', 'explode', 'fraud'], "unknown command 'explode'"],
  'a lever without an endpoint': [['rollout', 'abort'], "missing required argument 'endpoint'"],
  'a lever and no place': [['rollout', 'abort', 'fraud'], 'Name a source'],
  'a lever of two places': [
    ['rollout', 'abort', 'fraud', '.', '--url', 'http://127.0.0.1:1'],
    'not both',
  ],
  'a reason too long': [
    ['rollout', 'abort', 'fraud', '--url', 'http://127.0.0.1:1', '--why', 'x'.repeat(201)],
    '--why is longer than 200 characters',
  ],
  'a lever of a controller that is not there': [
    ['rollout', 'abort', 'fraud', '--url', 'http://127.0.0.1:1'],
    'verdigris run',
  ],
  'a key that is none': [['endpoint', 'keys', 'fraud', '--key', 'third'], 'primary, secondary'],
  'an embedded workspace of no known Python': [
    ['plan', '.', '--python-env', 'conda'],
    'system, venv',
  ],
  'an address that is no controller': [['status', '--url', 'http://example.com'], 'loopback'],
} satisfies { readonly [name: string]: readonly [readonly string[], string] }

test('a command line that makes no sense ends with 1 and says what is wrong, without a stack', async () => {
  const rows = Object.entries(SENSELESS)
  const ends = await Promise.all(rows.map(([, [args]]) => run(folder.path, args)))
  for (const [index, { code, stdout, stderr }] of ends.entries()) {
    const [name, [, said]] = rows[index] as (typeof rows)[number]
    expect({ name, code, stdout }).toEqual({ name, code: 1, stdout: '' })
    expect(stderr).toContain(said)
    expect(stderr).not.toContain('    at ')
  }
})

test('a variable of the environment that makes no sense is named', async () => {
  const { code, stderr } = await run(folder.path, ['validate', '.'], {
    VERDIGRIS_POLL_INTERVAL_MS: 'soon',
  })
  expect(code).toBe(1)
  expect(stderr).toContain('VERDIGRIS_POLL_INTERVAL_MS')
})
