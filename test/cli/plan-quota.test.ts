import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createFolder, type RunningSandbox, run, sampleIn, startSandboxProgram } from './program.ts'

const folder = createFolder()
const sample = sampleIn(folder.path, 'workspace')
const blue = readFileSync(join(sample, 'blue.yml'), 'utf8')
let sandbox: RunningSandbox
beforeAll(async () => {
  sandbox = await startSandboxProgram(folder.path)
})
afterAll(async () => {
  await sandbox.stop()
  folder.remove()
})

const plan = (source: string, ...more: readonly string[]) =>
  run(folder.path, ['plan', source, '--sandbox', sandbox.file, ...more])

/** The sample, with a second deployment of so many instances. */
const withGreen = (name: string, size: string, count: number): string =>
  sampleIn(folder.path, name, {
    'green.yml': blue
      .replace('name: blue', 'name: green')
      .replace('Standard_DS3_v2', size)
      .replace('instance_count: 2', `instance_count: ${count}`),
  })

describe('plan, without a Rollout,', () => {
  test('says which cores are missing for all that it would make, together', async () => {
    // Blue takes 12 of 100 cores, and green would take 96: each alone has room.
    const { code, stdout } = await plan(withGreen('both', 'Standard_DS3_v2', 20))
    expect(code).toBe(2)
    expect(stdout).toContain('short of quota  standardDSv2Family: 108 cores needed, 100 left')
  })

  test('says it in JSON and in Markdown, too', async () => {
    const greedy = withGreen('greedy', 'Standard_F16s_v2', 6)
    const json = await plan(greedy, '--output', 'json')
    expect(JSON.parse(json.stdout)).toMatchObject({
      quota: ['standardFSv2Family: 128 cores needed, 100 left'],
    })
    const markdown = await plan(greedy, '--output', 'markdown')
    expect(markdown.stdout).toContain('- **short of quota** standardFSv2Family: 128 cores needed')
  })

  test('says that a size cannot be had there', async () => {
    const { stdout } = await plan(withGreen('odd', 'Standard_DS33_v2', 1))
    expect(stdout).toContain('short of quota  Standard_DS33_v2 is no VM size of this region')
  })

  test('says which limit of Azure it would pass, as text, JSON and Markdown', async () => {
    const files = Array.from({ length: 20 }, (_, index): readonly [string, string] => [
      `d${index}.yml`,
      blue
        .replace('name: blue', `name: more-${index}`)
        .replace('instance_count: 2', 'instance_count: 1')
        .replace('Standard_DS3_v2', 'Standard_DS1_v2'),
    ])
    const crowded = sampleIn(folder.path, 'crowded', Object.fromEntries(files))
    const said = '21 deployments of OnlineEndpoint/fraud (0 live): Azure allows 20, unless'
    const { stdout, code } = await plan(crowded)
    expect({ code, stdout }).toEqual({
      code: 2,
      stdout: expect.stringContaining(`limit of Azure's  ${said}`),
    })
    expect(stdout).toContain('warning ServiceLimit')
    const json = await plan(crowded, '--output', 'json')
    expect(JSON.parse(json.stdout).limits).toEqual([expect.stringContaining(said)])
    const markdown = await plan(crowded, '--output', 'markdown')
    expect(markdown.stdout).toContain("- **limit of Azure's** 21 deployments")
  })

  test('says nothing of quota where there is enough, or what is there already has it', async () => {
    expect((await plan(sample)).stdout).not.toContain('quota')
    expect((await plan(sample, '--output', 'json')).stdout).not.toContain('"quota"')
    expect((await run(folder.path, ['sync', sample, '--sandbox', sandbox.file])).code).toBe(0)
    const bigger = sampleIn(folder.path, 'bigger', {
      'blue.yml': blue.replace('instance_count: 2', 'instance_count: 20'),
    })
    expect((await plan(bigger)).stdout).not.toContain('quota')
    const huge = sampleIn(folder.path, 'huge', {
      'blue.yml': blue.replace('instance_count: 2', 'instance_count: 21'),
    })
    expect((await plan(huge)).stdout).toContain('92 cores needed, 88 left')
  })
})
