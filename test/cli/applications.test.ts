import { describe, expect, test } from '@jest/globals'
import { applicationsOf } from '../../src/cli/applications.ts'
import { readConfig } from '../../src/config.ts'

const flags = { revision: 'main', path: '', timeScale: 60, maxDeletions: 3 }
const named = (application?: string) =>
  applicationsOf(
    './manifests',
    application === undefined ? flags : { ...flags, application },
    readConfig({}, false),
    'none',
  )

describe('a source that is named on the command line', () => {
  test('is an Application with a name of its own, so that two repositories share a workspace', async () => {
    expect((await named('loans')).chosen).toMatchObject([{ name: 'loans' }])
    expect((await named()).chosen).toMatchObject([{ name: 'default' }])
  })

  test.each(['Loans', 'a b', '', '-x', 'x'.repeat(64)])('is not named %j', async (name) => {
    await expect(named(name)).rejects.toThrow(/^--application must /)
  })
})
