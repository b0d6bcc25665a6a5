import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { createFolder, MAIN, ROOT, start } from '../cli/program.ts'
import { get } from '../support/http.ts'
import { type Block, PAGES } from './pages.ts'
import { commandsIn, normalised, shapeOf, typeIn } from './session.ts'

const MINUTES = 60_000
const folder = createFolder()
const endings: (() => unknown)[] = [folder.remove]
afterAll(async () => {
  for (const end of endings.reverse()) await end()
})

/** A PATH with `verdigris`, a home of its own with an identity for Git, and nothing else of this process. */
function environmentIn(home: string): NodeJS.ProcessEnv {
  const tools = join(folder.path, 'bin')
  mkdirSync(tools, { recursive: true })
  mkdirSync(home, { recursive: true })
  const shim = join(tools, 'verdigris')
  writeFileSync(shim, `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`)
  chmodSync(shim, 0o755)
  writeFileSync(join(home, '.gitconfig'), GIT)
  return {
    PATH: `${tools}:${process.env.PATH}`,
    HOME: home,
    VERDIGRIS: ROOT,
    GIT_CONFIG_NOSYSTEM: '1',
    LC_ALL: 'C.UTF-8',
  }
}

const GIT = '[user]\n\tname = Ada\n\temail = ada@example.com\n'
const CONTROLLER = 'http://127.0.0.1:9464'

/** Starts what the comment names (`run beside: verdigris run …`) on a free port; gives its address when it is ready. */
async function startBeside(line: string, here: string): Promise<string> {
  const [program, ...args] = line.split(' ')
  expect(program).toBe('verdigris')
  const running = start(here, [...args, '--port', '0', '--output', 'json'], {
    VERDIGRIS_LOG_LEVEL: 'silent',
    VERDIGRIS_DATA_DIR: join(folder.path, 'beside'),
  })
  endings.push(async () => {
    running.child.kill('SIGTERM')
    await running.ended
  })
  const { address } = JSON.parse(await running.says('}\n'))
  let isOver = false
  void running.ended.then(() => {
    isOver = true
  })
  while (!isOver) {
    const { items } = JSON.parse((await get(`${address}/api/v1/applications`)).text)
    if (items.every(isReady)) break
  }
  return address
}

/** What ends without the end of a line is shown with one. */
function lines(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}

interface Answered {
  readonly conditions: readonly { readonly type: string; readonly status: string }[]
}

function isReady({ conditions }: Answered): boolean {
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
}

/** Runs a block where it is to be run, and compares what it prints. */
async function check({ note, text }: Block, here: string, home: string): Promise<void> {
  const [, line] = /^run beside: (.+)$/.exec(note) ?? []
  const place = note === 'run in the repository' ? ROOT : here
  const address = line === undefined ? CONTROLLER : await startBeside(line, ROOT)
  const shown = commandsIn(text)
  const commands = shown.map(({ command }) => command.replaceAll(CONTROLLER, address))
  const printed = await typeIn(place, commands, environmentIn(home))
  for (const [index, { command, output }] of shown.entries()) {
    const real = lines(normalised((printed[index] ?? '').replaceAll(address, CONTROLLER)))
    expect([command, real]).toEqual([command, expect.stringMatching(shapeOf(output))])
  }
}

const RUN = /^run(?: in the repository| beside: .+)?$/
const RUNNABLE = PAGES.filter(({ blocks }) => blocks.some(({ note }) => RUN.test(note)))

describe.each(RUNNABLE.map(({ path, blocks }) => [path, blocks] as const))('%s', (path, blocks) => {
  const here = join(folder.path, path.replaceAll('/', '-'))
  const home = `${here}-home`
  mkdirSync(here)
  const steps = blocks.filter(({ note }) => RUN.test(note) || note.startsWith('file: '))
  test.each(steps.map((block) => [block.place, block] as const))(
    'what is shown at %s is what is printed',
    async (_, block) => {
      if (RUN.test(block.note)) return check(block, here, home)
      const file = join(here, block.note.slice('file: '.length))
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, block.text)
    },
    5 * MINUTES,
  )
})

test('every block of a console is run, or says why not', () => {
  const blocks = PAGES.flatMap((page) => page.blocks).filter(
    ({ language }) => language === 'console',
  )
  const mute = blocks.filter(({ note }) => !RUN.test(note) && !note.startsWith('not run: '))
  expect(mute.map(({ place }) => place)).toEqual([])
  expect(blocks.length).toBeGreaterThan(0)
})

test('an output of another shape is not taken', () => {
  const shape = shapeOf('Plan: 5 to create.\n…\nat ea1da5ca8764 … 3.2 s\n')
  expect(normalised('Plan: 12 to create.\na\nb\nat 08c5b1e2a1f3 x 14 s\n')).toMatch(shape)
  expect(normalised('Plan: 12 to delete.\nat 08c5b1e2a1f3 x 14 s\n')).not.toMatch(shape)
})
