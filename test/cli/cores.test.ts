import { expect, test } from '@jest/globals'
import { coreNeeds } from '../../src/cli/doctor/cores.ts'
import { desiredOf } from '../support/desired.ts'

const SIZES = [{ name: 'Standard_DS3_v2', family: 'standardDSv2Family', cores: 4, online: true }]

const needsOf = (fields: object) => {
  const deployment = { name: 'blue', endpoint_name: 'fraud', model: 'azureml:m:1', ...fields }
  const { cores, complaints } = coreNeeds(
    desiredOf('OnlineDeployment', deployment as never),
    [],
    SIZES as never,
  )
  return [[...cores], complaints]
}

test('doctor counts the cores of managed deployments, and none of those on a cluster', () => {
  expect(needsOf({ instance_type: 'Standard_DS3_v2', instance_count: 2 })).toEqual([
    [['standardDSv2Family', 12]],
    [],
  ])
  expect(needsOf({ type: 'kubernetes' })).toEqual([[], []])
  expect(needsOf({ type: 'kubernetes', instance_type: 'gpusmall' })).toEqual([[], []])
  expect(needsOf({ instance_type: 'Standard_DS3' })).toEqual([
    [],
    ['Standard_DS3 is no VM size of this region: did you mean Standard_DS3_v2?'],
  ])
})
