import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Mutation, occurrences, testPatternOf } from './mutation.ts'
import { MUTATIONS } from './table.ts'

/**
 * `npm run mutations`: takes each guard away in a copy of the tree and runs the tests of its row there. A test that does
 * not fail guards nothing. Prints a table in Markdown; the exit code is 1 when a mutant survives. `R7 R9` runs those rows.
 */
const ROOT = join(import.meta.dirname, '../..')
const COPIED = ['src', 'test', 'manifests', 'package.json', 'tsconfig.json']
const LIMIT_MS = 180_000

type Ending =
  | { readonly is: 'killed'; readonly by: readonly string[] }
  | { readonly is: 'survived' }
  | { readonly is: 'broken'; readonly message: string }

interface JestResult {
  readonly testResults: readonly {
    readonly message: string
    readonly assertionResults: readonly { readonly status: string; readonly title: string }[]
  }[]
}

async function main(rows: readonly string[]): Promise<number> {
  const chosen = MUTATIONS.filter(({ row }) => rows.length === 0 || rows.includes(row))
  const tree = mkdtempSync(join(tmpdir(), 'verdigris-mutations-'))
  try {
    for (const name of COPIED) cpSync(join(ROOT, name), join(tree, name), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'))
    const sound = await failuresIn(tree, 'peers-', ' R[0-9]+: ')
    if (sound.is !== 'survived') throw new Error(`without any mutation: ${JSON.stringify(sound)}`)
    print(['Row', 'Guard that is taken away', 'Where', 'Test that fails without it'])
    print(['---', '---', '---', '---'])
    let failures = 0
    for (const mutation of chosen) {
      const ending = await endingOf(tree, mutation)
      if (ending.is !== 'killed') failures += 1
      print(lineOf(mutation, ending))
    }
    process.stdout.write(`\n${chosen.length - failures} of ${chosen.length} mutants are noticed.\n`)
    return failures === 0 ? 0 : 1
  } finally {
    rmSync(tree, { recursive: true })
  }
}

/** What becomes of the row's tests without the guard; the tree is as before afterwards. */
async function endingOf(tree: string, mutation: Mutation): Promise<Ending> {
  const files = new Map<string, string>()
  for (const { file, from, to } of mutation.edits) {
    const text = files.get(file) ?? readFileSync(join(tree, file), 'utf8')
    if (occurrences(text, from) !== 1)
      return { is: 'broken', message: `the text to replace is not there once: ${from}` }
    files.set(
      file,
      text.replace(from, () => to),
    )
  }
  const before = [...files.keys()].map((file) => [file, readFileSync(join(tree, file))] as const)
  for (const [file, text] of files) writeFileSync(join(tree, file), text)
  const ending = await failuresIn(tree, mutation.test, testPatternOf(mutation))
  for (const [file, text] of before) writeFileSync(join(tree, file), text)
  return ending
}

async function failuresIn(tree: string, tests: string, names: string): Promise<Ending> {
  const output = join(tree, 'result.json')
  rmSync(output, { force: true })
  const said = await runJest(tree, ['--json', '--outputFile', output, '-t', names, `sim/${tests}`])
  if (said === undefined) return { is: 'killed', by: [`none ended within ${LIMIT_MS / 1000} s`] }
  const { testResults } = JSON.parse(readFileSync(output, 'utf8')) as JestResult
  const results = testResults.flatMap(({ assertionResults }) => assertionResults)
  const ran = results.filter(({ status }) => status === 'passed' || status === 'failed')
  const message = testResults
    .map((one) => one.message)
    .join('\n')
    .slice(0, 500)
  if (ran.length === 0) return { is: 'broken', message: `no test ran: ${message}` }
  const by = ran.flatMap(({ status, title }) => (status === 'failed' ? [title] : []))
  return by.length === 0 ? { is: 'survived' } : { is: 'killed', by }
}

/** The exit code; undefined when it had to be ended. */
function runJest(cwd: string, args: readonly string[]): Promise<number | undefined> {
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning']
  const jest = join(cwd, 'node_modules/jest/bin/jest.js')
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...flags, jest, ...args], { cwd, stdio: 'ignore' })
    const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS)
    child.on('error', reject)
    child.on('exit', (code) => {
      clearTimeout(timer)
      resolve(code ?? undefined)
    })
  })
}

function lineOf({ row, guard, edits }: Mutation, ending: Ending): readonly string[] {
  const files = [...new Set(edits.map(({ file }) => `\`${file}\``))].join(', ')
  if (ending.is === 'killed') return [row, guard, files, ending.by.join('; ')]
  return [row, guard, files, ending.is === 'survived' ? '**survived**' : `**${ending.message}**`]
}

function print(cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`)
}

process.exitCode = await main(process.argv.slice(2))
