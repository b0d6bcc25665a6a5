import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createFolder } from '../cli/program.ts'
import { cacheFolder, slowMs, tellSkipped } from '../sandbox/python/index-venv.ts'
import { client, runScript, type Said } from './microsoft.ts'
import { inSandbox, together } from './workspaces.ts'

const project = (name: string) => join(import.meta.dirname, 'project', name)

if ('reason' in client) tellSkipped("the documentation's own Python", client.reason)
const slow = 'reason' in client ? describe.skip : describe

slow("slow: the documentation's own Python, but for host and credential", () => {
  const folder = createFolder()
  const progress: string[] = []
  const options = {
    ...{ timeScale: 100_000, pythonCache: cacheFolder },
    pythonEnvironment: 'venv',
    onProgress: (line: string) => progress.push(line),
  } as const
  let online: Said
  let batch: Said
  beforeAll(async () => {
    const downloads = join(folder.path, 'downloads')
    ;[online, batch] = (await together(
      inSandbox(options, folder.path, 'online', (sandbox, file) =>
        runScript('how_to_online.py', sandbox, file, project('online')),
      ),
      inSandbox(options, folder.path, 'batch', (sandbox, file) =>
        runScript('how_to_batch.py', sandbox, file, project('batch'), downloads),
      ),
    )) as [Said, Said]
  }, slowMs)
  afterAll(() => folder.remove())

  test('deploys a model, an environment and a script to a managed endpoint', () => {
    expect(online.get('blue')).toEqual(['blue', 'blue', 'blue'])
    expect(online.get('scaled')).toBe(2)
    expect(online.get('logs')).toContain('blue has a bias of')
  })

  test('runs in the Python at hand, which the log of the deployment says', () => {
    const logs = String(online.get('logs'))
    const says =
      /Python '=3\.8' is asked for, which this machine does not have; its Python 3\.\d+\.\d+ is used/
    // A machine that has python3.8 says nothing.
    expect(logs).toMatch(progress.some((line) => says.test(line)) ? says : /Ready: Python 3\.8/)
  })

  test('finds its code again, so that the same deployment written again starts nothing', () => {
    expect(online.get('same code')).toBe(true)
    expect(online.get('variables')).toBe('0')
    const starts = progress.filter((line) => line.startsWith('green: Preparing the environment'))
    expect(starts).toHaveLength(1)
  })

  test('performs a safe rollout: unseen, mirrored, a small share, all, and the old one deleted', () => {
    expect(online.get('green unseen')).toEqual(Array(5).fill('blue'))
    expect(online.get('mirror')).toEqual({ green: 10 })
    expect(online.get('mirrored')).toEqual(Array(10).fill('blue'))
    expect(online.get('small share')).toEqual({ blue: 18, green: 2 })
    expect(online.get('green')).toEqual(['green', 'green', 'green'])
    expect(online.get('blue by name')).toEqual(['blue'])
    expect(online.get('left')).toEqual(['green'])
    expect(online.get('endpoints')).toEqual([])
  })

  test('deploys to Kubernetes, with resources and without', () => {
    expect(online.get('without resources')).toBe('Succeeded')
    expect(online.get('kubernetes')).toEqual([
      ...['KubernetesOnlineEndpoint', 'KubernetesOnlineDeployment'],
      '0.5Gi',
    ])
    expect(online.get('kubernetes answers')).toEqual(['blue', 'blue'])
  })

  test('deploys an MLflow model without a script, online and in batches', () => {
    expect(online.get('mlflow online')).toEqual([5, 1])
    expect(batch.get('flavors')).toMatchObject({
      python_function: { loader_module: 'churn_model', python_version: '3.11.7' },
    })
    expect(batch.get('mlflow rows')).toBe(3)
  })

  test('scores a folder on aml-cluster and follows the job', () => {
    expect(batch.get('batch tags')).toEqual({ year: '2026' })
    expect(batch.get('default')).toBe('rules')
    const rows = ['ada.json 2', 'bea.json 4', 'cem.json 6', 'dov.json 8', 'eve.json 10']
    expect(batch.get('batch rows')).toEqual(rows)
    expect(batch.get('experiment')).toBe('trial')
  })

  test('archives a job and restores it', () => {
    expect([batch.get('archived'), batch.get('listed')]).toEqual([null, false])
    expect([batch.get('restored'), batch.get('listed again')]).toEqual([null, true])
  })

  test('leaves nothing behind when its endpoints are deleted', () => {
    expect(batch.get('endpoints')).toEqual([])
  })
})
