export interface Commits {
  readonly model?: number
  readonly instances?: number
  readonly steps?: string
  readonly endpoints?: readonly string[]
  readonly more?: Readonly<Record<string, string>>
}

const STEPS =
  '[{ setWeight: 10 }, { pause: { duration: 2m } }, { setWeight: 50 }, { pause: { duration: 2m } }]'

/** What a commit holds: endpoints, each with a Rollout in the template form. */
export function files({
  model = 1,
  instances = 2,
  steps = STEPS,
  endpoints = ['fraud'],
  more = {},
}: Commits = {}) {
  const all = endpoints.flatMap((name) => [
    [
      `${name}.yml`,
      `$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json\nname: ${name}\n`,
    ],
    [
      `${name}-rollout.yml`,
      `apiVersion: verdigris.dev/v1
kind: Rollout
metadata: { name: ${name} }
spec:
  endpoint: ${name}
  template: { model: "azureml:fraud:${model}", instance_count: ${instances} }
  strategy: { canary: { steps: ${steps} } }
  analysis: [errors]
  bake: 3m
  keep: { for: 1h }
`,
    ],
  ])
  return { ...Object.fromEntries(all), ...more }
}
