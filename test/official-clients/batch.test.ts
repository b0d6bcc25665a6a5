import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createFolder } from '../cli/program.ts'
import { cacheFolder, slowMs, tellSkipped } from '../sandbox/python/index-venv.ts'
import { client, runScript, type Said } from './microsoft.ts'
import { inSandbox, syncProject, together } from './workspaces.ts'

const project = join(import.meta.dirname, 'project', 'batch')
const options = { timeScale: 100_000, pythonEnvironment: 'venv', pythonCache: cacheFolder } as const

if ('reason' in client) tellSkipped('a batch endpoint with azure-ai-ml', client.reason)
const slow = 'reason' in client ? describe.skip : describe

slow('slow: a batch endpoint with azure-ai-ml', () => {
  const folder = createFolder()
  let said: Said
  let fromGit: Said
  beforeAll(async () => {
    const downloads = join(folder.path, 'downloads')
    const byClient = inSandbox(options, folder.path, 'client', (sandbox, file) =>
      runScript('batch.py', sandbox, file, project, downloads),
    )
    const byGit = inSandbox(options, folder.path, 'git', (sandbox, file) =>
      syncProject(project, sandbox, file),
    )
    ;[said, fromGit] = (await together(byClient, byGit)) as [Said, Said]
  }, slowMs)
  afterAll(() => folder.remove())

  test('is created with a script and with an MLflow model, and has a default', () => {
    expect(said.get('endpoint')).toBe('Succeeded')
    expect(said.get('deployments')).toEqual(['rules', 'learnt'])
    expect(said.get('default')).toBe('rules')
  })

  const rows = ['ada.json 2', 'bea.json 4', 'cem.json 6', 'dov.json 8', 'eve.json 10']
  test.each(['first', 'second'])('scores a folder with the script: %s job', (job) => {
    expect(said.get(job)).toBe('Completed')
    expect(said.get(`${job} rows`)).toEqual(rows)
  })

  test('scores tables with the MLflow model', () => {
    expect(said.get('learnt')).toBe('Completed')
    expect(said.get('learnt rows')).toEqual([
      '0,2.5,north.csv',
      '0,6.5,south.csv',
      '1,4.5,north.csv',
    ])
  })

  test('fails on files that MLflow models do not take, beyond the error threshold', () => {
    expect(said.get('unfit')).toBe('Failed')
  })

  test('lists its jobs, the newest first', () => {
    expect(said.get('jobs')).toEqual([3, 2, 1, 0])
    expect(said.get('jobs of learnt')).toEqual([3, 2])
    expect(said.get('runs')).toEqual(['Completed'])
  })

  test.each([
    ['absent endpoint', 404, 'There is no endpoint with name: nobody in sandbox'],
    ['absent deployment', 404, 'There is no deployment with name: nobody'],
    ['absent job', 404, 'Job nobody not found.'],
    ['gone', 404, 'There is no endpoint with name: churn-nightly in sandbox'],
    ['absent default', 400, 'nobody'],
    ['bad size', 400, "'miniBatchSize' must be at least 1."],
  ])('raises the error of its kind: %s', (what, status, message) => {
    const type = status === 404 ? 'ResourceNotFoundError' : 'HttpResponseError'
    expect(said.get(what)).toMatchObject({ type, status })
    expect(said.get(what)).toMatchObject({ message: expect.stringContaining(message) })
  })

  test('goes, deployment by deployment', () => {
    expect(said.get('left')).toEqual(['rules'])
    expect(said.get('endpoints')).toEqual([])
  })

  test('comes to the same from Git', () => {
    expect(fromGit.get('state')).toEqual(said.get('state'))
    expect(said.get('state')).toMatchObject({
      batch: [{ name: 'churn-nightly', deployments: [{ name: 'learnt' }, { name: 'rules' }] }],
      models: [{ name: 'churn-learnt' }, { name: 'churn-rules' }],
      data: [{ name: 'customers' }],
    })
  })
})
