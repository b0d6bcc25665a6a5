import { describe, expect, test } from '@jest/globals'
import { HOUR, type RehearsalStage, setStage } from './stage.ts'

const FAMILY = 'standardDSv2Family'

async function usageOf(stage: RehearsalStage, family: string) {
  const { subscriptionId, location } = stage.sandbox
  const provider = 'providers/Microsoft.MachineLearningServices'
  const path = `/subscriptions/${subscriptionId}/${provider}/locations/${location}`
  const usages = (await stage.arm('GET', `${path}/usages`)).json.value
  const sizes = (await stage.arm('GET', `${path}/vmSizes`)).json.value
  const row = usages.find(
    // biome-ignore lint/suspicious/noExplicitAny: any JSON of ARM
    ({ name, type }: any) => name.value === family && type.includes('dedicatedCores'),
  )
  const size = sizes.find(({ name }: { name: string }) => name === 'Standard_DS3_v2')
  return { used: row.currentValue, limit: row.limit, cores: size.vCPUs, family: size.family }
}

describe('what goes wrong on the way', () => {
  test.each([
    ['OutOfQuota', 'OutOfQuota'],
    ['ImageBuildFailure', 'ImageBuildFailure'],
    ['ResourceNotReady', 'ResourceNotReady'],
  ])('%s fails the deployment it aims at, and the other serves on', async (fault, code) => {
    const stage = await setStage({ progress: 'timed' })
    await stage.deploy('blue', { tags: { 'sandbox.answer': '1' } })
    await stage.weigh({ blue: 100 })
    stage.sandbox.clock.advance(HOUR)
    stage.sandbox.injectFault(`${fault}:deployment=green,count=1`)
    expect(await stage.deploy('green')).toBe('Failed')
    const green = (await stage.arm('GET', 'onlineEndpoints/fraud/deployments/green')).json
    const operation = new URL(green.properties.properties.AzureAsyncOperationUri).pathname
    expect((await stage.arm('GET', operation)).json.error.code).toBe(code)
    expect((await stage.score()).text).toBe('1')
    await stage.arm('DELETE', 'onlineEndpoints/fraud/deployments/green')
    stage.sandbox.clock.advance(HOUR)
    expect(await stage.deploy('green')).toBe('Succeeded')
  })

  test('a quota set by an option is seen as usage before a create that it refuses', async () => {
    const stage = await setStage({ quotas: { [FAMILY]: 20 } })
    const size = { cores: 4, family: FAMILY, limit: 20 }
    expect(await usageOf(stage, FAMILY)).toEqual({ ...size, used: 0 })
    // Two instances hold three: a fifth is reserved for upgrades.
    await stage.deploy('blue', { instances: 2 })
    expect(await usageOf(stage, FAMILY)).toEqual({ ...size, used: 12 })
    await expect(stage.deploy('green', { instances: 2 })).rejects.toThrow(
      'Current usage/limit: 12/20. Additional needed: 12',
    )
    expect(await stage.deploy('green', { instances: 1 })).toBe('Succeeded')
    expect(await usageOf(stage, FAMILY)).toEqual({ ...size, used: 20 })
  })

  test('a quota that is lowered later leaves what runs and refuses what comes', async () => {
    const stage = await setStage()
    await stage.deploy('blue', { instances: 2 })
    stage.sandbox.setQuota(FAMILY, 16)
    expect(await usageOf(stage, FAMILY)).toMatchObject({ used: 12, limit: 16 })
    await expect(stage.deploy('green')).rejects.toThrow('Additional needed: 8')
    stage.sandbox.setQuota(FAMILY, 20)
    expect(await stage.deploy('green')).toBe('Succeeded')
  })
})
