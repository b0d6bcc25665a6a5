import { readManifests } from '../../../src/core/manifests/read.ts'
import type { Desired, Rollout } from '../../../src/core/model/desired.ts'
import { snapshotOf } from '../../support/snapshot.ts'

export type Texts = Readonly<Record<string, string>>

export const ENDPOINT = 'name: fraud\nauth_mode: key\n'
export const TEMPLATE = `  template:
    model: azureml:fraud:1
    environment: azureml:fraud-env:1
    instance_type: Standard_DS3_v2
    instance_count: 4
`
export const CANARY = `  strategy:
    canary:
      steps:
        - setWeight: 10
        - analysis: { templates: [errors], for: 10m }
        - setWeight: 50
        - pause: { duration: 5m }
`

export function stepsFile(...lines: readonly string[]): string {
  const steps = lines.map((line) => `        - ${line}\n`).join('')
  return `  strategy:\n    canary:\n      steps:\n${steps}`
}

/** A Rollout of the endpoint `fraud`: line 4 is `spec:`, line 5 its endpoint, line 6 the first line of the body. */
export function rolloutFile(body: string, endpoint = 'fraud'): string {
  return `apiVersion: verdigris.dev/v1
kind: Rollout
metadata: { name: fraud }
spec:
  endpoint: ${endpoint}
${body}`
}

/** An AnalysisTemplate: line 7 is the first line of its metrics. */
export function templateFile(metrics: string, name = 'errors', args = '[]'): string {
  return `apiVersion: verdigris.dev/v1
kind: AnalysisTemplate
metadata: { name: ${name} }
spec:
  args: ${args}
  metrics:
${metrics}`
}

const ERRORS = templateFile('    - { name: errors, judge: errors, provider: { sandbox: {} } }\n')

/** What is read of a Rollout's body beside its endpoint and a template called errors. */
export function reading(body: string, more: Texts = {}) {
  return readingOf({ 'rollout.yml': rolloutFile(body), ...more })
}

export function readingOf(files: Texts) {
  const snapshot = snapshotOf({ 'endpoint.yml': ENDPOINT, 'errors.yml': ERRORS, ...files })
  return readManifests({ snapshot, variables: {} })
}

/** `Reason file:line:column message` of every problem. */
export function told({ problems }: ReturnType<typeof readManifests>): readonly string[] {
  return problems.map(
    ({ reason, message, at }) => `${reason} ${at.file}:${at.line}:${at.column} ${message}`,
  )
}

export function rolloutOf({ desired }: { readonly desired: readonly Desired[] }): Rollout {
  const rollout = desired.find((one) => one.rollout !== undefined)?.rollout
  if (rollout === undefined) throw new Error('there is no rollout')
  return rollout
}
