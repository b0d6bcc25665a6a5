import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createFolder } from '../cli/program.ts'
import { slowMs, tellSkipped } from '../sandbox/python/index-venv.ts'
import { client, runScript, type Said } from './microsoft.ts'
import { inSandbox, syncProject, together } from './workspaces.ts'

const project = join(import.meta.dirname, 'project', 'online')
const options = { timeScale: 100_000 }

if ('reason' in client) tellSkipped('an online endpoint with azure-ai-ml', client.reason)
const slow = 'reason' in client ? describe.skip : describe

slow('slow: an online endpoint with azure-ai-ml', () => {
  const folder = createFolder()
  let said: Said
  let fromGit: Said
  beforeAll(async () => {
    const byClient = inSandbox(options, folder.path, 'client', (sandbox, file) =>
      runScript('online.py', sandbox, file, project),
    )
    const byGit = inSandbox(options, folder.path, 'git', (sandbox, file) =>
      syncProject(project, sandbox, file),
    )
    ;[said, fromGit] = (await together(byClient, byGit)) as [Said, Said]
  }, slowMs)
  afterAll(() => folder.remove())

  test('is created, with deployments of a local model, script and conda file', () => {
    expect(said.get('workspace')).toBe('norwayeast')
    expect(said.get('endpoint')).toMatchObject({ state: 'Succeeded' })
    expect(said.get('deployments')).toEqual({ blue: 'Succeeded', green: 'Succeeded' })
  })

  test('answers by its traffic: all to blue, then 25 to 75', () => {
    expect(said.get('all to blue')).toEqual(Array(10).fill('blue'))
    expect(said.get('traffic')).toEqual({ blue: 25, green: 75 })
    expect(said.get('split')).toEqual({ blue: 25, green: 75 })
    expect(said.get('scores')).toEqual(['[15, 21]', '[5, 11]'])
  })

  test('answers with the deployment that a caller names', () => {
    expect(said.get('pinned')).toEqual(['blue', 'blue', 'blue', 'blue'])
    expect(said.get('pinned to nobody')).toMatchObject({
      type: 'ValidationException',
      message: 'Deployment name nobody not found for this endpoint',
    })
  })

  test('renews the key that is asked for, and refuses the old one', () => {
    expect(said.get('key')).toBe(200)
    expect(said.get('changed')).toEqual({ primary: true, secondary: false })
    expect(said.get('old key')).toEqual([401, 'key_auth_access_denied'])
    expect(said.get('new key')).toBe(200)
  })

  test('shows the log of its container', () => {
    expect(said.get('logs')).toContain('UserContainerStart: Succeeded')
    expect(said.get('logs')).toContain('blue has a bias of 0')
  })

  test.each([
    ['absent endpoint', 404, 'There is no endpoint with name: nobody in sandbox'],
    ['absent deployment', 404, 'There is no deployment with name: nobody in endpoint churn'],
    ['absent model', 404, 'Model nobody:1 not found.'],
    ['gone', 404, 'There is no endpoint with name: churn in sandbox'],
    ['conflict', 409, 'another operation on same entity is already running'],
    ['traffic to nobody', 400, "Deployment 'nobody' does not exist in endpoint 'churn'."],
    ['sum of 50', 400, 'The sum of traffic must be 0 or 100, but is 50.'],
    ['delete with traffic', 400, 'Deployment [green] has non-zero traffic.'],
  ])('raises the error of its kind: %s', (what, status, message) => {
    const types = { 404: 'ResourceNotFoundError', 409: 'ResourceExistsError' }
    const type = { 400: 'HttpResponseError', ...types }[status]
    expect(said.get(what)).toMatchObject({ type, status })
    expect(said.get(what)).toMatchObject({ message: expect.stringContaining(message) })
  })

  test('goes, deployment by deployment', () => {
    expect(said.get('updated')).toBe('Succeeded')
    expect(said.get('left')).toEqual(['blue'])
    expect(said.get('endpoints')).toEqual([])
  })

  test('comes to the same from Git', () => {
    expect(fromGit.get('state')).toEqual(said.get('state'))
    expect(said.get('state')).toMatchObject({
      endpoints: [{ name: 'churn', deployments: [{ name: 'blue' }, { name: 'green' }] }],
      models: [{ name: 'churn-blue' }, { name: 'churn-green' }],
      environments: [{ name: 'churn-env' }],
    })
  })
})
