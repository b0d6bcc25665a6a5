import type { Ending, Mutation } from './mutation.ts'
import { runNode } from './process.ts'

const LIMIT_MS = 120_000
const SHOWN = 3

/** What the tests of a mutant say in this tree, with one worker; until the first file that fails, or all of them. */
export async function testsSay(
  tree: string,
  { tests, only }: Pick<Mutation, 'tests' | 'only'>,
  until: 'failure' | 'end' = 'failure',
): Promise<Ending> {
  const bail = until === 'failure' ? ['--bail'] : []
  const args = ['-i', ...bail, '--ci', '--silent', ...(only === undefined ? [] : ['-t', only])]
  const paths = tests.map((path) => `${path}$`)
  const jest = 'node_modules/jest/bin/jest.js'
  const { code, output } = await runNode(
    tree,
    [jest, ...args, ...paths],
    until === 'failure' ? LIMIT_MS : 5 * LIMIT_MS,
  )
  if (code === undefined)
    return { is: 'killed', by: [`no end within ${LIMIT_MS / 1000} s`], with: 'tests' }
  return endingOf(code, output)
}

/** Read from what Jest prints: with `--bail` it writes no other result. */
export function endingOf(code: number, output: string): Ending {
  const [, passed = '0'] = /^Tests:.*?(\d+) passed/m.exec(output) ?? []
  const failed = [...output.matchAll(/^ {2}● (.+)$/gm)].map(([, title = '']) => title.trim())
  const names = [...new Set(failed)]
  if (names.some((name) => name.startsWith('Test suite failed to run')))
    return { is: 'broken', message: `no test ran: ${reasonIn(output)}` }
  if (code !== 0 && names.length > 0)
    return { is: 'killed', by: names.slice(0, SHOWN).map(lastPart), with: 'tests' }
  const isFine = code === 0 && passed !== '0'
  return isFine ? { is: 'survived' } : { is: 'broken', message: `no test ran: ${reasonIn(output)}` }
}

/** `describe › test`: what stands last says what was expected. */
function lastPart(title: string): string {
  return title.split(' › ').at(-1) ?? title
}

function reasonIn(output: string): string {
  const [, text = output] = /failed to run\s+([\s\S]{1,300})/.exec(output) ?? []
  return text.trim().slice(0, 300).replaceAll(/\s+/g, ' ')
}
