import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from '@jest/globals'
import {
  cruise,
  type ICruiseOptions,
  type ICruiseResult,
  type IForbiddenRuleType,
} from 'dependency-cruiser'

type Rule = IForbiddenRuleType & { readonly name: string }

const HOUSE = join(import.meta.dirname, '../../.dependency-cruiser.mjs')
const { default: config } = (await import(HOUSE)) as {
  readonly default: { readonly forbidden: readonly Rule[]; readonly options: ICruiseOptions }
}

/** Where a rule of a table is broken: who looks, and where. */
const BROKEN: { readonly [rule: string]: readonly [from: string, to: string] } = {
  'adapters-do-not-know-each-other': ['adapters/git/x.ts', 'adapters/azure/x.ts'],
  'kinds-do-not-know-each-other': ['core/kinds/model/x.ts', 'core/kinds/code/x.ts'],
  'only-compose-wires-adapters': ['server/x.ts', 'adapters/git/x.ts'],
  'no-undeclared-packages': ['lib/x.ts', 'node_modules/never-declared'],
  'every-file-has-a-room': ['attic/x.ts', 'lib/x.ts'],
  'no-cycles': ['lib/a.ts', 'lib/b.ts'],
  'reachable-from-main': ['verdigris.js', 'core/model/alone.ts'],
  'lib-is-shared': ['cli/x.ts', 'lib/once.ts'],
  'rooms-of-the-plan-do-not-know-its-spine': ['core/plan/prune/x.ts', 'core/plan/plan.ts'],
  'rollouts-do-not-know-the-checks': ['core/plan/rollouts/x.ts', 'core/plan/checks.ts'],
  'documents-do-not-know-who-reads-them': ['core/manifests/import/x.ts', 'core/manifests/read.ts'],
  'the-sandbox-core-does-not-know-its-shells': ['sandbox/core/x.ts', 'sandbox/engine.ts'],
  'resources-do-not-know-the-machine': ['sandbox/core/resources/x.ts', 'sandbox/core/machine.ts'],
}

/** A room that looks into another one, or a package outside its owner. */
function brokenBy({ name }: { readonly name: string }): readonly [string, string] {
  const [room] = name.match(/^\S+(?= looks only into)/) ?? []
  if (room !== undefined) return [`${room}/x.ts`, room === 'cli' ? 'adapters/git/x.ts' : 'cli/x.ts']
  const [, packageName] = name.match(/^(.+)-belongs-to-/) ?? []
  if (packageName !== undefined) return ['lib/x.ts', `node_modules/${packageName}`]
  const pair = BROKEN[name]
  if (pair === undefined) throw new Error(`no example of what breaks ${name}`)
  return pair
}

/** What the rule says of a house in which these two files are all there is. */
async function violations(rule: Rule, [from, to]: readonly [string, string]) {
  const folder = mkdtempSync(join(tmpdir(), 'verdigris-rooms-'))
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  try {
    put('package.json', '{"type":"module"}')
    put('src/verdigris.js', '')
    const [, inModules] = to.match(/^node_modules\/(.+)$/) ?? []
    const packageName = inModules?.endsWith('/') ? `${inModules}any` : inModules
    const target = packageName ?? `${'../'.repeat(from.split('/').length - 1) || './'}${to}`
    put(`src/${from}`, rule.name === 'reachable-from-main' ? '' : `import '${target}'\n`)
    if (packageName === undefined)
      put(`src/${to}`, rule.name === 'no-cycles' ? `import './a.ts'` : '')
    else {
      put(`node_modules/${packageName}/package.json`, `{"name":"${packageName}","main":"x.js"}`)
      put(`node_modules/${packageName}/x.js`, '')
    }
    const { output } = await cruise(['src'], {
      ...config.options,
      baseDir: folder,
      validate: true,
      ruleSet: { forbidden: [rule] },
    })
    return (output as ICruiseResult).summary.violations.map(({ rule: { name } }) => name)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test.each(config.forbidden.map((rule) => [rule.name, rule] as const))(
  'it is noticed that %s',
  async (name, rule) => {
    expect(await violations(rule, brokenBy(rule))).toContain(name)
  },
)
