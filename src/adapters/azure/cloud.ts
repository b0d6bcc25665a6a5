import type { Live, World } from '../../core/model/live.ts'
import { isDeployment } from '../../core/model/ref.ts'
import type { Cloud } from '../../reconcile/ports.ts'
import { type AzureOptions, openConnection } from './connection.ts'
import { createAges } from './observe/ages.ts'
import { createEndpoints } from './observe/endpoints.ts'
import { createFailing } from './observe/failing.ts'
import { createLooks } from './observe/looks.ts'
import { observeWorkspace } from './observe/observe.ts'
import { createStaleListEntries } from './observe/stale-list-entries.ts'
import { createResting } from './throttle/resting.ts'
import { workspaceReader } from './workspace.ts'
import { backgroundUploads } from './write/background-uploads.ts'
import { startAction } from './write/start.ts'
import { openUploads } from './write/upload.ts'

/** The Azure side of one workspace, by Microsoft's client. */
export function openAzure(options: AzureOptions): Cloud {
  const connection = openConnection(options)
  const { client, clock, limits, budget } = connection
  const eager = openUploads({ client, clock, limits, storage: connection })
  const uploads = backgroundUploads(eager, limits.uploadPatienceMs)
  const state = {
    staleEntries: createStaleListEntries(),
    resting: createResting(clock, limits),
    ages: createAges(clock),
    looks: createLooks(clock, budget),
    failing: createFailing(clock),
    endpoints: createEndpoints(clock),
  }
  const workspace = workspaceReader({ address: options.workspace, client, clock, limits })
  const reading = { ...connection, ...state, workspace, failures: new Map() }
  const starting = { ...connection, ...state, uploads }
  let isFirstLook = true
  return {
    async observe(wanted, signal) {
      const world = await observeWorkspace(reading, wanted, signal)
      if (isFirstLook) budget.estimate(deploymentsAtWork(world))
      isFirstLook = false
      return world
    },
    start: (action, content, signal) => startAction(starting, action, content, signal),
  }
}

function deploymentsAtWork({ resources }: World): number {
  const isOne = ({ ref, phase }: Live): boolean =>
    phase === 'Provisioning' && isDeployment(ref.kind)
  return resources.filter(isOne).length
}
