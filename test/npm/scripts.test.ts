import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { ROOT } from '../cli/program.ts'
import { runTool } from '../support/tools.ts'

/** Every folder of tests as a path from the repository's root, without what fixtures hold. */
const folders = readdirSync(join(ROOT, 'test'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ parentPath, name }) => join(parentPath, name).slice(ROOT.length + 1))
  .filter((path) => !/^test\/fixtures\/|\/project\//.test(path))

// Jest takes the path for a regular expression, which any longer name beside it would match, too.
test('no folder of tests has a name that another one begins with', () => {
  const pairs = folders.flatMap((one) =>
    folders
      .filter((other) => other.startsWith(one) && !/^(?:\/|$)/.test(other.slice(one.length)))
      .map((other) => [one, other]),
  )
  expect(folders).toContain('test/cli')
  expect(pairs).toEqual([])
})

test('`npm test -- test/cli` runs the tests in that folder and no others', () => {
  const { NODE_OPTIONS: _, ...env } = process.env
  const args = ['--silent', 'test', '--', '--listTests', 'test/cli']
  const files = runTool('npm', args, { cwd: ROOT, env }).trim().split('\n')
  expect(files).toContain(join(ROOT, 'test', 'cli', 'plan-quota.test.ts'))
  expect(files.filter((file) => !file.startsWith(join(ROOT, 'test', 'cli', '/')))).toEqual([])
})

test('`npm run sbom` lists every package that is needed at run time, and none that is not', () => {
  const { NODE_OPTIONS: _, ...env } = process.env
  const bom = JSON.parse(runTool('npm', ['run', '--silent', 'sbom'], { cwd: ROOT, env }))
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  )
  const names = bom.components.map(({ group, name }: { group?: string; name: string }) =>
    group === undefined ? name : `${group}/${name}`,
  )
  expect(bom).toMatchObject({
    bomFormat: 'CycloneDX',
    metadata: { component: { purl: expect.stringMatching(/^pkg:npm\/verdigris@/) } },
  })
  expect(names).toEqual(expect.arrayContaining(Object.keys(dependencies)))
  for (const tool of ['jest', 'typescript', '@biomejs/biome']) {
    expect(devDependencies).toHaveProperty([tool])
    expect(names).not.toContain(tool)
  }
})
