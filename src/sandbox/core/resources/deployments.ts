import { page } from '../answers/paging.ts'
import { type Answer, type Call, param } from '../call.ts'
import type { JsonObject } from '../contract.ts'
import { noSuchDeployment, noSuchEndpoint } from '../errors.ts'
import type { Resource } from '../state.ts'
import { find, list } from '../store.ts'

/** What is the same of the deployments of online and of batch endpoints: where they are, and how they are read. */
export interface Deployments {
  endpointPath(call: Call): string
  pathOf(call: Call): string
  /** The endpoint is missing, or else the deployment. */
  absent(call: Call): Answer
  get(call: Call): Answer
  list(call: Call): Answer
}

export function deploymentsOf(
  endpoints: 'onlineEndpoints' | 'batchEndpoints',
  render: (call: Call, deployment: Resource) => JsonObject,
): Deployments {
  const endpointPath = (call: Call): string => `${endpoints}/${param(call, 'endpoint')}`
  const listPath = (call: Call): string => `${endpointPath(call)}/deployments`
  const pathOf = (call: Call): string => `${listPath(call)}/${param(call, 'deployment')}`
  const absent = (call: Call): Answer => {
    const endpoint = param(call, 'endpoint')
    return find(call.state, endpointPath(call)) === undefined
      ? noSuchEndpoint(call, endpoint)
      : noSuchDeployment(call, endpoint, param(call, 'deployment'))
  }
  return {
    endpointPath,
    pathOf,
    absent,
    get(call) {
      const deployment = find(call.state, pathOf(call))
      return deployment === undefined
        ? absent(call)
        : { status: 200, body: render(call, deployment) }
    },
    list(call) {
      if (find(call.state, endpointPath(call)) === undefined) return absent(call)
      const shown = list(call.state, listPath(call)).map((one) => render(call, one))
      return page(call, shown, { sizeFrom: '$top' })
    },
  }
}
