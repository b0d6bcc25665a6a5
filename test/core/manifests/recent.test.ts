import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { readManifests } from '../../../src/core/manifests/read.ts'
import { snapshotOf } from '../../support/snapshot.ts'

function endpoint(name: string, description: string): string {
  return `$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json\nname: ${name}\nauth_mode: key\ndescription: ${description}\n`
}

type Files = Readonly<Record<string, string>>

const read = (files: Files, variables: Readonly<Record<string, string>>) =>
  readManifests({ snapshot: snapshotOf(files), variables })

describe('a file that was understood before', () => {
  test('is not understood anew, and others are', () => {
    const variables = {}
    const before = read({ 'a.yml': endpoint('aaa', 'x'), 'b.yml': endpoint('bbb', 'x') }, variables)
    const after = read({ 'a.yml': endpoint('aaa', 'x'), 'b.yml': endpoint('bbb', 'y') }, variables)
    const described = ({ desired }: typeof before) => desired.map(({ spec }) => spec.description)
    expect(described(before)).toEqual(['x', 'x'])
    expect(described(after)).toEqual(['x', 'y'])
  })

  test('says something else with other variables', () => {
    const files = { 'a.yml': endpoint('aaa', `\${WORD}`) }
    const described = (WORD: string) => read(files, { WORD }).desired[0]?.spec.description
    expect([described('one'), described('two')]).toEqual(['one', 'two'])
  })

  test('breaks a limit that is another one by now', () => {
    const files = { 'a.yml': endpoint('aaa', 'x'.repeat(2000)) }
    const variables = {}
    expect(read(files, variables).problems).toEqual([])
    const strict = { snapshot: snapshotOf(files), variables, limits: { fileLength: 100 } }
    expect(readManifests(strict).problems).toMatchObject([{ reason: 'FileTooLarge' }])
  })

  test('says the same as in a process that has never seen it, whatever came before', () => {
    const text = fc.constantFrom(
      endpoint('aaa', 'x'),
      endpoint('aaa', 'y'),
      endpoint('bbb', 'x'),
      'name: [',
      `${endpoint('aaa', 'x')}traffic: { blue: 101 }\n`,
      `# ${'x'.repeat(600_000)}\n${endpoint('ccc', 'x')}`,
    )
    const commits = fc.array(fc.dictionary(fc.constantFrom('a.yml', 'b.yml', 'c.yml'), text), {
      maxLength: 6,
    })
    fc.assert(
      fc.property(commits, (history) => {
        const variables = {}
        for (const files of history) expect(read(files, variables)).toEqual(read(files, {}))
      }),
      { numRuns: 40 },
    )
  })
})
