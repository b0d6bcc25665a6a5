import { describe, expect, test } from '@jest/globals'
import type { Json } from '../../../src/sandbox/core/contract.ts'
import { member, World } from './support.ts'

const MODEL = {
  properties: { modelUri: 'azureml://x/resourcegroups/r', modelType: 'custom_model' },
}
const names = (body: { [key: string]: Json }) =>
  (body.value as { name: string }[]).map(({ name }) => name)

describe('an asset', () => {
  test('is made with its container, which knows the latest and the next version', () => {
    const world = new World()
    expect(world.send('GET', 'models/m').status).toBe(404)
    expect(world.send('PUT', 'models/m/versions/1', MODEL).status).toBe(201)
    expect(world.send('PUT', 'models/m/versions/1', MODEL).status).toBe(200)
    expect(world.send('PUT', 'models/m/versions/9', MODEL).status).toBe(201)
    const container = world.send('GET', 'models/m').json
    expect(member(container, 'properties.latestVersion')).toBe('9')
    expect(member(container, 'properties.nextVersion')).toBe('10')
  })

  test('keeps its content for good, and may change all else', () => {
    const world = new World()
    world.send('PUT', 'models/m/versions/1', MODEL)
    const other = { properties: { ...MODEL.properties, modelUri: 'azureml://y' } }
    const refused = world.send('PUT', 'models/m/versions/1', other)
    expect(refused.status).toBe(409)
    expect(member(refused.json, 'error.details.0.code')).toBe('ModelVersionInUse')
    const described = {
      properties: { ...MODEL.properties, description: 'better', isArchived: true },
    }
    expect(world.send('PUT', 'models/m/versions/1', described).status).toBe(200)
    expect(names(world.send('GET', 'models/m/versions').json)).toEqual([])
    expect(names(world.send('GET', 'models/m/versions?listViewType=All').json)).toEqual(['1'])
    const code = { properties: { codeUri: 'https://a/b' } }
    world.send('PUT', 'codes/c/versions/1', code)
    const moved = { properties: { codeUri: 'https://a/c' } }
    expect(world.send('PUT', 'codes/c/versions/1', moved).status).toBe(400)
  })

  test('is listed newest first, and the first is the latest', () => {
    const world = new World()
    for (const version of ['3', '1', '2']) world.send('PUT', `models/m/versions/${version}`, MODEL)
    expect(names(world.send('GET', 'models/m/versions').json)).toEqual(['2', '1', '3'])
    const path = 'models/m/versions?$orderBy=createdtime%20desc&$top=1'
    expect(names(world.send('GET', path).json)).toEqual(['2'])
  })

  test('of conda YAML comes back as JSON, and always as created', () => {
    const world = new World()
    const body = { properties: { image: 'i', condaFile: 'name: x\ndependencies: [python=3.12]\n' } }
    expect(world.send('PUT', 'environments/e/versions/1', body).status).toBe(201)
    const again = world.send('PUT', 'environments/e/versions/1', body)
    expect(again.status).toBe(201)
    expect(JSON.parse(String(member(again.json, 'properties.condaFile')))).toEqual({
      name: 'x',
      dependencies: ['python=3.12'],
    })
  })

  test('of code is found by its hash under any name, and loses its anonymity', () => {
    const world = new World()
    const properties = { hash_sha256: 'abc', hash_version: '202208' }
    const body = { properties: { codeUri: 'https://a/b', isAnonymous: true, properties } }
    world.send('PUT', 'codes/one/versions/1', body)
    const query = 'hash=abc&hashVersion=202208'
    const found = world.send('GET', `codes/two/versions?${query}`).json
    expect(member(found, 'value.0.properties.isAnonymous')).toBe(false)
    expect(names(world.send('GET', 'codes/two/versions?hash=abd&hashVersion=202208').json)).toEqual(
      [],
    )
  })

  test('is uploaded to a container of its own, which the shell must make', () => {
    const world = new World()
    const body = { pendingUploadType: 'TemporaryBlobReference' }
    const answer = world.send('POST', 'codes/c/versions/1/startPendingUpload', body)
    const { createsContainer = '' } = answer
    expect(createsContainer).toMatch(/^8fb755b9-c-/)
    expect(member(answer.json, 'blobReferenceForConsumption.blobUri')).toBe(
      `https://acct.blob.core.windows.net/${createsContainer}`,
    )
    expect(answer.json.pendingUploadType).toBe('None')
  })

  test('is deleted with 200, and 204 when it is not there', () => {
    const world = new World()
    world.send('PUT', 'models/m/versions/1', MODEL)
    expect(world.send('DELETE', 'models/m/versions/1').status).toBe(200)
    expect(world.send('DELETE', 'models/m/versions/1').status).toBe(204)
  })
})

describe('a datastore', () => {
  test('shows its secret only when asked for it', () => {
    const world = new World()
    const read = world.send('GET', 'datastores/workspaceblobstore').json
    expect(JSON.stringify(read)).not.toContain('a2V5')
    expect(member(read, 'properties.containerName')).toBe(
      'azureml-blobstore-8fb755b9-c4c8-490a-a83d-a4df8f862d9e',
    )
    const path = 'datastores/workspaceblobstore/listSecrets'
    expect(world.send('POST', path).json).toEqual({ secretsType: 'AccountKey', key: 'a2V5' })
    expect(names(world.send('GET', 'datastores?isDefault=true').json)).toEqual([
      'workspaceblobstore',
    ])
  })
})
