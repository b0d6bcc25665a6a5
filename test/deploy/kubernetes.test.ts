import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse, parseAllDocuments } from 'yaml'
import { runTool, testWith } from '../support/tools.ts'

const DEPLOY = join(import.meta.dirname, '../../deploy')
const BASE = join(DEPLOY, 'kubernetes/base')
const OVERLAY = join(DEPLOY, 'kubernetes/overlays/aks-workload-identity')

// biome-ignore lint/suspicious/noExplicitAny: Kubernetes objects are read here, not typed.
type Any = any

/** What kustomize makes of a folder, by kind. */
function build(folder: string): Record<string, Any> {
  const documents = parseAllDocuments(runTool('kubectl', ['kustomize', folder]))
  const objects = documents.map((document) => document.toJS())
  return Object.fromEntries(objects.map((object: Any) => [object.kind, object]))
}

describe('the Kubernetes manifests', () => {
  testWith(['kubectl'], 'the base builds to one hardened pod that nothing can write with', () => {
    const { Deployment, Service, ServiceAccount, ConfigMap } = build(BASE)
    const pod = Deployment.spec.template.spec
    const [container] = pod.containers
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    })
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    expect(Object.keys(container.resources.limits)).toEqual(
      expect.arrayContaining(['cpu', 'memory']),
    )
    expect(container.livenessProbe.httpGet.path).toBe('/healthz')
    expect(container.readinessProbe.httpGet.path).toBe('/readyz')
    expect(ServiceAccount.automountServiceAccountToken).toBe(false)
    expect(Service.spec.ports[0].targetPort).toBe('http')
    expect(Object.keys(ConfigMap.data)).toEqual(['application.yaml'])
    expect(pod.volumes.find(({ name }: Any) => name === 'applications').configMap.name).toBe(
      ConfigMap.metadata.name,
    )
  })

  testWith(['kubectl'], 'there is never a second writer, not even during an update', () => {
    const { Deployment } = build(BASE)
    expect([Deployment.spec.replicas, Deployment.spec.strategy.type]).toEqual([1, 'Recreate'])
  })

  testWith(['kubectl'], 'the AKS overlay adds the workload identity and a real workspace', () => {
    const { Deployment, ServiceAccount, ConfigMap } = build(OVERLAY)
    expect(ServiceAccount.metadata.annotations).toHaveProperty([
      'azure.workload.identity/client-id',
    ])
    expect(Deployment.spec.template.metadata.labels).toMatchObject({
      'azure.workload.identity/use': 'true',
      'app.kubernetes.io/name': 'verdigris',
    })
    expect(Deployment.spec.selector.matchLabels).not.toHaveProperty(['azure.workload.identity/use'])
    expect(parse(ConfigMap.data['application.yaml']).spec.workspace).toHaveProperty(
      'subscriptionId',
    )
  })
})

describe('the role in Azure', () => {
  const role = JSON.parse(readFileSync(join(DEPLOY, 'azure/custom-role.json'), 'utf8'))
  const uploads = JSON.parse(readFileSync(join(DEPLOY, 'azure/upload-role.json'), 'utf8'))

  test('has no wildcard and reads no key of an endpoint or workspace', () => {
    const actions: string[] = role.Actions
    expect(actions.filter((action) => action.includes('*'))).toEqual([])
    expect(
      actions.filter((action) => /listkeys|token|roleAssignments|connections/i.test(action)),
    ).toEqual([])
    expect(new Set(actions).size).toBe(actions.length)
    expect(actions.filter((action) => action.endsWith('/action'))).toEqual([
      'Microsoft.MachineLearningServices/workspaces/codes/versions/startPendingUpload/action',
    ])
  })

  test('opens no datastore: who uploads has a role of its own for that', () => {
    expect(role.Actions.filter((action: string) => action.includes('datastores'))).toEqual([])
    expect(uploads.Actions).toEqual([
      'Microsoft.MachineLearningServices/workspaces/datastores/read',
      'Microsoft.MachineLearningServices/workspaces/datastores/listSecrets/action',
    ])
  })

  test('deletes nothing but endpoints and deployments', () => {
    const deletes = role.Actions.filter((action: string) => action.endsWith('/delete'))
    expect(
      deletes.every((action: string) => /Endpoints\/(?:deployments\/)?delete$/.test(action)),
    ).toBe(true)
  })
})

describe('the compose file', () => {
  const compose = parse(readFileSync(join(DEPLOY, 'compose.yaml'), 'utf8'), { merge: true })

  test('names only files that are there', () => {
    const mounts = Object.values<Any>(compose.services)
      .flatMap(({ volumes = [] }) => volumes as string[])
      .map((volume) => volume.split(':')[0] ?? '')
      .filter((source) => source.startsWith('.'))
    expect(mounts.length).toBeGreaterThan(4)
    for (const mount of mounts) expect(() => readdirOrRead(join(DEPLOY, mount))).not.toThrow()
  })

  test('publishes ports on loopback only', () => {
    const ports = Object.values<Any>(compose.services).flatMap(({ ports: given = [] }) => given)
    expect(ports.length).toBe(3)
    expect(ports.every((port: string) => port.startsWith('127.0.0.1:'))).toBe(true)
  })
})

function readdirOrRead(path: string): unknown {
  return path.endsWith('.yml') || path.endsWith('.yaml') ? readFileSync(path) : readdirSync(path)
}
