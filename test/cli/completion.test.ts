import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { runTool, testWith } from '../support/tools.ts'
import { createFolder, run } from './program.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof SHELLS)[number]

const folder = createFolder()
afterAll(folder.remove)

/** An empty home, so that no file of the account has a say, and a folder with one file in it. */
const home = join(folder.path, 'home')
const place = join(folder.path, 'place')
const env = { PATH: process.env.PATH, HOME: home, XDG_CONFIG_HOME: home, TERM: 'dumb' }
const scriptOf = (shell: Shell): string => join(folder.path, `completion.${shell}`)

beforeAll(async () => {
  for (const path of [home, place]) mkdirSync(path)
  writeFileSync(join(place, 'manifests.yml'), '')
  for (const shell of SHELLS)
    writeFileSync(scriptOf(shell), (await run(folder.path, ['completion', shell])).stdout)
})

// As readline does it: `=` is a word of its own, and where the function has no word, file names are completed.
const ASK_BASH = `
source "$1"
complete -p verdigris | grep -q -- '-o default' || exit 1
COMP_WORDS=(); for word in "\${@:2}"; do COMP_WORDS+=("$word"); done
COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
_verdigris
[ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
printf '%s\\n' "\${COMPREPLY[@]}"`

/** What a shell offers at the end of a command line; for `--option=` without the option. */
const ASK: { readonly [Name in Shell]: (line: string) => readonly string[] } = {
  bash(line) {
    const words = line.split(' ').flatMap((word) => word.split(/(=)/))
    const asked = words.at(-2) === '=' && words.at(-1) === '' ? words.slice(0, -1) : words
    const args = ['--norc', '-c', ASK_BASH, 'bash', scriptOf('bash'), ...asked]
    return runTool('bash', args, { env, cwd: place }).trim().split('\n')
  },
  zsh(line) {
    const args = ['-f', join(import.meta.dirname, 'completion', 'ask.zsh'), scriptOf('zsh'), line]
    const said = runTool('zsh', args, { env, cwd: place })
    return [...said.matchAll(/<([^<>\r\n]+)>/g)].map(([, word = '']) => word)
  },
  fish(line) {
    const args = ['-c', `source ${scriptOf('fish')}; complete -C '${line}'`]
    const words = runTool('fish', args, { env, cwd: place })
      .trim()
      .split('\n')
      .map((text) => text.split('\t')[0] ?? '')
    return words.map((word) => word.replace(/^--[a-z-]+=/, ''))
  },
}

const COMMANDS = [
  ...[
    'adopt',
    'approve',
    'completion',
    'demo',
    'doctor',
    'endpoint',
    'help',
    'import',
    'plan',
    'rollout',
    'run',
  ],
  ...['sandbox', 'status', 'sync', 'validate'],
]
const LEVERS = ['abort', 'help', 'pause', 'promote', 'resume', 'retry', 'status', 'undo']

const OFFERED: readonly (readonly [string, readonly string[]])[] = [
  ['verdigris ', COMMANDS],
  ['verdigris p', ['plan']],
  ['verdigris rollout ', LEVERS],
  ['verdigris rollout re', ['resume', 'retry']],
  ['verdigris rollout abort fraud --wh', ['--who', '--why']],
  ['verdigris plan . --output ', ['json', 'markdown', 'text']],
  ['verdigris plan . --output=m', ['markdown']],
  ['verdigris sandbox --python-env=', ['system', 'venv']],
  ['verdigris import here --kind Online', ['OnlineDeployment', 'OnlineEndpoint']],
  ['verdigris completion ', ['bash', 'fish', 'zsh']],
  // The value of --sandbox may be left out.
  ['verdigris plan . --sandbox --time', ['--time-scale']],
  ['verdigris plan --path --timeout ', ['manifests.yml']],
  ['verdigris plan ', ['manifests.yml']],
]

for (const shell of SHELLS) {
  testWith([shell], `${shell} completes commands, options, their choices and files`, () => {
    const offered = OFFERED.map(([line]) => [line, [...ASK[shell](line)].sort()])
    expect(offered).toEqual(OFFERED)
  })
}

testWith(['bash'], 'what is typed is never run to complete it', () => {
  expect(ASK.bash('verdigris plan $(>made) --rev')).toEqual(['--revision'])
  expect(readdirSync(place)).toEqual(['manifests.yml'])
})

test('as JSON the script is a field; a shell that is none is named', async () => {
  const json = await run(folder.path, ['completion', 'bash', '--output', 'json'])
  expect(JSON.parse(json.stdout)).toEqual({ shell: 'bash', script: expect.any(String) })
  const none = await run(folder.path, ['completion', 'tcsh'])
  expect(none).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('bash, zsh') })
})
