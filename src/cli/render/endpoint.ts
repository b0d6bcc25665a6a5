import type { DeploymentDescription, EndpointDescription } from '../endpoint/describe.ts'
import { weightsText } from './status.ts'
import type { Style } from './style.ts'

/** An endpoint with one line for each deployment. */
export function endpointText(endpoint: EndpointDescription, style: Style): string {
  const { name, type, state, scoringUri, swaggerUri, authMode, deployments } = endpoint
  const { traffic, mirrorTraffic, defaultDeployment } = endpoint
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['scoring URI', scoringUri ?? 'none yet'],
    ['auth mode', authMode],
    ['swagger', swaggerUri],
    ['traffic', traffic && weightsText(traffic)],
    ['mirror', mirrorTraffic && weightsText(mirrorTraffic)],
    ['default', defaultDeployment],
    ['owned by', ownerText(endpoint.owner)],
    ['deployments', deployments.length === 0 ? 'none' : ''],
  ]
  return [
    `${style.bold(name)}  ${type} endpoint  ${painted(state, style)}`,
    ...rows.flatMap(([label, text]) =>
      text === undefined ? [] : [`  ${label.padEnd(11)}  ${text}`.trimEnd()],
    ),
    ...deploymentLines(deployments, style),
  ].join('\n')
}

function deploymentLines(
  deployments: readonly DeploymentDescription[],
  style: Style,
): readonly string[] {
  const width = Math.max(0, ...deployments.map(({ name }) => name.length))
  return deployments.map(({ name, state, model, instanceType, instances }) => {
    const size = [instances, instanceType].filter((one) => one !== undefined).join(' × ')
    const parts = [painted(state, style), model ?? 'no model', size].filter((one) => one !== '')
    return `    ${name.padEnd(width)}  ${parts.join('  ')}`
  })
}

function painted(state: string, style: Style): string {
  if (state === 'Succeeded') return style.green(state)
  return state === 'Failed' ? style.red(state) : style.yellow(state)
}

function ownerText(owner: EndpointDescription['owner']): string {
  if (owner === undefined) return 'no Application'
  const { application, commit, isCopied } = owner
  if (isCopied) return `no Application: its tags are a copy of those that ${application} wrote`
  return `Application ${application}${commit === undefined ? '' : `, commit ${commit.slice(0, 12)}`}`
}
