import { describe, expect, test } from '@jest/globals'
import { roleRows } from '../../src/cli/doctor/roles.ts'
import { readManifests } from '../../src/core/manifests/read.ts'
import { actionsIn } from '../support/roles.ts'
import { snapshotOf } from '../support/snapshot.ts'
import { trialFiles } from '../support/trial-files.ts'

const PREFIX = 'Microsoft.MachineLearningServices/workspaces'

/** The rollout role's row for a batch endpoint with a trial, where some of its actions are not given. */
async function rowWithout(...missing: readonly string[]) {
  const files = trialFiles({ model: 1 })
  const { desired } = readManifests({ snapshot: snapshotOf(files), variables: {} })
  const actions = actionsIn('custom-role', 'upload-role', 'rollout-role').filter(
    (action) => !missing.includes(action),
  )
  const permissions = [{ actions, notActions: [] }]
  const inspector = { isStoreEnteredByIdentity: async () => false }
  const { signal } = new AbortController()
  const rows = await roleRows({ desired, mode: 'apply' }, permissions, inspector, signal)
  return rows.find(({ check }) => check === 'rollout role')
}

describe('doctor, of manifests with a trial,', () => {
  test('misses nothing with the roles that are shipped', async () => {
    const row = await rowWithout()
    expect(row).toMatchObject({ ok: true, detail: expect.not.stringContaining('without') })
  })

  test('needs the actions by which trial jobs are started and read', async () => {
    const row = await rowWithout(`${PREFIX}/batchEndpoints/jobs/write`, `${PREFIX}/jobs/read`)
    expect(row).toMatchObject({ ok: false, detail: expect.stringContaining('2 of 2 actions') })
  })

  test('says what is done without the action by which they are cancelled, and fails nothing', async () => {
    const row = await rowWithout(`${PREFIX}/jobs/cancel/action`)
    expect(row?.ok).toBe(true)
    expect(row?.detail).toMatch(
      /without Microsoft\.MachineLearningServices\/workspaces\/jobs\/cancel\/action: .*the end of needless trial jobs/,
    )
  })
})
